import { existsSync, rmSync } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageUnusable } from './errors.ts';
import { newerMessage, newerThan } from './migrate.ts';

/** SQLite keeps this number in the header of every database of ours ("PING"). */
export const APPLICATION_ID = 0x50494e47;

/** sqlite.org/fileformat.html §1.3: the magic string at 0, the application id at 68, in a header of 100 bytes. */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_AT = 68;

/**
 * Looks at an SQLite file before it is opened for writing. Throws StorageUnusable when it is damaged, truncated, foreign, of a newer version,
 * or empty where a database was; leaves it, its -wal and its -shm byte for byte as they were, also while another process uses them.
 * Never while this process has the file open: closing a second handle would drop the locks of the first (POSIX).
 */
export async function inspectSqlite(file: string, dataDir: string): Promise<void> {
  const size = await sizeOf(file);
  if (size === null || size === 0) return refuseLoss(file, dataDir, size === null);
  const header = await headerOf(file);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw foreign(file, 'it is not an SQLite database');
  if (header.length < HEADER_BYTES) throw damaged(file, 'it is cut short');
  // A start that was cut off while it made the file: SQLite itself puts that right, and there is nothing in it yet.
  if (((await sizeOf(`${file}-journal`)) ?? 0) > 0) return;
  if (header.readUInt32BE(APPLICATION_ID_AT) !== APPLICATION_ID) throw foreign(file, 'it is not a database of Ping System 2');
  await check(file);
}

/** No file, or an empty one: the beginning, unless something shows that there was a database. */
async function refuseLoss(file: string, dataDir: string, missing: boolean): Promise<void> {
  if (((await sizeOf(`${file}-wal`)) ?? 0) > 0) throw lost(file, `${missing ? 'missing' : 'empty'}, but its log ${file}-wal is there`);
  // A missing file was taken away on purpose; nothing empties one on purpose.
  if (missing) return;
  const trace = [`${file}.used`, join(dataDir, 'admin-token')].find((path) => existsSync(path));
  if (trace !== undefined) throw lost(file, `empty, but was used before (${trace} exists)`);
}

/** That there was a database whose file is gone, in one line; null where nothing shows it. */
export const gone = (file: string): string | null =>
  existsSync(file) || !existsSync(`${file}.used`)
    ? null
    : `The database ${file} was made here before and is gone: this is a new, empty one. If it was not taken away on purpose, stop, and put a copy of it back.`;

/** Everything that only SQLite can tell, through a connection of its own that changes nothing. */
async function check(file: string): Promise<void> {
  const { uri, cleanUp } = await untouching(file);
  // Loaded here, as it is needed at the start alone; the writing driver takes no URI and so cannot open a file as immutable.
  const { DatabaseSync } = await import('node:sqlite');
  let verdict: { result: string; executed: string[] };
  try {
    const database = new DatabaseSync(uri, { readOnly: true, timeout: READ_TIMEOUT_MS });
    try {
      verdict = look(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  } finally {
    cleanUp();
  }
  if (verdict.result !== 'ok') throw damaged(file, verdict.result.replaceAll(/\s+/g, ' '));
  const unknown = newerThan('sqlite', verdict.executed);
  if (unknown !== null) throw new StorageUnusable(newerMessage(file, unknown));
}

const READ_TIMEOUT_MS = 5_000;

interface Readable {
  prepare(sql: string): { all(): Record<string, unknown>[] };
}

function look(database: Readable): { result: string; executed: string[] } {
  const [first] = database.prepare('pragma quick_check(1)').all();
  const result = String(first?.['quick_check']);
  const migrated = result === 'ok' && database.prepare(`select 1 from sqlite_master where type = 'table' and name = 'migration'`).all().length > 0;
  return {
    result,
    executed: migrated
      ? database
          .prepare('select name from migration')
          .all()
          .map((row) => String(row['name']))
      : [],
  };
}

/**
 * How to read the file without a trace (sqlite.org/uri.html, sqlite.org/wal.html §"Read-Only Databases"):
 * - a -shm is there: another process is at work, or one died. It is read, and with the log, but not written.
 * - only a -wal: copied without its -shm. SQLite makes one, which is taken away again.
 * - neither: as immutable; a read-only connection would otherwise leave an empty -wal and -shm behind.
 */
async function untouching(file: string): Promise<{ uri: string; cleanUp: () => void }> {
  const { href } = pathToFileURL(file);
  const nothing = (): void => {};
  if ((await sizeOf(`${file}-shm`)) !== null) return { uri: `${href}?mode=ro&readonly_shm=1`, cleanUp: nothing };
  const wal = await sizeOf(`${file}-wal`);
  if (wal === null || wal === 0) return { uri: `${href}?immutable=1`, cleanUp: nothing };
  return { uri: `${href}?mode=ro`, cleanUp: () => rmSync(`${file}-shm`, { force: true }) };
}

/** Bytes, or null when there is none. Throws StorageUnusable when it is no file or cannot be looked at. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new StorageUnusable(`The database ${path} is not a file.`);
    return stats.size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw unreadable(path, error);
  }
}

async function headerOf(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(file, error);
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Beside the file: a database was made here, so that an empty file in its place is a loss and not a beginning. */
export async function markUsed(file: string): Promise<void> {
  const marker = `${file}.used`;
  if (existsSync(marker)) return;
  await writeFile(
    marker,
    'A database was made here: if its file is empty, it was lost, and a backup should be restored. To start anew, delete this file too.\n',
  );
}

/** The -wal goes too: SQLite would play the log of the broken file back into the restored one. */
const restore = (file: string): string =>
  `To restore: remove ${file}-wal and ${file}-shm if they exist, and put a copy of it that was made while no coordinator ran in its place; to start anew, move it away.`;

export const damaged = (file: string, why: string): StorageUnusable =>
  new StorageUnusable(`The database ${file} is damaged (${why}) and was left as it is. ${restore(file)}`);
const foreign = (file: string, why: string): StorageUnusable =>
  new StorageUnusable(`The file ${file} is damaged or belongs to another program (${why}) and was left as it is. ${restore(file)}`);
const lost = (file: string, why: string): StorageUnusable => new StorageUnusable(`The database ${file} is ${why}; nothing was changed. ${restore(file)}`);
export const unreadable = (file: string, error: unknown): StorageUnusable =>
  error instanceof StorageUnusable
    ? error
    : new StorageUnusable(`The database ${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`);
