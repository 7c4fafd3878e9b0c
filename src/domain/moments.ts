import { type AgentRow, isOpenTask, type TaskRow } from './model.ts';

/** When the coordinator acts next: the due columns of agents and tasks follow from the other ones. (Those of an assignment: `schedule`.) */

/** The next moment for an agent: the end of its silence, or of a mass-stale grace. */
export function agentDueAt(agent: AgentRow): number | null {
  if (!agent.is_active) return null;
  return agent.is_offline ? agent.escalate_at : agent.stale_at;
}

/** The next moment for a task by itself (its holder's moments are the assignment's). */
export function taskDueAt(task: TaskRow): number | null {
  if (!isOpenTask(task)) return null;
  const deadline = task.deadline === task.deadline_raised ? null : task.deadline;
  return earliest(task.wake_at, task.waiting_notice_at, task.attention_remind_at, deadline);
}

/** The first of these; null where there is none. */
export function earliest(...moments: (number | null)[]): number | null {
  let first: number | null = null;
  for (const m of moments) if (m !== null && (first === null || m < first)) first = m;
  return first;
}
