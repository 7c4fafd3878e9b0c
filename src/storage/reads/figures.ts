import { FLEET } from '#domain/figures.ts';
import { agentStats, type FleetWindow, fleetSeries, fleetStats, type Span, seriesSpanOf, spanBefore, spanOf } from '#domain/stats.ts';
import type { AgentStats, Stats, StatsSeries, WindowName } from '#schemas/stats.ts';
import { presence } from '#storage/pulse.ts';
import { sumRollup } from '#storage/rollup.ts';
import { type Em, run } from '#storage/statement.ts';
import { stepSums } from './series.ts';

/** What GET /stats asks of storage. */
export interface FigureReads {
  /** The window that ends at `now`. */
  fleet(window: WindowName, now: number): Promise<Stats>;
  /** The same window in steps. */
  series(window: WindowName, now: number): Promise<StatsSeries>;
  /** Null when there is no such agent. */
  agent(id: number, window: WindowName, now: number): Promise<AgentStats | null>;
}

/** `fork`: gives an EntityManager that no transaction uses. */
export const figureReads = (fork: () => Em): FigureReads => ({
  fleet: async (window, now) => {
    const span = spanOf(window, now);
    const before = spanBefore(span);
    return fleetStats(await fleetWindow(fork(), span, span.to), await fleetWindow(fork(), before, before.to - 1));
  },
  series: async (window, now) => {
    const span = seriesSpanOf(window, now);
    return fleetSeries(span, await stepSums(fork(), span));
  },
  agent: async (id, window, now) => {
    const em = fork();
    const [row] = await run(em, 'select id, name from agent where id = ?', [id]);
    if (row === undefined) return null;
    const span = spanOf(window, now);
    return agentStats({ id, name: String(row['name']) }, span, await sumRollup(em, id, span.from, span.to));
  },
});

/** @param last the last moment that belongs to it: the window before ends where the next bucket begins */
const fleetWindow = async (em: Em, span: Span, last: number): Promise<FleetWindow> => ({
  span,
  sums: await sumRollup(em, FLEET, span.from, last),
  presence: await presence(em, span.from, span.to),
});
