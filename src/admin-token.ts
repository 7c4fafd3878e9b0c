import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_DIRECTORY, tighten } from '#storage/private.ts';
import { isMadeAdminToken, newAdminToken } from '#storage/secrets.ts';
import type { Config } from './config.ts';

export const adminTokenFile = (dataDir: string): string => join(dataDir, 'admin-token');

/** The file exists but holds no token. `message` is one line for people. */
class AdminTokenUnusable extends Error {
  override readonly name = 'AdminTokenUnusable';
}

/** The admin token in force: API_AUTH_TOKEN, else the one in DATA_DIR/admin-token, which is made if missing (mode 0600). */
export async function adminToken(config: Pick<Config, 'apiAuthToken' | 'dataDir'>): Promise<string> {
  if (config.apiAuthToken !== null) return config.apiAuthToken;
  const found = await readAdminToken(config.dataDir);
  if (found !== null) await tighten(adminTokenFile(config.dataDir));
  return found ?? (await createAdminToken(config.dataDir));
}

/** What DATA_DIR/admin-token holds, or null where there is none. Throws AdminTokenUnusable when it holds something else, or is not ours to read. */
export async function readAdminToken(dataDir: string): Promise<string | null> {
  const file = adminTokenFile(dataDir);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new AdminTokenUnusable(`${file} cannot be read: ${error.code ?? error.message}`);
  });
  if (text === null) return null;
  const token = text.trim();
  if (!isMadeAdminToken(token))
    throw new AdminTokenUnusable(`${file} does not hold an admin token: delete the file to have a new one made, or set API_AUTH_TOKEN`);
  return token;
}

/** Written aside, flushed, then linked to its name: nobody ever reads half a token, and of two starts at once one wins. */
async function createAdminToken(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: PRIVATE_DIRECTORY });
  const token = newAdminToken();
  const file = adminTokenFile(dataDir);
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(`${token}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(aside, file);
    return token;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    return (await readAdminToken(dataDir)) ?? token;
  } finally {
    await unlink(aside);
  }
}
