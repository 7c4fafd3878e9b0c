import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '#src/config.ts';

/** The admin's token in tests. */
export const ADMIN = 'admin-token-of-the-tests';

/** Free ports, a quiet log, the admin token above; the environment and `.env` of whoever runs the tests have no say. */
export function testConfig(dataDir: string, settings: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ MQTT_PORT: '0', HTTP_PORT: '0', API_AUTH_TOKEN: ADMIN, LOG_LEVEL: 'error', DATA_DIR: dataDir, ...settings }, {}, dataDir);
}

/** A directory of its own for a test, gone with it. */
export async function temporaryDir(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'ping-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
