import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import type { Principal } from '#domain/principal.ts';
import type { KeptAnswer } from '#storage/idempotency.ts';
import { type Answer, MISSING, missing, rendered, send, type Thing } from './answer.ts';
import { type Action, judge, needsTaskOwnership } from './auth/access.ts';
import { callerOf } from './auth/caller.ts';
import type { Caller } from './auth/session.ts';
import { emptyIsNothing } from './body.ts';
import type { Edge } from './deps.ts';
import { hashOf, keyOf } from './idempotency.ts';
import type { DescribedRoute, Operation } from './operation.ts';
import { isProblem, type Problem, problem, sendProblem } from './problem.ts';

/** One request, authenticated, allowed and valid. */
export interface Call<B, Q> {
  readonly principal: Principal;
  /** The principal, and what it came by. */
  readonly caller: Caller;
  readonly request: FastifyRequest;
  /** The number in the path; 0 on paths without one. */
  readonly id: number;
  readonly body: B;
  readonly query: Q;
  readonly ifMatch: string | undefined;
}
export interface Route<B extends TSchema, Q extends TObject> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** At most one parameter, `:id`. */
  readonly url: string;
  readonly may: Action;
  /** What `:id` names. */
  readonly thing?: Thing;
  readonly body?: B;
  readonly query?: Q;
  /** What it answers is a secret that is shown once: it is not kept under an Idempotency-Key. */
  readonly once?: true;
  /** For a command of an agent about its own work: what it is told beyond MAX_COMMANDS_PER_SECOND. */
  readonly tooMany?: Problem;
  /** It takes long where much is kept: an agent may ask it less often than others. */
  readonly costly?: true;
  /** It submits several commands: see Idempotency. */
  readonly many?: true;
  /** What the OpenAPI document says of it, beside what follows from the fields above. */
  readonly doc: Operation;
  readonly handle: (call: Call<Static<B>, Static<Q>>) => Promise<Answer | Problem>;
}

/** Declares routes that all go one way: who is it, may it, is it valid, do it, answer. */
export function router(app: FastifyInstance, edge: Edge) {
  return <B extends TSchema = TSchema, Q extends TObject = TObject>(route: Route<B, Q>): void => {
    const callers = new WeakMap<FastifyRequest, Caller>();
    app.route({
      method: route.method,
      url: route.url,
      config: { operation: described(route) },
      schema: { ...(route.body === undefined ? {} : { body: route.body }), ...(route.query === undefined ? {} : { querystring: route.query }) },
      onRequest: async (request, reply) => {
        const caller = await callerOf(edge, request);
        if (isProblem(caller)) return sendProblem(reply, caller);
        const refused = (await limited(edge, route, caller.principal, request)) ?? (await refusalOf(edge, route, caller.principal, idOf(request)));
        if (refused !== null) return sendProblem(reply, refused);
        callers.set(request, caller);
        return undefined;
      },
      ...(route.body === undefined ? {} : { preValidation: emptyIsNothing }),
      handler: async (request, reply) => {
        const caller = callers.get(request);
        if (caller === undefined) throw new Error('a handler ran without authentication');
        const { principal } = caller;
        const call = { principal, caller, request, id: idOf(request) ?? 0, body: request.body, query: request.query, ifMatch: request.headers['if-match'] };
        // as: Fastify has validated body and query against the very schemas these types come from
        return send(reply, await underKey(edge, route, principal, request, () => route.handle(call as Call<Static<B>, Static<Q>>)));
      },
    });
  };
}

function described<B extends TSchema, Q extends TObject>({ doc, may, thing, body, query, method }: Route<B, Q>): DescribedRoute {
  const headers = [...(doc.takes ?? []), ...(method === 'POST' ? (['idempotency-key'] as const) : [])];
  const takes = headers.length === 0 ? {} : { takes: headers };
  return { ...doc, ...takes, security: ['token', 'session'], may, missing: thing === undefined ? undefined : MISSING[thing], body, query };
}

/**
 * Why this caller has to wait, or null. The commands about an agent's own work have a limit of their own, the same as on MQTT, whoever sends them; also
 * those count to it that turn out not to be valid.
 */
async function limited(
  edge: Edge,
  { tooMany, costly }: Pick<Route<TSchema, TObject>, 'tooMany' | 'costly'>,
  principal: Principal,
  request: FastifyRequest,
): Promise<Problem | null> {
  const id = idOf(request);
  const isItsOwn = id !== null && (principal.kind !== 'agent' || principal.id === id);
  if (tooMany !== undefined && isItsOwn) return edge.coordinator.admit(id) ? null : tooMany;
  return principal.kind === 'agent' ? edge.limits.agent(request, principal.id, costly === true) : null;
}

/** A POST with an Idempotency-Key is answered once, and then as before. */
async function underKey(
  edge: Edge,
  { method, once, many }: Pick<Route<TSchema, TObject>, 'method' | 'once' | 'many'>,
  principal: Principal,
  request: FastifyRequest,
  run: () => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const key = method === 'POST' ? keyOf(request.headers['idempotency-key']) : null;
  if (key === null) return run();
  if (typeof key !== 'string') return key;
  const kept = (answer: Answer | Problem): KeptAnswer => rendered(once === true && !isProblem(answer) ? shownOnce(answer) : answer);
  return edge.idempotency.answer({ principal, key, hash: hashOf(method, request.url, request.body) }, { run, render: rendered, kept, many: many === true });
}

/** What is kept of an answer with a secret: that it was given, and how to get another. */
function shownOnce({ body }: Answer): Problem {
  const id = typeof body === 'object' && 'agent_id' in body ? Number(body.agent_id) : 0;
  return problem(
    'conflict',
    `This was done before under this Idempotency-Key, to agent ${id}. Its token was shown once and is not kept; POST /agents/${id}/token makes a new one.`,
  );
}

/** Why this principal may not go on, or null. What it may not do comes before whether the thing exists: a refusal gives nothing away. */
async function refusalOf(edge: Edge, route: Pick<Route<TSchema, TObject>, 'may' | 'thing'>, principal: Principal, id: number | null): Promise<Problem | null> {
  const { may, thing } = route;
  const ownsTask = needsTaskOwnership(principal, may) && principal.kind === 'agent' && id !== null && (await isOwn(edge, principal.id, thing, id));
  const verdict = judge(principal, may, { id, ownsTask });
  if (verdict === 'forbidden') return problem('forbidden', 'This token may not do that.');
  if (verdict === 'hidden') return thing === undefined ? problem('not_found', 'There is nothing here for this token.') : missing(thing);
  return thing !== undefined && id === null ? missing(thing) : null;
}

/** Whether the task in the path, or the one that the phase or todo in the path belongs to, is this agent's. */
async function isOwn(edge: Edge, agentId: number, thing: Thing | undefined, id: number): Promise<boolean> {
  const taskId = await taskOf(edge, thing, id);
  return taskId !== undefined && edge.reads.ownsTask(agentId, taskId);
}

async function taskOf({ reads }: Edge, thing: Thing | undefined, id: number): Promise<number | undefined> {
  if (thing === 'todo') return (await reads.todo(id))?.task_id;
  if (thing === 'phase') return (await reads.phase(id))?.resource.task_id;
  return id;
}

/** The number in the path, or null when it is not one (or there is none). */
function idOf(request: FastifyRequest): number | null {
  const { id } = request.params as { id?: string }; // as: `:id` is the only parameter a route may have
  if (id === undefined || !/^[1-9]\d{0,15}$/.test(id)) return null;
  return Number.isSafeInteger(Number(id)) ? Number(id) : null;
}
