import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { agentHistory } from '#storage/reads/agent-history.ts';
import { claimWebhooks, nextWebhook, settleWebhook } from '#storage/webhooks.ts';
import { writeChanges } from '#storage/write.ts';
import { describeOnEach } from './databases.ts';
import { ROWS } from './rows.ts';

const webhook = (id: number, agent_id: number, due_at: number | null): Change => ({
  op: 'insert',
  table: 'webhook',
  row: { id, agent_id, created_at: 1000, attempts: 0, due_at, outcome: null },
});

describeOnEach('webhooks', (databases) => {
  test('what is due is claimed once, a few of each agent, oldest first; settled ones are not due', async () => {
    const storage = await databases.open();
    const rows = [webhook(1, 7, 50), webhook(2, 7, 40), webhook(3, 7, 30), webhook(4, 8, 60), webhook(5, 9, 10), webhook(6, 8, 500), webhook(7, 8, null)];
    await storage.em().transactional((em) => writeChanges(em, rows));
    const claim = (limit: number, busy: number[]) => storage.em().transactional((em) => claimWebhooks(em, 100, 300, limit, 2, busy));
    expect(await nextWebhook(storage.em(), [9])).toBe(30);
    expect((await claim(10, [9])).map(({ id, agent_id, attempts }) => [id, agent_id, attempts])).toEqual([
      [2, 7, 1],
      [3, 7, 1],
      [4, 8, 1],
    ]);
    expect((await claim(1, [])).map(({ id }) => id)).toEqual([5]); // the oldest there is
    expect((await claim(10, [])).map(({ id }) => id)).toEqual([1]); // the others are on their way
    expect(await nextWebhook(storage.em(), [])).toBe(300); // when they are taken for lost
    for (const id of [1, 2, 3, 4, 5]) await settleWebhook(storage.em(), id, id === 4 ? 400 : null, 'HTTP 503');
    expect(await nextWebhook(storage.em(), [])).toBe(400);
    expect(await nextWebhook(storage.em(), [8])).toBeNull();
  });

  test('the pings of an agent tell what became of them there', async () => {
    const storage = await databases.open();
    const rows: Change[] = [
      { op: 'insert', table: 'agent', row: ROWS.agent },
      { op: 'insert', table: 'task', row: ROWS.task },
      { op: 'insert', table: 'assignment', row: ROWS.assignment },
      { op: 'insert', table: 'ping', row: ROWS.ping },
      { op: 'insert', table: 'ping', row: { ...ROWS.ping, id: ROWS.ping.id + 1 } },
      { op: 'insert', table: 'webhook', row: ROWS.webhook },
    ];
    await storage.em().transactional((em) => writeChanges(em, rows));
    const [later, first] = await agentHistory(() => storage.em()).pingsOf(ROWS.agent.id, { limit: 10, beyond: null });
    expect(later?.webhook).toBeNull();
    expect(first?.webhook).toEqual({ tries: 3, outcome: 'HTTP 500', next_try_at: new Date(ROWS.webhook.due_at ?? 0).toISOString() });
  });
});
