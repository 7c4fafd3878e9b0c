import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { LeaseHeld } from '#coordinator/lease.ts';
import { startApp } from '#src/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';

/** The product in a process of its own, ready. */
async function serve(dataDir: string): Promise<{ pid: number; kill: () => Promise<void> }> {
  const env = { ...process.env, DATA_DIR: dataDir, MQTT_PORT: '0', HTTP_PORT: '0', API_AUTH_TOKEN: ADMIN, LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let said = '';
  for await (const line of createInterface({ input: child.stdout })) {
    said = line;
    if (said.startsWith('ready')) break;
  }
  if (!said.startsWith('ready')) throw new Error(`serve ended before it was ready: ${await exited}`);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { pid: child.pid ?? 0, kill };
}

it('a second coordinator is refused and names the first; after a crash of the first the next start succeeds', async () => {
  await using dir = await temporaryDir();
  const first = await serve(dir.path);
  try {
    const refused = await startApp(testConfig(dir.path, { LOG_LEVEL: 'silent' })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LeaseHeld);
    expect(String(refused)).toContain(`process ${first.pid} `);
  } finally {
    await first.kill();
  }
  await using app = await startApp(testConfig(dir.path, { LOG_LEVEL: 'silent' }));
  expect(app.listeners.map((l) => l.name)).toContain('mqtt');
});
