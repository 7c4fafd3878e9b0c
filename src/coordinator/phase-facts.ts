import type { Command } from '#domain/command.ts';
import type { Facts } from '#domain/facts.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';

/** What commands about phases and todos need of them. */
export interface PhaseNeeds {
  /** Phases of which the task and the todos are needed. */
  readonly phases: Set<number>;
  /** Todos of which the same is needed. */
  readonly todos: Set<number>;
  /** Tasks of which all phases are needed. */
  readonly staged: Set<number>;
}
export const noPhaseNeeds = (): PhaseNeeds => ({ phases: new Set(), todos: new Set(), staged: new Set() });

export function gatherPhases(needs: PhaseNeeds, command: Command): void {
  if (command.type === 'add_phase') needs.staged.add(command.task_id);
  else if ('phase_id' in command) needs.phases.add(command.phase_id);
  else if ('todo_id' in command) needs.todos.add(command.todo_id);
}

/**
 * From what a command names up to the tasks, and from there down again: order and completion depend on all of a task's phases and a phase's todos.
 * Gives the tasks they belong to.
 */
export async function loadPhases(em: Em, facts: Facts, needs: PhaseNeeds): Promise<ReadonlySet<number>> {
  const d = dialectOf(em);
  if (needs.todos.size > 0) for (const row of await select(em, 'todo', inList(d, 'id'), [listOf(needs.todos)])) needs.phases.add(row.phase_id);
  if (needs.phases.size > 0) {
    for (const row of await select(em, 'phase', inList(d, 'id'), [listOf(needs.phases)])) needs.staged.add(row.task_id);
    for (const row of await select(em, 'todo', `${inList(d, 'phase_id')} and deleted_at is null`, [listOf(needs.phases)])) facts.todos.set(row.id, row);
  }
  if (needs.staged.size > 0) {
    for (const row of await select(em, 'phase', `${inList(d, 'task_id')} and deleted_at is null`, [listOf(needs.staged)])) facts.phases.set(row.id, row);
  }
  return needs.staged;
}
