import type { FastifyReply } from 'fastify';
import { type Refused, Unavailable } from '#coordinator/port.ts';
import type { Refusal } from '#domain/refusal.ts';
import type { Reply } from '#schemas/messages.ts';
import type { Fault } from '#schemas/validator.ts';
import { CODES, type Code } from '#schemas/vocabulary.ts';

/** Errors as clients see them (RFC 9457), all made here. `detail` never repeats what the client sent: it may be a secret. */
export interface Problem {
  readonly code: Code;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** For a refused command: the reply its sender would have got over MQTT. */
  readonly reply?: Reply | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members, for example the readiness checks. */
  readonly more?: Readonly<Record<string, unknown>>;
}
type Extra = Partial<Omit<Problem, 'code' | 'detail'>>;

/** How long a client should wait before it tries again, in seconds; told with every problem of these codes. */
const RETRY_AFTER: { readonly [C in Code]?: string } = { rate_limited: '1', not_ready: '2', storage_full: '10' };

/** `status` is the code's own unless said. */
export function problem(code: Code, detail: string, extra: Extra = {}): Problem {
  const seconds = RETRY_AFTER[code];
  const retry = seconds === undefined ? {} : { 'retry-after': seconds };
  return { code, detail, ...extra, status: extra.status ?? CODES[code].status, headers: { ...retry, ...extra.headers } };
}

export const isProblem = (value: object): value is Problem => 'code' in value && 'detail' in value && 'status' in value;

export const invalid = (faults: readonly Fault[], what = 'The request body'): Problem =>
  problem('invalid_payload', `${what} is not valid: ${faults.map(inWords).join('; ') || 'see errors'}.`, { errors: faults });
const inWords = (fault: Fault): string => (fault.pointer === '' ? fault.message : `${fault.pointer} ${fault.message}`);

/** A committed refusal. */
export function refusedProblem(refused: Refused): Problem {
  return problem(refused.code, refused.detail, refused.reply === undefined ? {} : { reply: refused.reply });
}

/** The reply to a command that was refused without one. */
export const refusedReply = (refusal: Refusal, command: string, messageId: string | undefined): Reply => ({
  ok: false,
  command,
  ...(messageId === undefined ? {} : { message_id: messageId }),
  task_id: refusal.task_id,
  instruction: refusal.instruction,
  error: { code: refusal.code, title: CODES[refusal.code].title, detail: refusal.detail },
});

/** Carries faults found by a schema through Fastify's validation to the error handler. */
export class InvalidInput extends Error {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super('not valid');
    this.faults = faults;
  }
}

/** What Fastify itself refuses, by its error code. */
const FRAMEWORK: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => problem('payload_too_large', 'The request body is larger than this server takes (MAX_PAYLOAD_BYTES).'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problem('invalid_payload', 'Send the body as JSON, with the header Content-Type: application/json.', { status: 415 }),
  FST_ERR_BAD_URL: () => problem('invalid_payload', 'The path is not a valid URL path.'),
  FST_ERR_MAX_PARAM_LENGTH: () => problem('not_found', 'There is nothing under this path.'),
};

/** The problem for something thrown, or null when nobody expected it. */
export function problemOfThrown(error: unknown): Problem | null {
  if (error instanceof InvalidInput) return invalid(error.faults, contextOf(error) === 'querystring' ? 'The query' : undefined);
  if (error instanceof Unavailable) return problem(error.code, error.message);
  if (!(error instanceof Error)) return null;
  const unmet = unmetOf(error);
  if (unmet !== null) return unmet;
  if (!('code' in error) || typeof error.code !== 'string') return null;
  const known = FRAMEWORK[error.code];
  if (known !== undefined) return known();
  const isClientsFault = error.code.startsWith('FST_') && 'statusCode' in error && Number(error.statusCode) < 500;
  return isClientsFault ? problem('invalid_payload', 'The request could not be read.') : null;
}

/** What the sender of files makes of If-Match, If-Unmodified-Since and Range: errors that say their status and are for the client to see. */
function unmetOf(error: Error): Problem | null {
  if (!('expose' in error && error.expose === true && 'status' in error)) return null;
  if (error.status === 412) return problem('conflict', 'It is not as it was under the condition of this request.', { status: 412 });
  return error.status === 416 ? problem('invalid_payload', 'There is no such range of it.', { status: 416 }) : null;
}

/** Which part of a request Fastify was validating. */
const contextOf = (error: Error): unknown => ('validationContext' in error ? error.validationContext : undefined);

/** The content type of every problem (RFC 9457 §3). */
export const PROBLEM_TYPE = 'application/problem+json';

export function sendProblem(reply: FastifyReply, p: Problem): FastifyReply {
  return reply
    .code(p.status)
    .headers(p.headers ?? {})
    .type(PROBLEM_TYPE)
    .send(bodyOf(p));
}

/** Sent as text: Fastify would not serialise other types than application/json by itself. */
export function bodyOf(p: Problem): string {
  const { code, status, detail, errors } = p;
  return JSON.stringify({ ...p.reply, ...p.more, type: `urn:ping-system:problem:${code}`, title: CODES[code].title, status, detail, code, errors });
}
