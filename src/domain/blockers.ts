import type { Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import { isOpenTask, type TaskRow } from './model.ts';

/** The blockers that still count: `todo` or `in_progress`. */
export const openBlockers = (task: TaskRow, facts: Facts): TaskRow[] =>
  task.blocked_by.map((id) => facts.tasks.get(id)).filter((t): t is TaskRow => t !== undefined && isOpenTask(t));

/** A task ended: those that waited for it are looked at now; one that was cancelled or deleted says so to them. */
export function freeDependents(draft: Draft, task: TaskRow): void {
  const gone = task.status === 'cancelled' || task.deleted_at !== null;
  for (const id of draft.facts.dependents.get(task.id) ?? []) {
    const dependent = draft.facts.task(id);
    if (dependent === undefined || !isOpenTask(dependent)) continue;
    draft.updateTask(dependent, { wake_at: draft.now });
    draft.event('task.freed', { task: dependent.id, data: { blocker: task.id } });
    if (gone)
      draft.comment(dependent, `Blocker ${task.id} "${task.name}" was ${task.deleted_at === null ? 'cancelled' : 'deleted'}; this task no longer waits for it`);
  }
}

/** After a task was given other blockers: it, and whatever waits for it, waits for them, too, so that the next command of the batch sees it. */
export function noteBlockers(taskId: number, blockers: readonly number[], facts: Facts): void {
  const gained = new Set(blockers.flatMap((b) => [b, ...(facts.ancestors.get(b) ?? [])]));
  for (const [id, waitsFor] of facts.ancestors) if (id === taskId || waitsFor.has(taskId)) for (const g of gained) waitsFor.add(g);
}

/** Whether these blockers would make the task wait for itself. Needs `ancestors` of the blockers loaded. */
export const wouldCycle = (taskId: number, blockers: readonly number[], facts: Facts): boolean =>
  blockers.some((b) => b === taskId || (facts.ancestors.get(b)?.has(taskId) ?? false));
