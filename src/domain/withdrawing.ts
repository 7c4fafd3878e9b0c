import type { Draft } from './draft.ts';
import type { AssignmentRow } from './model.ts';
import type { WithdrawAgain } from './own-command.ts';
import { withdrawal } from './reply.ts';

/** Tells a former holder to stop. */
export function withdraw(draft: Draft, a: AssignmentRow): void {
  draft.facts.withdrawn.add(a.id);
  draft.say({ to: 'agent', name: draft.facts.nameOf(a.agent_id), reply: withdrawal(a) });
}

/** Withdrawals that an agent is told again at once, the latest ones; when they have arrived, the next time it subscribes brings the next. */
const MAX_AGAIN = 50;

/** Says again what was taken from an agent that hears its replies now, unless it reached it. What it lost by its present absence it hears with its next beat. */
export function withdrawAgain(draft: Draft, command: WithdrawAgain): void {
  const { agents, taken, withdrawn } = draft.facts;
  const agent = agents.get(command.agent_id);
  if (agent === undefined || !agent.is_active) return;
  const awaitsBeat = (a: AssignmentRow): boolean => a.failure_reason === 'stale' && agent.offline_since !== null && (a.closed_at ?? 0) >= agent.offline_since;
  const missed = (taken.get(agent.id) ?? []).filter((a) => !withdrawn.has(a.id) && !awaitsBeat(a) && !holdsAgain(draft, a) && !command.has(a.id));
  for (const a of missed.slice(-MAX_AGAIN)) withdraw(draft, a);
}

/** Whether the former holder has been given the same task anew: it must not be told to stop. */
export const holdsAgain = (draft: Draft, a: AssignmentRow): boolean => draft.facts.openHeldBy(a.agent_id).some(({ task_id }) => task_id === a.task_id);
