import type { Change, Draft } from '#domain/draft.ts';
import { earliest } from '#domain/moments.ts';

/** The earliest moment at which something is due after these decisions, epoch ms; at once where a sweep was asked for; null: they say nothing of one. */
export function nextMoment(drafts: readonly Draft[]): number | null {
  let next: number | null = null;
  for (const { changes, sweeping, now } of drafts) {
    for (const change of changes) next = earliest(next, dueOf(change));
    if (sweeping.some(({ op }) => op !== 'answered')) next = earliest(next, now);
  }
  return next;
}

function dueOf(change: Change): number | null {
  if (change.table !== 'agent' && change.table !== 'task' && change.table !== 'assignment') return null;
  return (change.op === 'insert' ? change.row.due_at : change.patch.due_at) ?? null;
}
