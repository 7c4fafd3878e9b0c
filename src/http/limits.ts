import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '#src/clock.ts';
import { Buckets, STRANGER } from '#src/strangers.ts';
import { type Problem, problem } from './problem.ts';

/**
 * How often one may ask. An agent: 100 requests a second, and 200 at once after a pause; of what takes long 10 a second, and 20 at once. Its commands about
 * its own work have a limit of their own (MAX_COMMANDS_PER_SECOND, the same as on MQTT). Whoever has no valid token: 20 a second from one address, 200 at
 * once. The admin is not limited: whoever has that token may stop the server, and one's own scripts may load it as they like. Neither are health and the
 * documents, which take no token.
 */
const AGENT = { max: 200, timeWindow: 2_000 } as const;
/** What takes tens of milliseconds where much is kept: at the pace of the others, one agent alone would leave no time for anybody else. */
const COSTLY = { max: 20, timeWindow: 2_000 } as const;
/** Agents and addresses remembered; beyond it the one longest there is forgotten, and begins anew. */
const MAX_BUCKETS = 10_000;

export interface Limits {
  /** Null, or why this request of an agent goes no further. `isCostly`: it takes long. */
  agent(request: FastifyRequest, agentId: number, isCostly: boolean): Promise<Problem | null>;
  /** The same for a request without a valid token. */
  stranger(request: FastifyRequest): Promise<Problem | null>;
}

export async function limitsOf(app: FastifyInstance, clock: Clock): Promise<Limits> {
  await app.register(rateLimit, { global: false, store: bucketsOn(clock) });
  const agents = new WeakMap<FastifyRequest, number>();
  const keyGenerator = (request: FastifyRequest) => agents.get(request) ?? 0;
  const ofAgent = app.createRateLimit({ ...AGENT, keyGenerator });
  const ofCostly = app.createRateLimit({ ...COSTLY, keyGenerator });
  const ofAddress = app.createRateLimit(STRANGER); // by address, an IPv6 network of /64 as one
  return {
    agent: async (request, agentId, isCostly) => {
      agents.set(request, agentId);
      const refused = refusalOf(await ofAgent(request), 'More than 100 requests of this agent in a second.');
      return refused !== null || !isCostly ? refused : refusalOf(await ofCostly(request), 'More than 10 requests of this kind of this agent in a second.');
    },
    stranger: async (request) => refusalOf(await ofAddress(request), 'More than 20 requests without a valid token in a second from this address.'),
  };
}

type Verdict = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

function refusalOf(verdict: Verdict, detail: string): Problem | null {
  if (verdict.isAllowed || !verdict.isExceeded) return null;
  return problem('rate_limited', detail, { headers: { 'retry-after': String(Math.max(1, verdict.ttlInSeconds)) } });
}

function bucketsOn(clock: Clock): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    readonly #buckets = new Buckets(() => clock.monotonic(), MAX_BUCKETS);

    incr(key: string, callback: (error: Error | null, result?: { current: number; ttl: number }) => void, timeWindow: number, max: number): void {
      const { wait, left } = this.#buckets.take(key, { max, timeWindow });
      callback(null, wait > 0 ? { current: max + 1, ttl: wait } : { current: max - left, ttl: 0 });
    }

    child(): FastifyRateLimitStore {
      return new Store();
    }
  };
}
