import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import type { Storage } from '#storage/open.ts';
import { writeReceipts } from '#storage/receipts.ts';
import { select } from '#storage/select.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { ROWS } from './rows.ts';

const AGENT = ROWS.ping.agent_id;
const NEVER = { published_at: null, delivered_at: null, answered_at: null };

/** Pings 1 to 4 of one assignment, none of them published. */
async function opened(storage: Storage): Promise<void> {
  const pings = [1, 2, 3, 4].map((id): Change => ({ op: 'insert', table: 'ping', row: { ...ROWS.ping, id, ping_id: `p${id}`, ...NEVER } }));
  const parents: Change[] = [
    { op: 'insert', table: 'agent', row: ROWS.agent },
    { op: 'insert', table: 'task', row: ROWS.task },
    { op: 'insert', table: 'assignment', row: ROWS.assignment },
  ];
  await storage.em().transactional((em) => writeChanges(em, [...parents, ...pings]));
}

const write = (storage: Storage, published: readonly [number, number][], delivered: readonly [number, number][]) =>
  storage.em().transactional((em) => writeReceipts(em, new Map(published), new Map(delivered)));

async function times(storage: Storage): Promise<unknown[]> {
  return (await select(storage.em(), 'ping', '1 = 1', [], 'order by id')).map((p) => [p.published_at, p.delivered_at]);
}

describeOnEach('receipts', (databases) => {
  test('each ping gets its own times, alone or together, and what was set is told', async () => {
    const storage = await databases.open();
    await opened(storage);
    const set = await write(
      storage,
      [
        [1, 10],
        [2, 20],
      ],
      [[2, 21]],
    );
    const row = (id: number, published_at: number | null) => ({ id, agent_id: AGENT, published_at });
    const byId = <T extends { id: number }>(rows: readonly T[]): T[] => [...rows].sort((a, b) => a.id - b.id);
    expect(byId(set.published)).toEqual([row(1, 10), row(2, 20)]);
    expect(set.delivered).toEqual([row(2, 20)]);
    expect(await write(storage, [], [[1, 11]])).toEqual({ published: [], delivered: [row(1, 10)] });
    expect(await times(storage)).toEqual([
      [10, 11],
      [20, 21],
      [null, null],
      [null, null],
    ]);
  });

  test('the first time stands, and is not told again', async () => {
    const storage = await databases.open();
    await opened(storage);
    await write(storage, [[1, 10]], [[2, 21]]);
    const set = await write(
      storage,
      [
        [1, 99],
        [2, 22],
      ],
      [
        [1, 12],
        [2, 99],
      ],
    );
    expect(set.published.map(({ id }) => id)).toEqual([2]);
    expect(set.delivered.map(({ id }) => id)).toEqual([1]);
    expect((await times(storage)).slice(0, 2)).toEqual([
      [10, 12],
      [22, 21],
    ]);
    expect(await write(storage, [[1, 1]], [[1, 1]])).toEqual({ published: [], delivered: [] });
    expect(await write(storage, [], [])).toEqual({ published: [], delivered: [] });
  });
});
