import type { FastifyReply } from 'fastify';
import type { Code } from '#schemas/vocabulary.ts';
import type { KeptAnswer } from '#storage/idempotency.ts';
import { tagOf } from './etag.ts';
import { bodyOf, isProblem, PROBLEM_TYPE, type Problem, problem } from './problem.ts';

/** What a route answers with when all is well, and how it goes out. */
export interface Answer {
  /** 200 unless said. */
  readonly status?: number;
  /** Sent as JSON; a string as it is, with the content-type among `headers`. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a path's `:id` may name. */
export type Thing = 'agent' | 'task' | 'phase' | 'todo' | 'notification' | 'session';
export const MISSING: Record<Thing, Code> = {
  agent: 'agent_not_found',
  task: 'task_not_found',
  phase: 'not_found',
  todo: 'not_found',
  notification: 'not_found',
  session: 'not_found',
};

export const missing = (thing: Thing): Problem => problem(MISSING[thing], `There is no such ${thing}.`);

/** A resource with its ETag, or that there is none; `told`: what a mutation says beside it. */
export function resourceAnswer(
  found: { readonly resource: object; readonly revision: number } | null,
  thing: Thing,
  told: object = {},
  more: Pick<Answer, 'status' | 'headers'> = {},
): Answer | Problem {
  if (found === null) return missing(thing);
  return { ...more, body: { ...found.resource, ...told }, headers: { etag: tagOf(found), ...more.headers } };
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** An answer as it goes out, and as it is kept under an Idempotency-Key. */
export function rendered(answer: Answer | Problem): KeptAnswer {
  if (isProblem(answer)) return { status: answer.status, headers: { ...answer.headers, 'content-type': PROBLEM_TYPE }, body: bodyOf(answer) };
  const { status = 200, headers = {}, body } = answer;
  return typeof body === 'string' ? { status, headers, body } : { status, headers: { ...headers, 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
}

export function send(reply: FastifyReply, answer: Answer | Problem): FastifyReply {
  const { status, headers, body } = rendered(answer);
  return reply.code(status).headers(headers).send(body);
}
