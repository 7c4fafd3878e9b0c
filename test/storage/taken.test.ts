import { expect, test } from 'vitest';
import { loadTaken } from '#coordinator/taken.ts';
import { Facts } from '#domain/facts.ts';
import type { AssignmentRow } from '#domain/model.ts';
import { writeChanges } from '#storage/write.ts';
import { HOUR, SECOND } from '#test/support/facts.ts';
import { agentRow, assignmentRow, T0, taskRow } from '#test/support/rows.ts';
import { describeOnEach } from './databases.ts';

describeOnEach('what was taken from agents', (databases) => {
  test('is found of each the latest five hundred of the last day, in the order in which it was taken', async () => {
    const storage = await databases.open();
    const closed = (agent: number, n: number, more: Partial<AssignmentRow> = {}): AssignmentRow =>
      assignmentRow(agent * 1000 + n, 1, agent, { status: 'failed', failure_reason: 'cancelled', closed_at: T0 - n * SECOND, ...more }); // a later one has a lower id
    const many = Array.from({ length: 510 }, (_, n) => n);
    const rows = [
      ...[1, 2].flatMap((agent) => many.map((n) => closed(agent, n))),
      ...[closed(3, 1), closed(3, 2, { closed_by_holder: true }), closed(3, 3, { closed_at: T0 - 24 * HOUR }), closed(3, 4, { closed_at: T0 - 24 * HOUR + 1 })],
      ...[assignmentRow(3005, 1, 3), closed(4, 1)],
    ];
    await storage.em().transactional(async (em) => {
      await writeChanges(em, [
        ...[1, 2, 3, 4].map((id) => ({ op: 'insert', table: 'agent', row: agentRow(id, `a${id}`) }) as const),
        { op: 'insert', table: 'task', row: taskRow(1) },
        ...rows.map((row) => ({ op: 'insert', table: 'assignment', row }) as const),
      ]);
      const facts = new Facts({ next: () => 0, pingId: () => '' });
      await loadTaken(em, facts, new Set([1, 2, 3]), T0);
      const latest = many.slice(0, 500).toReversed();
      expect([...facts.taken].map(([agent, taken]) => [agent, taken.map(({ id }) => id % 1000)]).toSorted()).toEqual([
        [1, latest],
        [2, latest],
        [3, [4, 1]],
      ]);
    });
  });
});
