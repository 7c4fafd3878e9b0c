import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { HttpDeps } from '#http/deps.ts';
import type { DescribedRoute } from '#http/operation.ts';
import { problem, sendProblem } from '#http/problem.ts';
import { Health } from '#schemas/answers.ts';

const QUERY = Type.Object({ verbose: Type.Optional(Type.String({ description: 'Given at all: say more' })) });
const LIVE: Omit<DescribedRoute, 'id'> = {
  tag: 'health',
  summary: 'Is the process alive?',
  query: QUERY,
  anyQuery: true,
  security: [],
  answers: { 200: { description: 'It turns its event loop; nothing else is claimed', schema: Health } },
};
const READY: DescribedRoute = {
  id: 'readyz',
  tag: 'health',
  summary: 'Can commands be taken and committed now?',
  query: QUERY,
  anyQuery: true,
  security: [],
  answers: { 200: { description: 'Yes', schema: Health } },
  refuses: ['not_ready'],
};

/** For supervisors and load balancers, open to all; `?verbose` says more. */
export function healthRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const isVerbose = (query: unknown): boolean => typeof query === 'object' && query !== null && 'verbose' in query;

  /** The process turns its event loop: nothing else is claimed. */
  for (const url of ['/livez', '/healthz']) {
    app.get(url, { config: { operation: { ...LIVE, id: url.slice(1) } } }, async (request) => ({
      status: 'ok',
      ...(isVerbose(request.query) ? { version: deps.version } : {}),
    }));
  }

  /** Commands can be taken and committed now. */
  app.get('/readyz', { config: { operation: READY } }, async (request, reply) => {
    const { ready, checks, tickerLagMs } = deps.coordinator.readiness();
    const verbose = Object.fromEntries(Object.entries(checks).map(([part, wrong]) => [part, wrong ?? 'ok']));
    if (ready) return { status: 'ready', ...(isVerbose(request.query) ? { checks: verbose, ticker_lag_ms: tickerLagMs } : {}) };
    const wrong = Object.entries(checks).flatMap(([part, reason]) => (reason === null ? [] : [`${part}: ${reason}`]));
    return sendProblem(reply, problem('not_ready', wrong.join('; ') || 'Starting or stopping.', { more: { checks: verbose, ticker_lag_ms: tickerLagMs } }));
  });
}
