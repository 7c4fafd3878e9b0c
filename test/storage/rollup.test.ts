import { expect, test } from 'vitest';
import type { Change } from '#domain/draft.ts';
import { BUCKET_MS, bucketOf, COUNTERS, type Counter, FLEET, incrementsOf, type Measure } from '#domain/figures.ts';
import type { AssignmentRow } from '#domain/model.ts';
import { spanOf } from '#domain/stats.ts';
import { addToRollup, sumRollup } from '#storage/rollup.ts';
import { writeChanges } from '#storage/write.ts';
import { agentRow, assignmentRow, taskRow } from '#test/support/rows.ts';
import { describeOnEach } from './databases.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 17, 31);
const DAY = 86_400_000;

/** Answers of three agents, one every 7 minutes for so many days back. */
function answers(days: number): Measure[] {
  return Array.from({ length: Math.floor((days * DAY) / 420_000) }, (_, i): Measure => {
    const at = NOW - i * 420_000;
    return { of: 'answer', agent_id: 1 + (i % 3), at, command: 'ack', outcome: i % 5 === 0 ? 'late' : 'in_time', response_ms: 1000 + i };
  });
}

/** What the sums must be, straight from the measures. */
function summed(measures: readonly Measure[], agent: number, from: number): Partial<Record<Counter, number>> {
  const sums: Partial<Record<Counter, number>> = {};
  const within = measures.filter((m) => m.at >= from && (agent === FLEET || m.agent_id === agent));
  for (const row of incrementsOf(within)) {
    if (row.agent_id !== agent) continue;
    for (const c of COUNTERS) sums[c] = (sums[c] ?? 0) + row.counters[c];
  }
  return sums;
}

describeOnEach('roll-up', (databases) => {
  test('any window sums exactly what happened in it, of the fleet and of each agent', async () => {
    const storage = await databases.open();
    const all = answers(3);
    for (let i = 0; i < all.length; i += 100) await storage.em().transactional((em) => addToRollup(em, incrementsOf(all.slice(i, i + 100))));
    for (const window of ['1h', '24h', '7d', '30d'] as const) {
      const { from, to } = spanOf(window, NOW);
      for (const agent of [FLEET, 1, 2, 3]) {
        const { counters, bins } = await sumRollup(storage.em(), agent, from, to);
        expect(counters, `${window} of ${agent}`).toEqual(summed(all, agent, from));
        expect(bins.reduce((sum, [, n]) => sum + n, 0)).toBe(counters.in_time + counters.late);
        expect(bins.map(([bin]) => bin)).toEqual(bins.map(([bin]) => bin).toSorted((a, b) => a - b));
      }
    }
  });

  test('every edge of a window, bucket by bucket', async () => {
    const storage = await databases.open();
    const all = answers(0.2);
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(all)));
    for (let from = Math.floor((NOW - 0.2 * DAY) / BUCKET_MS) * BUCKET_MS; from <= NOW; from += BUCKET_MS) {
      expect((await sumRollup(storage.em(), FLEET, from, NOW)).counters.response_ms, new Date(from).toISOString()).toBe(
        summed(all, FLEET, from).response_ms ?? 0,
      );
    }
  });

  test('windows that adjoin share nothing, wherever in an hour they meet', async () => {
    const storage = await databases.open();
    const all = answers(0.2);
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(all)));
    const [first, whole] = [NOW - 0.2 * DAY, summed(all, FLEET, 0).response_ms];
    for (let meet = Math.ceil(first / BUCKET_MS) * BUCKET_MS; meet <= NOW; meet += BUCKET_MS) {
      const before = await sumRollup(storage.em(), FLEET, bucketOf(first), meet - 1);
      const after = await sumRollup(storage.em(), FLEET, meet, NOW);
      expect(before.counters.response_ms + after.counters.response_ms, new Date(meet).toISOString()).toBe(whole);
    }
  });

  test('undecided: escalated in the window, open, not acknowledged, not silent', async () => {
    const storage = await databases.open();
    const { from, to } = spanOf('1h', NOW);
    const escalated = { assigned_at: to, escalated_from: 'bob', escalated_reason: 'timeout' } as const;
    const rows: Partial<AssignmentRow>[] = [
      escalated,
      { ...escalated, assigned_at: from },
      { ...escalated, status: 'snoozed', answered_at: to },
      { ...escalated, assigned_at: from - 1 },
      { ...escalated, status: 'acknowledged', acknowledged_at: to },
      { ...escalated, status: 'snoozed', acknowledged_at: to },
      { ...escalated, silent_since: to },
      { ...escalated, status: 'failed', failure_reason: 'timeout', closed_at: to },
      { assigned_at: to },
    ];
    await storage
      .em()
      .transactional((em) =>
        writeChanges(em, [
          { op: 'insert', table: 'agent', row: agentRow(1, 'Ruto') },
          { op: 'insert', table: 'agent', row: agentRow(2, 'bob') },
          ...rows.map((_, i): Change => ({ op: 'insert', table: 'task', row: taskRow(i + 1) })),
          ...rows.map((row, i): Change => ({ op: 'insert', table: 'assignment', row: assignmentRow(i + 1, i + 1, i === 1 ? 2 : 1, row) })),
        ]),
      );
    const undecided = async (agent: number, since = from, until = to): Promise<number> => (await sumRollup(storage.em(), agent, since, until)).undecided;
    expect([await undecided(FLEET), await undecided(1), await undecided(2), await undecided(3)]).toEqual([3, 2, 1, 0]);
    expect(await undecided(FLEET, from - 3_600_000, from - 1)).toBe(1);
  });
});
