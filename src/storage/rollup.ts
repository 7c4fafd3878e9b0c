import { BUCKET_MS, bucketOf, COUNTERS, type Counters, FLEET, FLEET_BY_HOUR, HOUR_MS, type Increment } from '#domain/figures.ts';
import type { Sums } from '#domain/stats.ts';
import { IS_UNDECIDED } from './conditions.ts';
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
 * Sums the buckets from `from` (a bucket's start) to the one in which `to` lies: of the fleet by the hour where a whole one lies within.
 * Counters and undecided escalations are one statement, so that no commit comes between them. The cost is that of these rows, not of the others' or of the events.
 */
export async function sumRollup(em: Em, agentId: number, from: number, to: number): Promise<Sums> {
  const end = bucketOf(to) + BUCKET_MS;
  const buckets = BUCKETS[dialectOf(em)];
  const params = spansOf(agentId, from, end);
  const sums = COUNTERS.map((c) => `coalesce(sum(r."${c}"), 0) as "${c}"`).join(', ');
  const [row] = await run(
    em,
    `${buckets} select ${sums}, (select count(*) from assignment where ${IS_UNDECIDED} and assigned_at >= ? and assigned_at < ? and cast(? as bigint) in (${FLEET}, agent_id)) as undecided
      from bucket b join rollup r on r.at = b.at and r.agent_id = b.agent_id`,
    [...params, from, end, agentId],
  );
  const bins = await run(
    em,
    `${buckets} select r.bin as bin, sum(r.n) as n from bucket b join rollup_response r on r.at = b.at and r.agent_id = b.agent_id group by r.bin order by r.bin`,
    params,
  );
  return {
    counters: Object.fromEntries(COUNTERS.map((c) => [c, Number(row?.[c] ?? 0)])) as Counters, // as: one entry for each name
    bins: bins.map((bin) => [Number(bin['bin']), Number(bin['n'])] as const),
    undecided: Number(row?.['undecided'] ?? 0),
  };
}

/** Start, end, step and agent_id of three runs of rows: buckets up to the first whole hour, whole hours, buckets after the last one. */
function spansOf(agentId: number, from: number, end: number): Param[] {
  const first = agentId === FLEET ? Math.min(end, Math.ceil(from / HOUR_MS) * HOUR_MS) : end;
  const last = Math.max(first, Math.floor(end / HOUR_MS) * HOUR_MS);
  return [from, first, BUCKET_MS, agentId, first, last, HOUR_MS, FLEET_BY_HOUR, last, end, BUCKET_MS, agentId];
}

/** What the keys of a window's rows begin with, so that each row is looked up and none of another agent is read. */
const BUCKETS: Readonly<Record<Dialect, string>> = {
  sqlite: `with recursive span(at, until, step, agent_id) as (values (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)),
    bucket(at, until, step, agent_id) as (select * from span where at < until union all select at + step, until, step, agent_id from bucket where at + step < until)`,
  postgresql: `with span(begin_at, until, step, agent_id) as (values ${Array.from({ length: 3 }, () => '(?::bigint, ?::bigint, ?::bigint, ?::bigint)').join(', ')}),
    bucket as (select at, agent_id from span, generate_series(begin_at, until - 1, step) as at)`,
};
