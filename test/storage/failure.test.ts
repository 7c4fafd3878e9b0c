import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isStorageFailure } from '#storage/errors.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { select } from '#storage/select.ts';
import { run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { postgresMissing, startPostgres } from '#test/support/postgres.ts';
import { describeOnEach, temporaryFolder } from './databases.ts';
import { ROWS } from './rows.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error,
  );

const addAgents = (storage: Storage, from: number): Promise<void> =>
  storage.em().transactional((em) =>
    writeChanges(
      em,
      Array.from({ length: 200 }, (_, i) => ({ op: 'insert', table: 'agent', row: { ...ROWS.agent, id: from + i, name_key: `a${from + i}` } })),
    ),
  );

describeOnEach('mistakes', (databases) => {
  test('are no storage failures', async () => {
    const storage = await databases.open();
    await addAgents(storage, 1);
    const twice = await failureOf(addAgents(storage, 1));
    const orphan = await failureOf(storage.em().transactional((em) => writeChanges(em, [{ op: 'insert', table: 'comment', row: ROWS.comment }])));
    const wrong = await failureOf(run(storage.em(), 'select nothing from nowhere'));
    for (const error of [twice, orphan, wrong, new Error('x'), new TypeError('y'), null, 'text']) expect(isStorageFailure(error), String(error)).toBe(false);
  });
});

describe('storage failures', () => {
  test('a full SQLite database: nothing of the batch is stored, and it goes on once there is room', async () => {
    const folder = temporaryFolder();
    await using storage = await openStorage({ database: { kind: 'sqlite', file: `${folder}/a.sqlite` }, dataDir: folder });
    await run(storage.em(), 'pragma max_page_count = 1');
    expect(isStorageFailure(await failureOf(addAgents(storage, 1)))).toBe(true);
    expect(isStorageFailure(await failureOf(addAgents(storage, 1)))).toBe(true);
    expect(await select(storage.em(), 'agent', '1 = 1')).toEqual([]);
    await run(storage.em(), 'pragma max_page_count = 1000000');
    await addAgents(storage, 1);
    expect(await select(storage.em(), 'agent', '1 = 1')).toHaveLength(200);
  });

  test('a transaction that SQLite ended by itself: the connection is free for the next', async () => {
    const folder = temporaryFolder();
    await using storage = await openStorage({ database: { kind: 'sqlite', file: `${folder}/a.sqlite` }, dataDir: folder });
    const ended = storage.em().transactional(async (em) => {
      await run(em, 'rollback');
      throw new Error('disk I/O error');
    });
    await expect(ended).rejects.toThrow('disk I/O error');
    await addAgents(storage, 1);
    expect(await select(storage.em(), 'agent', '1 = 1')).toHaveLength(200);
  });

  test('an SQLite database that another process has locked', async () => {
    const folder = temporaryFolder();
    const database = { kind: 'sqlite', file: `${folder}/a.sqlite` } as const;
    await using storage = await openStorage({ database, dataDir: folder });
    const script = `import { DatabaseSync } from 'node:sqlite';
      const db = new DatabaseSync(process.argv[1]);
      db.exec('begin immediate');
      process.stdout.write('locked');
      process.stdin.on('end', () => { db.exec('rollback'); db.close(); }).resume();`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script, database.file], { stdio: ['pipe', 'pipe', 'ignore'] });
    const gone = once(other, 'exit');
    await once(other.stdout, 'data');
    expect(isStorageFailure(await failureOf(addAgents(storage, 1)))).toBe(true);
    other.stdin.end();
    await gone;
    await addAgents(storage, 1);
  });

  test.skipIf(postgresMissing)('PostgreSQL connections lost in the midst of transactions, more of them than the pool has places', async () => {
    await using server = await startPostgres();
    await using storage = await openStorage({ database: { kind: 'postgresql', url: await server.createDatabase() }, dataDir: temporaryFolder() });
    for (let i = 0; i < 12; i++) {
      const lost = storage.em().transactional(async (em) => {
        const [row] = await run(em, 'select pg_backend_pid() as pid');
        await run(storage.em(), 'select pg_terminate_backend(?::int)', [Number(row?.['pid'])]);
        await run(em, 'select 1');
      });
      expect(isStorageFailure(await failureOf(lost))).toBe(true);
    }
    await addAgents(storage, 1);
  });

  test.skipIf(postgresMissing)('a PostgreSQL server that goes away', async () => {
    const server = await startPostgres();
    const database = { kind: 'postgresql', url: await server.createDatabase() } as const;
    const storage = await openStorage({ database, dataDir: temporaryFolder() });
    await addAgents(storage, 1);
    const held = failureOf(
      storage.em().transactional(async (em) => {
        await run(em, 'select 1');
        await server[Symbol.asyncDispose]();
        await run(em, 'select 1');
      }),
    );
    expect(isStorageFailure(await held)).toBe(true);
    expect(isStorageFailure(await failureOf(addAgents(storage, 1000)))).toBe(true);
    await storage.close();
    await expect(openStorage({ database, dataDir: '/' })).rejects.toThrow(/^The database 127\.0\.0\.1:\d+\/test_1 cannot be opened \([^\n]+\)\.$/);
  });

  test.each([
    'SQLITE_FULL',
    'SQLITE_IOERR_FSYNC',
    'SQLITE_READONLY',
    'SQLITE_CANTOPEN',
    'SQLITE_CORRUPT',
    'SQLITE_NOTADB',
    'SQLITE_BUSY_SNAPSHOT',
    '53100',
    '57P01',
    '08006',
    '58030',
    'ENOSPC',
    'ECONNREFUSED',
  ])('%s, also as the cause of another error', (code) => {
    const error = Object.assign(new Error('x'), { code });
    expect(isStorageFailure(error)).toBe(true);
    expect(isStorageFailure(new Error('wrapped', { cause: error }))).toBe(true);
    expect(isStorageFailure(new AggregateError([error]))).toBe(true);
  });

  test.each(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_ERROR', 'SQLITE_MISUSE', '23505', '42601', 'ERR_INVALID_ARG_TYPE'])('%s is none', (code) => {
    expect(isStorageFailure(Object.assign(new Error('x'), { code }))).toBe(false);
  });
});
