import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '#http/deps.ts';
import { problem, sendProblem } from '#http/problem.ts';

/** For supervisors and load balancers, open to all; `?verbose` says more. */
export function healthRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const isVerbose = (query: unknown): boolean => typeof query === 'object' && query !== null && 'verbose' in query;

  /** The process turns its event loop: nothing else is claimed. */
  for (const url of ['/livez', '/healthz']) {
    app.get(url, async (request) => ({ status: 'ok', ...(isVerbose(request.query) ? { version: deps.version } : {}) }));
  }

  /** Commands can be taken and committed now. */
  app.get('/readyz', async (request, reply) => {
    const { ready, checks } = deps.coordinator.readiness();
    const verbose = Object.fromEntries(Object.entries(checks).map(([part, wrong]) => [part, wrong ?? 'ok']));
    if (ready) return { status: 'ready', ...(isVerbose(request.query) ? { checks: verbose } : {}) };
    const wrong = Object.entries(checks).flatMap(([part, reason]) => (reason === null ? [] : [`${part}: ${reason}`]));
    return sendProblem(reply, problem('not_ready', wrong.join('; ') || 'Starting or stopping.', { more: { checks: verbose } }));
  });
}
