import { isoOrNull, MINUTE } from '#schemas/time.ts';
import { backoff } from './attention.ts';
import type { Change, Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import type { AgentRow, TaskRow } from './model.ts';
import type { Policy } from './policy.ts';
import { isCapable } from './selection.ts';
import type { NotificationRow } from './trail.ts';

/** The queue behind full agents: higher priority first, then older (contract §3 "Auto-assign"). */

export function enqueue(draft: Draft, task: TaskRow): void {
  if (task.queued_at !== null && task.waiting_notice_at !== null) return;
  draft.updateTask(task, { queued_at: draft.now, waiting_notice_at: draft.now + draft.policy.maxWaitMinutes * MINUTE, waiting_notices: 0 });
  draft.facts.queue.add(task.id);
}

/** The task that this agent must be given before the one at hand; undefined when nobody waits before it. */
export function firstInLine(agent: AgentRow, task: TaskRow, facts: Facts): TaskRow | undefined {
  for (const id of facts.queue) {
    const other = facts.tasks.get(id);
    if (other !== undefined && other.queued_at !== null && isBefore(other, task) && isCapable(agent, other)) return other;
  }
  return undefined;
}

const isBefore = (a: TaskRow, b: TaskRow): boolean => a.id !== b.id && (a.priority > b.priority || (a.priority === b.priority && a.id < b.id));

/** A queued task has waited too long: an event now, and people hear of it in the digest; again with backoff. */
export function stillWaiting(draft: Draft, task: TaskRow): void {
  const notices = task.waiting_notices + 1;
  draft.updateTask(task, { waiting_notices: notices, waiting_notice_at: draft.now + backoff(draft.policy.maxWaitMinutes * MINUTE, notices) });
  draft.event('task.waiting', { task: task.id, data: { queued_at: isoOrNull(task.queued_at), notices } });
  draft.waiting.push(task);
}

/**
 * What people are told when tasks have come to wait too long: one notification that names every task that waits so. While the last one is unread and
 * younger than MAX_WAIT_MINUTES it is brought up to date instead of adding another.
 */
export function digestOfWaiting(waiting: readonly TaskRow[], facts: Facts, policy: Policy, now: number): Change | null {
  if (waiting.length === 0) return null;
  const queued = [...facts.queue].flatMap((id) => facts.tasks.get(id) ?? []);
  const told = new Set([...waiting, ...queued].filter((t) => t.queued_at !== null && t.waiting_notices > 0));
  const words = wordsOf([...told].sort((a, b) => a.id - b.id));
  const last = facts.lastDigest;
  if (last !== null && last.created_at > now - policy.maxWaitMinutes * MINUTE) return { op: 'update', table: 'notification', id: last.id, patch: words };
  const row: NotificationRow = { id: facts.ids.next('notification'), kind: 'tasks_waiting', ...words, created_at: now, read_at: null };
  return { op: 'insert', table: 'notification', row };
}

function wordsOf(tasks: readonly TaskRow[]): Pick<NotificationRow, 'task_id' | 'title' | 'body'> {
  const shown = tasks.slice(0, 20).map((t) => `${t.id} "${t.name}"`);
  const rest = tasks.length - shown.length;
  const [only] = tasks;
  return {
    task_id: tasks.length === 1 && only !== undefined ? only.id : null,
    title: tasks.length === 1 ? '1 task is waiting for a free agent' : `${tasks.length} tasks are waiting for a free agent`,
    body: `Every capable agent is full. Waiting: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`,
  };
}
