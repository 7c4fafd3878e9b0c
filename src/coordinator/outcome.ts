import type { Request } from '#domain/command.ts';
import type { Decision } from '#domain/decide.ts';
import { type Mask, maskOutcome } from './masking.ts';

/**
 * What a decision came to, as it is kept beside an idempotency key: enough to answer again after a crash. Rows are kept as their ids, as the answer
 * reads them anew and nothing secret may be written down.
 */
function outcomeOf({ verdict }: Decision): object {
  if (verdict.refused === true) return verdict;
  const { reply, agent, task, assignment, comment, phase, todo, message } = verdict;
  const idOf = (row: { id: number } | undefined): object | undefined => (row === undefined ? undefined : { id: row.id });
  return {
    reply,
    comment: idOf(comment),
    message,
    agent: agent === undefined ? undefined : { id: agent.id, name: agent.name },
    task: idOf(task),
    assignment: idOf(assignment),
    phase: idOf(phase),
    todo: idOf(todo),
  };
}

/** The outcomes to be committed with these decisions: of requests that came with a key. One that came too soon did nothing, and is meant to be repeated. */
export function outcomesOf(decisions: readonly Decision[], mask: Mask): (NonNullable<Request['reserved']> & { readonly outcome: object })[] {
  return decisions.flatMap((decision) => {
    const { reserved } = decision.draft.request;
    const isTooSoon = decision.verdict.refused === true && decision.verdict.code === 'rate_limited';
    return reserved === undefined || isTooSoon ? [] : [{ id: reserved.id, reserved_at: reserved.reserved_at, outcome: maskOutcome(outcomeOf(decision), mask) }];
  });
}
