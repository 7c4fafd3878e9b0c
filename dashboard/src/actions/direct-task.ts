import { get, patch, post } from '#dashboard/api.ts';
import { agentName, learn, tasks } from '#dashboard/store.ts';
import { attempt, refused, withUndo } from '#dashboard/toast.tsx';
import type { Agent, Assignment, Task } from '#schemas/resources.ts';

/** What people do from more than one screen. Each says what came of it, and lets the store learn the answer at once. */

interface Directed {
  readonly message: string;
  readonly agent?: Agent | null;
  readonly assignment: Assignment | null;
}

export async function pingTask(taskId: number): Promise<void> {
  const answer = await attempt(() => post<Directed>(`/tasks/${taskId}/ping`));
  if (answer !== undefined) learn({ assignment: answer.assignment });
}

/**
 * Without a name the coordinator chooses. A task that somebody holds is taken from them, so there is time to undo; else it is done at once.
 * Gives whether it was, or will be, done.
 */
export async function assignTask(task: Task, name: string | null): Promise<boolean> {
  const go = async (): Promise<{ message: string }> => {
    const answer = await post<Directed>(`/tasks/${task.id}/assign`, name === null ? {} : { agent_name: name }, { keepalive: true });
    learn({ agent: answer.agent ?? undefined, assignment: answer.assignment });
    await refreshTask(task.id);
    return { message: answer.message };
  };
  const holder = tasks.value.get(task.id)?.assigned_agent_id ?? null;
  if (holder === null) return (await attempt(go)) !== undefined;
  if (agentName(holder) === name) refused(`${name} holds task ${task.id} already`);
  else withUndo(`Taking task ${task.id} from ${agentName(holder)}${name === null ? '' : `, for ${name}`}`, go, { taskIds: [task.id], words: 'reassigning' });
  return true;
}

/** A person has taken care of what the task needed one for. */
export async function resolveTask(taskId: number): Promise<void> {
  const answer = await attempt(() => post<{ message: string }>(`/tasks/${taskId}/resolve`));
  if (answer !== undefined) await refreshTask(taskId);
}

/** After a few seconds in which it can be taken back: the holder is told to stop at once. */
export function cancelTask(task: Task): void {
  const run = async (): Promise<{ message: string }> => {
    const answer = await patch<{ message: string }>(`/tasks/${task.id}`, { status: 'cancelled' }, { keepalive: true });
    await refreshTask(task.id);
    return answer;
  };
  withUndo(`Cancelling “${task.name}”`, run, { taskIds: [task.id], words: 'cancelling' });
}

async function refreshTask(taskId: number): Promise<void> {
  const task = await get<Task>(`/tasks/${taskId}`).catch(() => undefined);
  learn({ task });
}
