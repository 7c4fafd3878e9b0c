import { expect, test } from 'vitest';
import type { Change, RowOf, Table } from '#domain/draft.ts';
import { Assignment } from '#storage/entities/assignment.ts';
import { Task } from '#storage/entities/task.ts';
import { nextIds } from '#storage/ids.ts';
import type { Storage } from '#storage/open.ts';
import { select } from '#storage/select.ts';
import { dialectOf, inList, run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { OTHERS, ROWS } from './rows.ts';

const TABLES = Object.keys(ROWS) as Table[]; // as: the keys of a constant

const inserts = (): Change[] => TABLES.map((table) => ({ op: 'insert', table, row: ROWS[table] }) as Change); // as: a table with its own row

const write = (storage: Storage, changes: readonly Change[]): Promise<void> => storage.em().transactional((em) => writeChanges(em, changes));
const all = <T extends Table>(storage: Storage, table: T): Promise<RowOf[T][]> => select(storage.em(), table, '1 = 1', [], 'order by id');

describeOnEach('writing', (databases) => {
  test('every column of every table comes back as it was written, in any order of changes', async () => {
    const storage = await databases.open();
    await write(storage, inserts().reverse());
    for (const table of TABLES) expect(await all(storage, table), table).toEqual([ROWS[table]]);
  });

  test('the unit of work reads the same values', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    const em = storage.em();
    expect({ ...(await em.findOneOrFail(Task, { id: 21 })) }).toMatchObject(ROWS.task);
    expect({ ...(await em.findOneOrFail(Assignment, { id: 31 })) }).toMatchObject(ROWS.assignment);
  });

  test('raw reads give numbers for int8, for count and for sum', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    const [row] = await storage.em().execute('select id, created_at, (select count(*) from task) as n, (select sum(created_at) from task) as s from agent');
    expect(row).toEqual({ id: 11, created_at: ROWS.agent.created_at, n: 1, s: ROWS.task.created_at });
  });

  test('updates change the columns they name and no others', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    await write(
      storage,
      TABLES.map((table) => ({ op: 'update', table, id: ROWS[table].id, patch: OTHERS[table] }) as Change), // as: a table with its own columns
    );
    for (const table of TABLES) expect(await all(storage, table), table).toEqual([{ ...ROWS[table], ...OTHERS[table] }]);
  });

  test('of several changes to a row the last one wins, also over its insert', async () => {
    const storage = await databases.open();
    await write(storage, [
      { op: 'insert', table: 'agent', row: ROWS.agent },
      { op: 'update', table: 'agent', id: 11, patch: { revision: 1, session: 'a' } },
      { op: 'update', table: 'agent', id: 11, patch: { revision: 2 } },
    ]);
    await write(storage, [
      { op: 'update', table: 'agent', id: 11, patch: { max_concurrent: 7, in_grace: false } },
      { op: 'update', table: 'agent', id: 11, patch: { max_concurrent: 8 } },
      { op: 'update', table: 'agent', id: 11, patch: {} },
    ]);
    expect(await all(storage, 'agent')).toEqual([{ ...ROWS.agent, revision: 2, session: 'a', max_concurrent: 8, in_grace: false }]);
  });

  test('a second open assignment of a task is impossible, and a hand-over within one batch is not', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    const next = { ...ROWS.assignment, id: 32, status: 'pending' as const };
    for (const status of ['pending', 'acknowledged', 'snoozed'] as const) {
      await expect(write(storage, [{ op: 'insert', table: 'assignment', row: { ...next, status } }])).rejects.toThrow(/unique/i);
    }
    await write(storage, [
      { op: 'insert', table: 'assignment', row: next },
      { op: 'update', table: 'assignment', id: 31, patch: { status: 'failed', failure_reason: 'timeout', due_at: null } },
    ]);
    expect((await all(storage, 'assignment')).map((row) => [row.id, row.status])).toEqual([
      [31, 'failed'],
      [32, 'pending'],
    ]);
    await expect(write(storage, [{ op: 'update', table: 'assignment', id: 31, patch: { status: 'pending' } }])).rejects.toThrow(/unique/i);
  });

  test('a failed batch leaves nothing', async () => {
    const storage = await databases.open();
    await expect(write(storage, [...inserts(), { op: 'insert', table: 'comment', row: { ...ROWS.comment, id: 52, task_id: 999 } }])).rejects.toThrow(
      /foreign key/i,
    );
    for (const table of TABLES) expect(await all(storage, table)).toEqual([]);
  });

  test('blockers are kept both ways', async () => {
    const storage = await databases.open();
    const task = (id: number, blocked_by: number[]): Change => ({ op: 'insert', table: 'task', row: { ...ROWS.task, id, blocked_by } });
    const pairs = async () =>
      (await run(storage.em(), 'select task_id, blocker_id from task_blocker order by 1, 2')).map((row) => [row['task_id'], row['blocker_id']]);
    await write(storage, [task(3, [1, 2, 1]), task(1, []), task(2, [1])]);
    expect(await pairs()).toEqual([
      [2, 1],
      [3, 1],
      [3, 2],
    ]);
    await write(storage, [
      { op: 'update', table: 'task', id: 3, patch: { blocked_by: [2] } },
      { op: 'update', table: 'task', id: 2, patch: { name: 'no blockers named' } },
    ]);
    expect(await pairs()).toEqual([
      [2, 1],
      [3, 2],
    ]);
    await write(storage, [{ op: 'update', table: 'task', id: 2, patch: { blocked_by: [] } }]);
    expect(await pairs()).toEqual([[3, 2]]);
    expect((await all(storage, 'task')).map((row) => row.blocked_by)).toEqual([[], [], [2]]);
  });

  test('text that a database would choke on is kept readable and harms nothing', async () => {
    const storage = await databases.open();
    const hostile = 'a\0b\ud800c \\u0000 \\\\u0000 🦜 \' " ? ?? $1 :x';
    await write(storage, [
      ...inserts(),
      { op: 'insert', table: 'comment', row: { ...ROWS.comment, id: 52, content: hostile } },
      { op: 'insert', table: 'event', row: { ...ROWS.event, id: 72, message_key: 'x\0y', data: { [hostile]: [hostile] }, reply: hostile } },
    ]);
    const kept = 'a\uFFFDb\uFFFDc \\u0000 \\\\u0000 🦜 \' " ? ?? $1 :x';
    expect((await all(storage, 'comment'))[1]?.content).toBe(kept);
    expect((await all(storage, 'event'))[1]).toMatchObject({ message_key: 'x\uFFFDy', data: { [kept]: [kept] }, reply: kept });
  });

  test('a result may be any JSON value', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    for (const result of [0, 5, '5', 'text', true, false, [], {}, '', 'null', 1e300]) {
      await write(storage, [{ op: 'update', table: 'assignment', id: 31, patch: { result } }]);
      expect((await all(storage, 'assignment'))[0]?.result).toEqual(result);
    }
  });

  test('ids rise, are taken once, and are not given again when their rows are gone', async () => {
    const storage = await databases.open();
    const take = (table: Table, n: number): Promise<number[]> => storage.em().transactional((em) => nextIds(em, table, n));
    const [first, second, third] = [await take('event', 2), await take('event', 0), await take('event', 3)];
    expect(second).toEqual([]);
    const taken = [...first, ...third];
    expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
    await write(
      storage,
      taken.map((id) => ({ op: 'insert', table: 'event', row: { ...ROWS.event, id, message_key: null } })),
    );
    await run(storage.em(), 'delete from event');
    expect((await take('event', 1))[0]).toBeGreaterThan(taken.at(-1) ?? Number.NaN);
    expect(await take('agent', 1)).toEqual([1]);
  });

  test('lists of numbers and of texts are one parameter', async () => {
    const storage = await databases.open();
    await write(storage, inserts());
    const dialect = dialectOf(storage.em());
    const ids = JSON.stringify([...Array(5_000).keys()]);
    expect(await select(storage.em(), 'task', inList(dialect, 'id'), [ids])).toEqual([ROWS.task]);
    expect(await select(storage.em(), 'event', inList(dialect, 'message_key', 'text'), [JSON.stringify(["it's", 'm-1:11'])])).toEqual([ROWS.event]);
    expect(await select(storage.em(), 'event', inList(dialect, 'message_key', 'text'), ['[]'])).toEqual([]);
  });

  test('a column that does not exist is refused', async () => {
    const storage = await databases.open();
    const patch = { 'name" = 1 --': 'x' } as object; // as: that it is no patch is the matter here
    await expect(write(storage, [{ op: 'update', table: 'task', id: 1, patch }])).rejects.toThrow('task has no column');
  });
});
