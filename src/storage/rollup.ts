import { BUCKET_MS, COUNTERS, type Counters, FLEET, FLEET_BY_HOUR, HOUR_MS, type Increment } from '#domain/figures.ts';
import type { Presence, Sums } from '#domain/stats.ts';
import { jsonText } from './json.ts';
import { type Dialect, dialectOf, type Em, type Param, run } from './statement.ts';

/** The roll-ups of the figures: added to in the transaction of the events they count, and summed over a window. */

/** SQLite: so many rows per statement at most, in powers of two, so that there are few texts and each stays prepared (sql.ts). */
const MAX_ROWS = 64;

const ROW = ['at', 'agent_id', ...COUNTERS] as const;
const BIN = ['at', 'agent_id', 'bin', 'n'] as const;
const quoted = (columns: readonly string[]): string => columns.map((c) => `"${c}"`).join(', ');
const INTO_ROLLUP = `insert into rollup (${quoted(ROW)})`;
const INTO_BINS = `insert into rollup_response (${quoted(BIN)})`;
const ADD_COUNTERS = `on conflict (at, agent_id) do update set ${COUNTERS.map((c) => `"${c}" = rollup."${c}" + excluded."${c}"`).join(', ')}`;
const ADD_BINS = 'on conflict (at, agent_id, bin) do update set n = rollup_response.n + excluded.n';

/** Adds what a commit counted, with one statement per table. In its transaction, after everything else; in the order given. */
export async function addToRollup(em: Em, increments: readonly Increment[]): Promise<void> {
  if (increments.length === 0) return;
  const rows = increments.map(({ at, agent_id, counters }) => [at, agent_id, ...COUNTERS.map((c) => counters[c])]);
  await upsert(em, INTO_ROLLUP, ROW, ADD_COUNTERS, rows);
  const bins = increments.flatMap(({ at, agent_id, bins: of }) => [...of].sort(([a], [b]) => a - b).map(([bin, n]) => [at, agent_id, bin, n]));
  await upsert(em, INTO_BINS, BIN, ADD_BINS, bins);
}

async function upsert(em: Em, into: string, columns: readonly string[], add: string, rows: readonly (readonly number[])[]): Promise<void> {
  if (rows.length === 0) return;
  if (dialectOf(em) === 'postgresql') {
    const values = columns.map((_, i) => `(r->>${i})::bigint`).join(', ');
    await run(em, `${into} select ${values} from jsonb_array_elements(?::jsonb) as r ${add}`, [jsonText(rows)]);
    return;
  }
  const tuple = `(${columns.map(() => '?').join(', ')})`;
  for (let from = 0; from < rows.length; ) {
    const n = Math.min(MAX_ROWS, 2 ** Math.floor(Math.log2(rows.length - from)));
    await run(em, `${into} values ${Array(n).fill(tuple).join(', ')} ${add}`, rows.slice(from, from + n).flat());
    from += n;
  }
}

/**
 * Sums the buckets from `from` (a bucket's start) up to `to`, which is now: of the fleet by the hour where a whole one lies within.
 * The cost is that of these rows, not of the others' or of the events.
 */
export async function sumRollup(em: Em, agentId: number, from: number, to: number): Promise<Sums> {
  const hours = agentId === FLEET ? Math.ceil(from / HOUR_MS) * HOUR_MS : Number.MAX_SAFE_INTEGER;
  const params: Param[] = [from, Math.min(hours, to + 1), hours, to, agentId, FLEET_BY_HOUR];
  const buckets = BUCKETS[dialectOf(em)];
  const sums = COUNTERS.map((c) => `coalesce(sum(r."${c}"), 0) as "${c}"`).join(', ');
  const [row] = await run(em, `${buckets} select ${sums} from bucket b join rollup r on r.at = b.at and r.agent_id = b.agent_id`, params);
  const bins = await run(
    em,
    `${buckets} select r.bin as bin, sum(r.n) as n from bucket b join rollup_response r on r.at = b.at and r.agent_id = b.agent_id group by r.bin order by r.bin`,
    params,
  );
  return {
    counters: Object.fromEntries(COUNTERS.map((c) => [c, Number(row?.[c] ?? 0)])) as Counters, // one entry for each name
    bins: bins.map((bin) => [Number(bin['bin']), Number(bin['n'])] as const),
  };
}

/** What the keys of a window's rows begin with, so that each row is looked up and none of another agent is read: buckets up to the first hour, then hours. */
const BUCKETS: Readonly<Record<Dialect, string>> = {
  sqlite: `with recursive five(at, until) as (select ?, ? union all select at + ${BUCKET_MS}, until from five where at + ${BUCKET_MS} < until),
    hour(at, until) as (select ?, ? union all select at + ${HOUR_MS}, until from hour where at + ${HOUR_MS} <= until),
    bucket(at, agent_id) as (select at, ? from five where at < until union all select at, ? from hour where at <= until)`,
  postgresql: `with span as (select ?::bigint as from_at, ?::bigint as until_at, ?::bigint as hours_at, ?::bigint as to_at, ?::bigint as agent, ?::bigint as fleet),
    bucket as (select at, agent as agent_id from span, generate_series(from_at, until_at - 1, ${BUCKET_MS}) as at
      union all select at, fleet from span, generate_series(hours_at, to_at, ${HOUR_MS}) as at)`,
};

/** The pulse is renewed every 5 s: one that is younger than this belongs to somebody who is there now. */
const PRESENT_MS = 10_000;

interface Stretch {
  readonly instance: string;
  readonly from_at: number;
  readonly until_at: number;
  readonly monotonic: number;
}

/** Read from the self-heartbeat rows, of whichever instance; the last one reaches to `to` if its owner is there now. */
export async function presence(em: Em, from: number, to: number): Promise<Presence> {
  const [first] = await run(em, 'select min(from_at) as at from pulse');
  const begun = first?.['at'] === null || first?.['at'] === undefined ? to : Math.min(to, Math.max(from, Number(first['at'])));
  const rows = await run(em, 'select instance, from_at, until_at, monotonic from pulse where until_at >= ? and from_at < ? order by from_at, id', [begun, to]);
  const stretches = rows.map(
    (row): Stretch => ({
      instance: String(row['instance']),
      from_at: Number(row['from_at']),
      until_at: Number(row['until_at']),
      monotonic: Number(row['monotonic']),
    }),
  );
  const { up, skipped } = covered(stretches, begun, to);
  return { up_ms: up, known_ms: Math.max(0, to - begun - skipped), before_ms: begun - from, skipped_ms: skipped };
}

function covered(stretches: readonly Stretch[], begun: number, to: number): { up: number; skipped: number } {
  let [up, skipped, reached] = [0, 0, begun];
  for (const [i, stretch] of stretches.entries()) {
    const until = to - stretch.until_at <= PRESENT_MS ? to : stretch.until_at;
    const before = stretches[i - 1];
    if (before?.instance === stretch.instance && stretch.from_at > reached) {
      // Within one process the monotonic clock tells how much of the gap has really passed.
      const passed = Math.max(0, stretch.monotonic - (stretch.until_at - stretch.from_at) - before.monotonic);
      skipped += Math.max(0, Math.round(stretch.from_at - reached - passed));
    }
    up += Math.max(0, until - Math.max(stretch.from_at, reached));
    reached = Math.max(reached, until);
  }
  return { up, skipped };
}
