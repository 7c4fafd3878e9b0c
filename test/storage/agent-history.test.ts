import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { ASSIGNMENTS, agentHistory } from '#storage/reads/agent-history.ts';
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
  test('pages through its pings, newest first: of its newest assignments, and of an open one however old', async () => {
    const storage = await databases.open();
    const other = { ...ROWS.agent, id: 12, name: 'Bob', name_key: 'bob', token_hash: 'another' };
    const pings: Change[] = [];
    for (let n = 0; n < 6; n++) pings.push(ping(1000 + n, [31, 100, 100 + ASSIGNMENTS][n % 3] ?? 0, 11));
    await storage
      .em()
      .transactional((em) =>
        writeChanges(em, [
          { op: 'insert', table: 'agent', row: ROWS.agent },
          { op: 'insert', table: 'agent', row: other },
          { op: 'insert', table: 'task', row: ROWS.task },
          { op: 'insert', table: 'assignment', row: { ...ROWS.assignment, status: 'acknowledged' } },
          ...Array.from({ length: ASSIGNMENTS + 1 }, (_, n) => closed(100 + n, 11)),
          closed(500, 12),
          ping(2000, 500, 12),
          ...pings,
        ]),
      );
    const history = agentHistory(() => storage.em());
    // 31 is open; 100 is one more than are looked at; 100 + ASSIGNMENTS is the newest.
    expect((await history.pingsOf(11, { limit: 10, beyond: null })).map(({ id }) => id)).toEqual([1005, 1003, 1002, 1000]);
    expect((await history.pingsOf(11, { limit: 1, beyond: 1003 })).map(({ id }) => id)).toEqual([1002, 1000]);
    const [newest] = await history.pingsOf(12, { limit: 1, beyond: null });
    expect(newest).toMatchObject({ id: 2000, task_id: 21, assignment_id: 500, attempt: 2, delivered_at: new Date(ROWS.ping.delivered_at ?? 0).toISOString() });
    expect((await history.assignmentsOf(11, { limit: 2, beyond: 102 })).map(({ id }) => id)).toEqual([101, 100, 31]);
  });
});
