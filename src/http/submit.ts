import type { Done, Outcome } from '#coordinator/port.ts';
import type { Command } from '#domain/command.ts';
import type { Principal } from '#domain/principal.ts';
import { epoch } from '#schemas/time.ts';
import type { HttpDeps } from './deps.ts';
import { ofThisRequest } from './idempotency.ts';
import { type Problem, problem, refusedProblem } from './problem.ts';

/** The way from a request to the coordinator and back. */

/** Under an idempotency key the request's first command is done once: what it came to before is given again. */
export async function submit(deps: HttpDeps, principal: Principal, command: Command): Promise<Outcome> {
  const { outcome, reserved } = ofThisRequest();
  if (outcome !== undefined) return outcome;
  return deps.coordinator.submit({ command, principal, channel: 'rest', ...(reserved === undefined ? {} : { reserved }) });
}

/** Submits; a refusal becomes a problem. */
export async function commit(deps: HttpDeps, principal: Principal, command: Command): Promise<Done | Problem> {
  const outcome = await submit(deps, principal, command);
  return outcome.refused ? refusedProblem(outcome) : outcome;
}

/** The id of what a command has made. */
export function idOfMade(row: { readonly id: number } | undefined): number {
  if (row === undefined) throw new Error('the coordinator made something and did not say which');
  return row.id;
}

/** null and left out both mean "nothing said". */
export const said = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

/** Epoch milliseconds; null and undefined stay. */
export const momentOf = <N extends null | undefined>(time: string | N): number | N => (typeof time === 'string' ? epoch(time) : time);

/**
 * A refused PATCH with If-Match: 412 where the revision was the reason, 409 where it was something else.
 * `current`: the revision now.
 */
export async function settledConflict(refused: Problem, asked: number | undefined, current: () => Promise<number | undefined>): Promise<Problem> {
  if (refused.code !== 'conflict' || asked === undefined || (await current()) === asked) return refused;
  return problem('conflict', refused.detail, { status: 412 });
}
