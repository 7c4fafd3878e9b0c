import type { Change, Draft } from '#domain/draft.ts';

/** The earliest moment at which something is due after these decisions, epoch ms; at once where a sweep was asked for; infinity: they say nothing of one. */
export function nextMoment(drafts: readonly Draft[]): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { changes, sweeping, now } of drafts) {
    for (const change of changes) next = Math.min(next, dueOf(change));
    if (sweeping.some(({ op }) => op !== 'answered')) next = Math.min(next, now);
  }
  return next;
}

function dueOf(change: Change): number {
  if (change.table !== 'agent' && change.table !== 'task' && change.table !== 'assignment') return Number.POSITIVE_INFINITY;
  return (change.op === 'insert' ? change.row.due_at : change.patch.due_at) ?? Number.POSITIVE_INFINITY;
}
