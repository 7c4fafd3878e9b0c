import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { StorageUnusable } from '#storage/errors.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { temporaryFolder } from './databases.ts';
import { ROWS } from './rows.ts';

const root = temporaryFolder();
let count = 0;

function place(): { dataDir: string; file: string } {
  const dataDir = join(root, String(++count));
  mkdirSync(dataDir);
  return { dataDir, file: join(dataDir, 'ping-system.sqlite') };
}

const open = ({ dataDir, file }: { dataDir: string; file: string }): Promise<Storage> => openStorage({ database: { kind: 'sqlite', file }, dataDir });

/** Every file of the folder with its content. */
const contentOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .map(
      (entry) =>
        `${entry.name} ${
          entry.isFile()
            ? createHash('sha256')
                .update(readFileSync(join(folder, entry.name)))
                .digest('hex')
            : 'folder'
        }`,
    )
    .sort();

const fill = async (storage: Storage): Promise<void> =>
  storage.em().transactional(async (em) => {
    const agents = Array.from({ length: 500 }, (_, i) => ({ ...ROWS.agent, id: i + 1, name_key: `a${i}`, token_hash: `t${i}` }));
    await writeChanges(
      em,
      agents.map((row) => ({ op: 'insert', table: 'agent', row })),
    );
  });

/** A database that was used and closed in order. */
async function used(): Promise<{ dataDir: string; file: string }> {
  const at = place();
  await using storage = await open(at);
  await fill(storage);
  return at;
}

/** A database whose process died: its last commits are only in the -wal. */
async function crashed(): Promise<{ dataDir: string; file: string }> {
  const at = await used();
  const script = `import { DatabaseSync } from 'node:sqlite';
    const db = new DatabaseSync(${JSON.stringify(at.file)});
    for (let i = 0; i < 50; i++) db.exec("insert into comment (task_id, author, content, created_at) select 1, 'x', hex(randomblob(500)), 1 where 0; update agent set revision = revision + 1");
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(readdirSync(at.dataDir)).toEqual(expect.arrayContaining(['ping-system.sqlite-shm', 'ping-system.sqlite-wal']));
  return at;
}

/** Opening is refused in one line that names the file, and nothing in the folder has changed. */
async function expectRefused(at: { dataDir: string; file: string }, why: RegExp): Promise<void> {
  const before = contentOf(at.dataDir);
  const error = await open(at).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StorageUnusable)) throw error ?? new Error('was opened');
  const { message } = error;
  expect(message).toMatch(why);
  expect(message).toContain(at.file);
  expect(message).not.toContain('\n');
  expect(contentOf(at.dataDir)).toEqual(before);
}

const RESTORE = /To restore: .*put a copy of it .* in its place/;

/** Overwrites a part of the file in its middle, where tables and their rows are. */
function scribble(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, Math.floor(bytes.length / 3), Math.floor(bytes.length / 3) + 3 * 4096);
  writeFileSync(file, bytes);
}

describe('a file that cannot be used', () => {
  test('overwritten in the middle', async () => {
    const at = await used();
    scribble(at.file);
    await expectRefused(at, /is damaged/);
    await expectRefused(at, RESTORE);
  });

  test('overwritten in the middle, with a log beside it', async () => {
    const at = await crashed();
    scribble(at.file);
    // Pages that are in the log too would hide the damage.
    truncateSync(`${at.file}-wal`, 0);
    await expectRefused(at, /is damaged/);
  });

  test('cut short', async () => {
    for (const keep of [60, 100, 4096, 3 * 4096 + 17]) {
      const at = await used();
      truncateSync(at.file, keep);
      await expectRefused(at, /is damaged/);
    }
  });

  test('with a broken header', async () => {
    const at = await used();
    const bytes = readFileSync(at.file);
    bytes.fill(0, 0, 16);
    writeFileSync(at.file, bytes);
    await expectRefused(at, /damaged or belongs to another program/);
  });

  test('of another program: text, and an SQLite database', async () => {
    const text = place();
    writeFileSync(text.file, 'not a database at all\n'.repeat(500));
    await expectRefused(text, /not an SQLite database/);
    const other = place();
    const database = new DatabaseSync(other.file);
    database.exec('create table agent (id integer primary key, name text)');
    database.close();
    await expectRefused(other, /not a database of Ping System 2/);
  });

  test('empty where a database was', async () => {
    const marked = await used();
    truncateSync(marked.file, 0);
    await expectRefused(marked, /empty, but was used before/);
    const token = place();
    writeFileSync(token.file, '');
    writeFileSync(join(token.dataDir, 'admin-token'), 'psm_x');
    await expectRefused(token, /empty, but was used before/);
    const log = await crashed();
    rmSync(`${log.file}.used`);
    truncateSync(log.file, 0);
    await expectRefused(log, /empty, but its log .*-wal is there/);
    rmSync(log.file);
    await expectRefused(log, /missing, but its log .*-wal is there/);
  });

  test('gone where a database was: a new one is made, and the operator is told', async () => {
    const at = await used();
    rmSync(at.file);
    const told: string[] = [];
    const again = async (): Promise<void> =>
      (await openStorage({ database: { kind: 'sqlite', file: at.file }, dataDir: at.dataDir, warn: (message) => told.push(message) })).close();
    await again();
    expect(told).toEqual([expect.stringMatching(/was made here before and is gone/)]);
    await again();
    expect(told).toHaveLength(1);
  });

  test('a folder, and a file in a folder that cannot be', async () => {
    const folder = place();
    mkdirSync(folder.file);
    await expectRefused(folder, /is not a file/);
    const within = place();
    writeFileSync(join(within.dataDir, 'x'), '');
    await expect(open({ dataDir: within.dataDir, file: join(within.dataDir, 'x', 'y.sqlite') })).rejects.toThrow(StorageUnusable);
  });

  test('of a newer version', async () => {
    const at = await used();
    const database = new DatabaseSync(at.file);
    database.exec(`insert into migration (name) values ('9999-future')`);
    database.close();
    await expectRefused(at, /newer version .*9999-future/);
  });
});

describe('a file that can', () => {
  test('none, and an empty one in a new folder', async () => {
    const at = place();
    writeFileSync(at.file, '');
    await using storage = await open(at);
    expect((await storage.migrationStatus()).pending).toEqual([]);
    const nested = join(place().dataDir, 'a', 'b');
    await using made = await open({ dataDir: nested, file: join(nested, 'x.sqlite') });
    expect(existsSync(join(nested, 'x.sqlite'))).toBe(true);
    expect(made.dialect).toBe('sqlite');
  });

  test('after a crash, with what was committed', async () => {
    const at = await crashed();
    await using storage = await open(at);
    expect(await run(storage.em(), 'select min(revision) as low, max(revision) as high from agent')).toEqual([{ low: 58, high: 58 }]);
  });

  test('with its log but without the index of it', async () => {
    const from = await crashed();
    const at = place();
    for (const end of ['', '-wal']) copyFileSync(`${from.file}${end}`, `${at.file}${end}`);
    await using storage = await open(at);
    expect(await run(storage.em(), 'select max(revision) as high from agent')).toEqual([{ high: 58 }]);
  });

  test('while another process uses it, which notices nothing', async () => {
    const at = await used();
    const script = `import { openStorage } from '#storage/open.ts';
      const storage = await openStorage({ database: { kind: 'sqlite', file: process.argv[1] }, dataDir: process.argv[2] });
      const [row] = await storage.em().execute('select count(*) as n from agent');
      console.log(row.n);
      await storage.close();`;
    await using storage = await open(at);
    await run(storage.em(), 'update agent set revision = ?', [1]);
    const second = spawnSync(process.execPath, ['--input-type=module', '-e', script, at.file, at.dataDir], { encoding: 'utf8' });
    expect(second.stdout.trim(), second.stderr).toBe('500');
    await run(storage.em(), 'update agent set revision = ?', [2]);
    expect(await run(storage.em(), 'select distinct revision from agent')).toEqual([{ revision: 2 }]);
  });

  test('is durable, keeps its rules and is marked as ours', async () => {
    const at = place();
    await using storage = await open(at);
    const pragma = async (name: string): Promise<unknown> => Object.values((await run(storage.em(), `pragma ${name}`))[0] ?? {})[0];
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys'), await pragma('application_id')]).toEqual([
      'wal',
      2,
      1,
      0x50494e47,
    ]);
    // In the file itself, also while everything else is still in the log.
    expect(readFileSync(at.file).readUInt32BE(68)).toBe(0x50494e47);
    expect(statSync(at.file).size).toBeGreaterThan(0);
    expect(readdirSync(at.dataDir).sort()).toEqual(['', '-shm', '-wal', '.used'].map((end) => `${basename(at.file)}${end}`));
  });
});
