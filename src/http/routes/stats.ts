import Type, { type Static } from 'typebox';
import { missing } from '#http/answer.ts';
import type { HttpDeps } from '#http/deps.ts';
import type { router } from '#http/route.ts';
import { AgentStats, DEFAULT_WINDOW, Stats, StatsSeries, WINDOWS, type WindowName } from '#schemas/stats.ts';

const StatsQuery = Type.Object({ window: Type.Optional(Type.Enum([...WINDOWS], { description: `How far back; ${DEFAULT_WINDOW} unless said` })) });
type StatsQuery = Static<typeof StatsQuery>;

const windowOf = (query: StatsQuery): WindowName => query.window ?? DEFAULT_WINDOW;

/** How well the fleet answers: for people as figures, for Prometheus as metrics. */
export function statsRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const { figures, coordinator, metrics } = deps;
  route({
    method: 'GET',
    url: '/stats',
    may: 'read_stats',
    query: StatsQuery,
    doc: {
      id: 'stats',
      tag: 'trail',
      summary: 'The figures of the fleet: ack rate, response times, escalation success, delivery, uptime',
      answers: { 200: { description: 'Each with numerator, denominator, target, what was left out, and the window', schema: Stats } },
    },
    handle: async ({ query }) => ({ body: await figures.fleet(windowOf(query), coordinator.now()) }),
  });
  route({
    method: 'GET',
    url: '/stats/series',
    may: 'read_stats',
    query: StatsQuery,
    doc: {
      id: 'stats_series',
      tag: 'trail',
      summary: 'Ack rate and response times over a window, step by step',
      answers: { 200: { description: 'About fifty points, oldest first', schema: StatsSeries } },
    },
    handle: async ({ query }) => ({ body: await figures.series(windowOf(query), coordinator.now()) }),
  });
  route({
    method: 'GET',
    url: '/agents/:id/stats',
    may: 'read_agent',
    thing: 'agent',
    query: StatsQuery,
    doc: {
      id: 'agent_stats',
      tag: 'trail',
      summary: 'The figures of one agent',
      answers: { 200: { description: 'As those of the fleet, without uptime', schema: AgentStats } },
    },
    handle: async ({ id, query }) => {
      const stats = await figures.agent(id, windowOf(query), coordinator.now());
      return stats === null ? missing('agent') : { body: stats };
    },
  });
  route({
    method: 'GET',
    url: '/metrics',
    may: 'read_stats',
    doc: {
      id: 'metrics',
      tag: 'health',
      summary: 'Metrics for Prometheus',
      description: 'Counters of this process since its start, and gauges of the present. Agents are not named unless METRICS_AGENT_LABELS is true.',
      answers: { 200: { description: 'Text exposition format 0.0.4', mediaType: 'text/plain' } },
    },
    handle: async () => {
      const { type, text } = await metrics.render();
      return { body: text, headers: { 'content-type': type } };
    },
  });
}
