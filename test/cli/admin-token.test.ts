import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminToken, adminTokenFile, readAdminToken } from '#src/admin-token.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ping-token-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test('is made once, kept in a file that only its owner may read, and found again', async () => {
  expect(await readAdminToken(dataDir)).toBeNull();
  const token = await adminToken({ apiAuthToken: null, dataDir });
  expect(token).toMatch(/^psm_[A-Za-z0-9_-]{43}$/);
  expect((await stat(adminTokenFile(dataDir))).mode & 0o777).toBe(0o600);
  expect(await adminToken({ apiAuthToken: null, dataDir })).toBe(token);
  expect(await readAdminToken(dataDir)).toBe(token);
  expect(await readdir(dataDir)).toEqual(['admin-token']);
});

test('of many starts at once all get the same', async () => {
  const dir = join(dataDir, 'new');
  const tokens = await Promise.all(Array.from({ length: 20 }, () => adminToken({ apiAuthToken: null, dataDir: dir })));
  expect(new Set(tokens).size).toBe(1);
  expect((await readFile(adminTokenFile(dir), 'utf8')).trim()).toBe(tokens[0]);
  expect(await readdir(dir)).toEqual(['admin-token']);
});

test('API_AUTH_TOKEN goes first, and nothing is made', async () => {
  expect(await adminToken({ apiAuthToken: 'configured', dataDir })).toBe('configured');
  expect(await readdir(dataDir)).toEqual([]);
});

test('a file that holds something else is named, not used and not replaced', async () => {
  await writeFile(adminTokenFile(dataDir), '\n');
  await expect(adminToken({ apiAuthToken: null, dataDir })).rejects.toThrow(`${adminTokenFile(dataDir)} does not hold an admin token`);
  expect(await readFile(adminTokenFile(dataDir), 'utf8')).toBe('\n');
});
