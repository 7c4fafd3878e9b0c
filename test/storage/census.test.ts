import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { census } from '#storage/census.ts';
import { writeChanges } from '#storage/write.ts';
import { agentRow, assignmentRow, pingRow, taskRow } from '#test/support/rows.ts';
import { describeOnEach } from './databases.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 17, 31);

describeOnEach('the census', (databases) => {
  test('counts what is there now', async () => {
    const storage = await databases.open();
    expect(await census(storage.em())).toEqual({ agents: new Map(), assignments: new Map(), attention: new Map(), queued: 0, unsent: 0 });
    await storage
      .em()
      .transactional((em) =>
        writeChanges(em, [
          { op: 'insert', table: 'agent', row: agentRow(1, 'idle') },
          { op: 'insert', table: 'agent', row: agentRow(2, 'works') },
          { op: 'insert', table: 'agent', row: agentRow(3, 'asked') },
          { op: 'insert', table: 'agent', row: agentRow(4, 'gone', { is_offline: true }) },
          { op: 'insert', table: 'agent', row: agentRow(5, 'retired', { is_active: false }) },
          ...[1, 2, 3].map(
            (id): Change => ({ op: 'insert', table: 'task', row: taskRow(id, id === 3 ? { needs_attention: 'no_target', queued_at: NOW } : {}) }),
          ),
          { op: 'insert', table: 'assignment', row: assignmentRow(1, 1, 2, { status: 'acknowledged' }) },
          { op: 'insert', table: 'assignment', row: assignmentRow(2, 2, 3) },
          { op: 'insert', table: 'assignment', row: assignmentRow(3, 3, 2, { status: 'completed', closed_at: NOW }) },
          { op: 'insert', table: 'ping', row: pingRow(1, 2, 3, { published_at: null }) },
        ]),
      );
    expect(await census(storage.em())).toEqual({
      agents: new Map([
        ['idle', 1],
        ['working', 1],
        ['busy', 1],
        ['offline', 1],
      ]),
      assignments: new Map([
        ['acknowledged', 1],
        ['pending', 1],
      ]),
      attention: new Map([['no_target', 1]]),
      queued: 1,
      unsent: 1,
    });
  });
});
