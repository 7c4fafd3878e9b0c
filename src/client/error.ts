import type { Reply } from '#schemas/messages.ts';
import { CODES, type Code, type Instruction } from '#schemas/vocabulary.ts';

/** What can go wrong on this side of the wire, beside the coordinator's own codes. */
const LOCAL = {
  timed_out: 'No answer in time',
  closed: 'The client was closed',
  unreachable: 'The broker cannot be reached',
  refused: 'The broker refused the connection',
  too_many_pending: 'Too many commands wait for their answer',
  invalid_options: 'The options are not valid',
} as const;

/** The coordinator's refusal codes (contract §2) and the client's own. */
export type AgentErrorCode = Code | keyof typeof LOCAL;

/** A refused command, or one that could not be brought to an answer. `instruction` says what to do about the work now. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  readonly title: string;
  readonly detail: string;
  readonly instruction: Instruction;
  readonly taskId: number | null;
  /** The coordinator's answer, where there is one. */
  readonly reply: Reply | null;

  constructor(code: AgentErrorCode, detail: string, reply: Reply | null = null) {
    super(`${detail} (${code})`);
    this.code = code;
    this.title = titleOf(code);
    this.detail = detail;
    this.instruction = reply?.instruction ?? 'none';
    this.taskId = reply?.task_id ?? null;
    this.reply = reply;
  }

  /** The error of a reply with `ok: false`. */
  static of(reply: Reply): AgentError {
    return new AgentError(reply.error?.code ?? 'internal_error', reply.error?.detail ?? 'refused without a reason', reply);
  }
}

function titleOf(code: AgentErrorCode): string {
  return code in LOCAL ? LOCAL[code as keyof typeof LOCAL] : CODES[code as Code].title; // as: the union is exactly the two tables' keys
}
