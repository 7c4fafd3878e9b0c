import { expect, test } from 'vitest';
import { BUCKET_MS, COUNTERS, type Counter, FLEET, incrementsOf, type Measure } from '#domain/figures.ts';
import { spanOf } from '#domain/stats.ts';
import { addToRollup, sumRollup } from '#storage/rollup.ts';
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
});
