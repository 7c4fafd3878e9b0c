import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApp } from '#src/app.ts';
import { temporaryDir, testConfig } from '#test/support/config.ts';

/** What is kept is nobody else's to read: it has the webhooks' secrets in it. */

let umask = 0;
beforeEach(() => {
  umask = process.umask(0);
});
afterEach(() => process.umask(umask));

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
/** The files that have secrets in them, with their modes. */
async function modes(dir: string): Promise<Record<string, string>> {
  const files = (await readdir(dir)).filter((name) => !name.endsWith('.used'));
  return Object.fromEntries(await Promise.all(files.map(async (name) => [name, await modeOf(join(dir, name))])));
}

const PRIVATE = { 'admin-token': '600', 'ping-system.sqlite': '600', 'ping-system.sqlite-shm': '600', 'ping-system.sqlite-wal': '600' };

test('files and directories are made for their owner alone, whatever the umask', async () => {
  await using root = await temporaryDir();
  const dir = join(root.path, 'made', 'for it');
  const config = { ...testConfig(dir), apiAuthToken: null };
  await using _app = await startApp(config);
  expect(await modes(dir)).toEqual(PRIVATE);
  expect([await modeOf(dir), await modeOf(join(root.path, 'made'))]).toEqual(['700', '700']);
});

test('files that were open to others are so no more after the next start; a directory that was there keeps its mode', async () => {
  await using root = await temporaryDir();
  const config = { ...testConfig(root.path), apiAuthToken: null };
  await chmod(root.path, 0o755);
  {
    await using _app = await startApp(config);
    expect(await modes(root.path)).toEqual(PRIVATE);
  }
  for (const name of await readdir(root.path)) await chmod(join(root.path, name), 0o664);
  await using _again = await startApp(config);
  expect(await modes(root.path)).toEqual(PRIVATE);
  expect(await modeOf(root.path)).toBe('755');
});
