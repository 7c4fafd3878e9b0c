import { BUCKET_MS, COUNTERS, type Counters, FLEET, FLEET_BY_HOUR, HOUR_MS, type Increment } from '#domain/figures.ts';
import type { Sums } from '#domain/stats.ts';
import { jsonText } from './json.ts';
import { portions } from './sql.ts';
import { type Dialect, dialectOf, type Em, type Param, run } from './statement.ts';

/** The roll-ups of the figures: added to in the transaction of the events they count, and summed over a window. */

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
  for (const some of portions(rows)) await run(em, `${into} values ${some.map(() => tuple).join(', ')} ${add}`, some.flat());
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
    counters: Object.fromEntries(COUNTERS.map((c) => [c, Number(row?.[c] ?? 0)])) as Counters, // as: one entry for each name
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
