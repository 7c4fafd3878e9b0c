import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import type { Storage } from '#storage/open.ts';
import { assignmentOfPing, takeBackPings } from '#storage/pings.ts';
import { assignmentViews } from '#storage/reads/tasks.ts';
import { select } from '#storage/select.ts';
import { run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { ROWS } from './rows.ts';

const PINGS = [1, 2, 3, 4, 5];
const EARLIER = ROWS.ping.delivered_at ?? 0;

/** An assignment with a chain of five pings, of which these were delivered. */
async function chained(storage: Storage, delivered: readonly number[]): Promise<void> {
  const pings = PINGS.map(
    (id): Change => ({
      op: 'insert',
      table: 'ping',
      row: { ...ROWS.ping, id, published_at: null, delivered_at: delivered.includes(id) ? EARLIER + id : null, previous_row: id === 1 ? null : id - 1 },
    }),
  );
  await storage
    .em()
    .transactional((em) =>
      writeChanges(em, [
        { op: 'insert', table: 'agent', row: ROWS.agent },
        { op: 'insert', table: 'task', row: ROWS.task },
        { op: 'insert', table: 'assignment', row: { ...ROWS.assignment, last_ping_row: 5 } },
        ...pings,
      ]),
    );
}

async function lastDelivered(storage: Storage): Promise<number | null> {
  const [view] = await assignmentViews(storage.em(), await select(storage.em(), 'assignment', 'id = ?', [ROWS.assignment.id]));
  return view?.last_ping_delivered ? Date.parse(view.last_ping_delivered) - EARLIER : null;
}

async function chain(storage: Storage): Promise<number[]> {
  const [head] = await select(storage.em(), 'assignment', 'id = ?', [ROWS.assignment.id]);
  const rows = new Map((await select(storage.em(), 'ping', 'true')).map((row) => [row.id, row]));
  const ids: number[] = [];
  for (let at = rows.get(head?.last_ping_row ?? 0); at !== undefined; at = rows.get(at.previous_row ?? 0)) ids.push(at.id);
  return ids;
}

describeOnEach('the pings of an assignment', (databases) => {
  test('the last delivered one is found behind those that were not', async () => {
    const storage = await databases.open();
    await chained(storage, [1, 3]);
    expect(await lastDelivered(storage)).toBe(3);
    await run(storage.em(), 'update ping set delivered_at = ? where id = 5', [EARLIER + 5]);
    expect(await lastDelivered(storage)).toBe(5);
    await run(storage.em(), 'update ping set delivered_at = null');
    expect(await lastDelivered(storage)).toBeNull();
  });

  test.each([[[5]], [[1]], [[3]], [[2, 3]], [[4, 5]], [[1, 3, 5]], [PINGS]])('%j are taken out of the chain, which stays whole', async (moot) => {
    const storage = await databases.open();
    await chained(storage, [1]);
    const rows = await select(storage.em(), 'ping', 'true', [], 'order by id');
    await storage.em().transactional((em) =>
      takeBackPings(
        em,
        rows.filter(({ id }) => moot.includes(id)),
      ),
    );
    expect(await chain(storage)).toEqual(PINGS.filter((id) => !moot.includes(id)).reverse());
    expect(await lastDelivered(storage)).toBe(moot.includes(1) ? null : 1);
  });

  test('one is found by the id that its agent was told, and by nobody else', async () => {
    const storage = await databases.open();
    await chained(storage, []);
    await run(storage.em(), `update ping set ping_id = 'the first' where id = 1`);
    const { id, agent_id } = ROWS.assignment;
    for (const told of ['the first', ROWS.ping.ping_id]) expect(await assignmentOfPing(storage.em(), agent_id, told)).toBe(id);
    expect(await assignmentOfPing(storage.em(), agent_id, 'another')).toBeNull();
    expect(await assignmentOfPing(storage.em(), agent_id + 1, 'the first')).toBeNull();
  });

  test('those of an older version are chained when it is upgraded', async () => {
    const storage = await databases.open();
    await chained(storage, [2]);
    await storage.migrateDown();
    await storage.migrateUp();
    expect(await chain(storage)).toEqual(PINGS.toReversed());
    expect(await lastDelivered(storage)).toBe(2);
  });
});
