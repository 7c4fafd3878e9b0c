import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { agentHistory } from '#storage/reads/agent-history.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { ROWS } from './rows.ts';

const closed = (id: number, agent_id: number): Change => ({ op: 'insert', table: 'assignment', row: { ...ROWS.assignment, id, agent_id, status: 'failed' } });
const ping = (id: number, assignment_id: number, agent_id: number): Change => ({
  op: 'insert',
  table: 'ping',
  row: { ...ROWS.ping, id, assignment_id, agent_id },
});

describeOnEach('the history of an agent', (databases) => {
  test('pages through its pings, newest first, however far they lie apart', async () => {
    const storage = await databases.open();
    const other = { ...ROWS.agent, id: 12, name: 'Bob', name_key: 'bob', token_hash: 'another' };
    const ids = [1, 2, 4_095, 4_096, 4_097, 70_000, 9_000_000, 30_000_000, 30_000_001];
    await storage
      .em()
      .transactional((em) =>
        writeChanges(em, [
          { op: 'insert', table: 'agent', row: ROWS.agent },
          { op: 'insert', table: 'agent', row: other },
          { op: 'insert', table: 'task', row: ROWS.task },
          { op: 'insert', table: 'assignment', row: { ...ROWS.assignment, status: 'acknowledged' } },
          closed(100, 11),
          closed(101, 11),
          closed(500, 12),
          ping(2000, 500, 12),
          ...ids.map((id, n) => ping(id, n % 2 === 0 ? 31 : 100, 11)),
        ]),
      );
    const history = agentHistory(() => storage.em());
    const newestFirst = ids.toReversed();
    const page = async (limit: number, beyond: number | null): Promise<number[]> => (await history.pingsOf(11, { limit, beyond })).map(({ id }) => id);
    expect(await page(100, null)).toEqual(newestFirst);
    expect(await page(100, Number.MAX_SAFE_INTEGER)).toEqual(newestFirst);
    expect(await page(100, 1)).toEqual([]);
    for (const limit of [1, 2, 3]) {
      const all: number[] = [];
      // One more than the page holds says that there is a next one.
      for (let next = await page(limit, null); next.length > 0; next = await page(limit, all.at(-1) ?? null)) all.push(...next.slice(0, limit));
      expect(all).toEqual(newestFirst);
    }
    const [newest] = await history.pingsOf(12, { limit: 1, beyond: null });
    expect(newest).toMatchObject({ id: 2000, task_id: 21, assignment_id: 500, attempt: 2, delivered_at: new Date(ROWS.ping.delivered_at ?? 0).toISOString() });
    expect((await history.assignmentsOf(11, { limit: 2, beyond: 102 })).map(({ id }) => id)).toEqual([101, 100, 31]);
  });

  test('an agent that was never pinged has no pings, wherever its page begins', async () => {
    const history = agentHistory((await databases.open()).em);
    for (const beyond of [null, 1, Number.MAX_SAFE_INTEGER]) expect(await history.pingsOf(11, { limit: 10, beyond })).toEqual([]);
  });
});
