import type { Agent, Assignment, Task } from '#schemas/resources.ts';
import { get, patch, post } from './api.ts';
import { learn } from './store.ts';
import { attempt, withUndo } from './toast.tsx';

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

/** Without a name the coordinator chooses. Gives whether it was done. */
export async function assignTask(taskId: number, agentName: string | null): Promise<boolean> {
  const answer = await attempt(() => post<Directed>(`/tasks/${taskId}/assign`, agentName === null ? {} : { agent_name: agentName }));
  if (answer === undefined) return false;
  learn({ agent: answer.agent ?? undefined, assignment: answer.assignment });
  await refreshTask(taskId);
  return true;
}

/** A person has taken care of what the task needed one for. */
export async function resolveTask(taskId: number): Promise<void> {
  const answer = await attempt(() => post<{ message: string }>(`/tasks/${taskId}/resolve`));
  if (answer !== undefined) await refreshTask(taskId);
}

/** After a few seconds in which it can be taken back: the holder is told to stop at once. */
export function cancelTask(task: Task): void {
  withUndo(`Cancelling “${task.name}”`, async () => {
    const answer = await patch<{ message: string }>(`/tasks/${task.id}`, { status: 'cancelled' }, { keepalive: true });
    await refreshTask(task.id);
    return answer;
  });
}

/** After a few seconds in which it can be taken back: what it holds goes to others. */
export function deactivateAgent(agent: Agent): void {
  withUndo(`Deactivating ${agent.name}`, async () => {
    const answer = await patch<Agent & { message: string }>(`/agents/${agent.id}`, { is_active: false }, { keepalive: true });
    learn({ agent: answer });
    return answer;
  });
}

async function refreshTask(taskId: number): Promise<void> {
  const task = await get<Task>(`/tasks/${taskId}`).catch(() => undefined);
  learn({ task });
}
