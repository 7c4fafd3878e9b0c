import { ApiProblem, get, type Page, patch, post, query } from '#dashboard/api.ts';
import { shownUpTo } from '#dashboard/live.ts';
import { assignments, isFresh, learn, me, NOT_NOW, openAssignment, tasks } from '#dashboard/store.ts';
import { clockTime, serverNow } from '#dashboard/time.ts';
import { attempt, failed, refused, toast, withUndo } from '#dashboard/toast.tsx';
import type { Assignment, Event, Task } from '#schemas/resources.ts';

/**
 * What is done with one task. Ack and snooze show at once what they will come to, and are undone with the reason if refused; what sets others
 * in motion and cannot be taken back (complete, cancel, reassign) waits some seconds for an undo instead.
 */

interface Replied {
  readonly message: string;
  readonly assignment?: Partial<Assignment>;
}

/** The task and its newest assignment as they are now; a task that is gone is none. */
export async function refresh(taskId: number): Promise<void> {
  const [task, page] = await Promise.all([
    get<Task>(`/tasks/${taskId}`).catch(() => undefined),
    get<Page<Assignment>>(`/tasks/${taskId}/assignments?limit=1`).catch(() => undefined),
  ]);
  learn({ task, assignment: page?.items[0] });
}

/** Shows `guess` at once. Gives whether it came true; if not, what was is shown again, with the reason. */
async function optimistic(before: Assignment, guess: Partial<Assignment>, run: () => Promise<Replied>): Promise<Replied | undefined> {
  if (!isFresh.value) {
    failed(new Error(NOT_NOW));
    return undefined;
  }
  const shown = { ...before, ...guess };
  learn({ assignment: shown });
  try {
    const reply = await run();
    const now = assignments.value.get(before.task_id);
    if (now?.id === before.id) learn({ assignment: { ...now, ...reply.assignment } });
    return reply;
  } catch (error) {
    if (assignments.value.get(before.task_id) === shown) learn({ assignment: before });
    await refresh(before.task_id);
    failed(inPlainWords(error, before));
    return undefined;
  }
}

/** What the server says of an assignment that is closed, it says to the agent. The store must know by now how things stand. */
function inPlainWords(error: unknown, a: Assignment): unknown {
  if (!(error instanceof ApiProblem) || error.code !== 'assignment_closed') return error;
  return new Error(`${a.agent_name} has task ${a.task_id} no more: ${howItStands(a.task_id)}`);
}

function howItStands(taskId: number): string {
  const [task, holder] = [tasks.value.get(taskId), openAssignment(taskId)];
  if (holder !== undefined) return `${holder.agent_name} holds it now`;
  return task === undefined ? 'nobody holds it now' : `it is ${task.status.replace('_', ' ')}, and nobody holds it now`;
}

const about = (a: Assignment): object => ({ task_id: a.task_id, assignment_id: a.id });

export async function acknowledge(a: Assignment): Promise<void> {
  const since = shownUpTo();
  const guess = { status: 'acknowledged', snooze_until: null, acknowledged_at: a.acknowledged_at ?? new Date(serverNow()).toISOString() } as const;
  const reply = await optimistic(a, guess, () => post(`/agents/${a.agent_id}/acknowledge`, about(a)));
  if (reply === undefined) return;
  const first = a.status === 'acknowledged' || since === undefined ? undefined : await before(a, since);
  if (first === undefined) return toast(`Task ${a.task_id} acknowledged for ${a.agent_name}`);
  const who = first.actor === me.value?.actor ? `Another session of ${first.actor}` : first.actor;
  refused(`${who} had acknowledged task ${a.task_id} first, at ${clockTime(first.at)}`);
}

/** Somebody else's ack that came between what was on the screen and ours; of those that came since, the first counts. */
async function before(a: Assignment, since: number): Promise<Event | undefined> {
  const path = `/events${query({ task: a.task_id, after: since, kind: 'assignment.acknowledged', limit: 10 })}`;
  const acks = await get<Page<Event>>(path)
    .then(({ items }) => items.filter(({ assignment_id }) => assignment_id === a.id))
    .catch(() => []);
  const first = acks[0];
  return first === undefined || isOwn(first) ? undefined : first;
}

/** Each login has a token of its own; two pages of one login are the same person. */
const isOwn = ({ actor, token_id }: Event): boolean => actor === me.value?.actor && (token_id === null || token_id === me.value.token_id);

export async function snooze(a: Assignment, minutes: number, reason?: string): Promise<void> {
  const until = new Date(serverNow() + minutes * 60_000).toISOString();
  const body = { ...about(a), minutes, ...(reason === undefined || reason === '' ? {} : { reason }) };
  const reply = await optimistic(a, { status: 'snoozed', snooze_until: until }, () => post(`/agents/${a.agent_id}/snooze`, body));
  if (reply !== undefined) toast(`Task ${a.task_id} snoozed until ${clockTime(reply.assignment?.snooze_until ?? until)}`);
}

/** In the holder's name, or where nobody holds it as done. */
export function complete(task: Task, a: Assignment | undefined): void {
  const isHolder = a !== undefined && me.value?.agent_id === a.agent_id;
  const run = async () => {
    const answer = isHolder
      ? await post<Replied>(`/agents/${a.agent_id}/complete`, about(a), { keepalive: true }).catch(async (error) => {
          await refresh(task.id);
          throw inPlainWords(error, a);
        })
      : await patch<Replied>(`/tasks/${task.id}`, { status: 'done' }, { keepalive: true });
    await refresh(task.id);
    return { message: answer.message };
  };
  withUndo(`Completing task ${task.id}`, run, { taskIds: [task.id], words: 'completing' });
}

export async function reopen(task: Task): Promise<void> {
  const answer = await attempt(() => patch<Task>(`/tasks/${task.id}`, { status: 'todo' }), `Task ${task.id} is open again`);
  if (answer !== undefined) await refresh(task.id);
}
