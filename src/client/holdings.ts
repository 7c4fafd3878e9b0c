import type { Reply } from '#schemas/messages.ts';
import type { FailureReason } from '#schemas/vocabulary.ts';

/** Work that was taken away: stop it. */
export interface Withdrawal {
  readonly task_id: number;
  readonly assignment_id: number;
  readonly failure_reason: FailureReason | null;
}

/** Assignments remembered on each side; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

/** What this client believes to hold, so that a withdrawal missed while disconnected is told once, and never twice. */
export class Holdings {
  readonly #held = new Map<number, number>();
  readonly #told = new Set<number>();

  hold(assignmentId: number, taskId: number): void {
    this.#held.set(assignmentId, taskId);
    trim(this.#held);
  }

  /** The withdrawals in this reply (a `withdraw`, or what a `sync` says was taken) that have not been told yet. */
  withdrawn(reply: Reply): Withdrawal[] {
    const found = reply.command === 'withdraw' ? direct(reply) : (reply.taken ?? []).filter((item) => this.#held.has(item.assignment_id));
    const fresh = found.filter((item) => !this.#told.has(item.assignment_id));
    for (const { assignment_id } of fresh) {
      this.#held.delete(assignment_id);
      this.#told.add(assignment_id);
    }
    trim(this.#told);
    return fresh.map(({ task_id, assignment_id, failure_reason }) => ({ task_id, assignment_id, failure_reason }));
  }

  /** The holder's own complete or fail: nothing is left to withdraw. */
  release(reply: Reply): void {
    if (reply.assignment !== undefined && reply.command !== 'withdraw' && ['completed', 'failed'].includes(reply.assignment.status))
      this.#held.delete(reply.assignment.id);
  }
}

function direct(reply: Reply): Withdrawal[] {
  if (reply.assignment === undefined) return [];
  return [{ task_id: reply.task_id ?? 0, assignment_id: reply.assignment.id, failure_reason: reply.assignment.failure_reason }];
}

function trim(remembered: Map<number, unknown> | Set<number>): void {
  for (const id of remembered.keys()) {
    if (remembered.size <= MAX_REMEMBERED) return;
    remembered.delete(id);
  }
}
