import { BUCKET_MS, FLEET, FLEET_BY_HOUR, HOUR_MS } from '#domain/figures.ts';
import type { SeriesSpan, StepSums } from '#domain/stats.ts';
import { type Dialect, dialectOf, type Em, type Param, run } from '#storage/statement.ts';

/** The starts of a window's rows, so that each is looked up by its key and none of another agent is read. */
const STARTS: Readonly<Record<Dialect, string>> = {
  sqlite: `with recursive start(at) as (select ? union all select at + ? from start where at + ? <= ?)`,
  postgresql: `with start as (select at from generate_series(?::bigint, ?::bigint, ?::bigint) as at)`,
};

/** What the fleet's roll-up holds of each step of a window, oldest first; steps in which nothing was counted are left out. */
export async function stepSums(em: Em, { from, to, step }: SeriesSpan): Promise<StepSums[]> {
  const isByHour = step % HOUR_MS === 0;
  const grain = isByHour ? HOUR_MS : BUCKET_MS;
  const dialect = dialectOf(em);
  const starts: Param[] = dialect === 'sqlite' ? [from, grain, grain, to] : [from, to, grain];
  const params = [...starts, isByHour ? FLEET_BY_HOUR : FLEET];
  const at = `(s.at - s.at % ${step})`;
  const sums = ['in_time', 'late', 'missed'].map((name) => `sum(r."${name}") as "${name}"`).join(', ');
  const rows = await run(
    em,
    `${STARTS[dialect]} select ${at} as step_at, ${sums} from start s join rollup r on r.at = s.at and r.agent_id = ? group by 1 order by 1`,
    params,
  );
  const bins = await run(
    em,
    `${STARTS[dialect]} select ${at} as step_at, r.bin as bin, sum(r.n) as n from start s join rollup_response r on r.at = s.at and r.agent_id = ? group by 1, 2 order by 1, 2`,
    params,
  );
  const binsOf = Map.groupBy(bins, (bin) => Number(bin['step_at']));
  return rows.map((row) => ({
    at: Number(row['step_at']),
    in_time: Number(row['in_time']),
    late: Number(row['late']),
    missed: Number(row['missed']),
    bins: (binsOf.get(Number(row['step_at'])) ?? []).map((bin) => [Number(bin['bin']), Number(bin['n'])] as const),
  }));
}
