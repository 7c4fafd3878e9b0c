import type { PhaseRow, TodoRow } from '#domain/model.ts';
import type { Phase } from '#schemas/conversation.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';
import type { Reads } from './reads.ts';
import { phaseView, todoView } from './views.ts';

/** A task's stages and their checklists; of tasks that are not deleted. */
export function phaseReads(fork: () => Em): Pick<Reads, 'phases' | 'phase' | 'todo'> {
  return {
    phases: async (taskId, { limit, beyond }) => {
      const em = fork();
      const from = beyond === null ? '' : 'and (position, id) > (?, ?)';
      const params = beyond === null ? [] : [beyond.value ?? 0, beyond.id];
      const rows = await select(em, 'phase', `task_id = ? and deleted_at is null ${from}`, [taskId, ...params, limit + 1], 'order by position, id limit ?');
      return views(em, rows);
    },
    phase: async (id) => {
      const em = fork();
      const row = await phaseRow(em, id);
      const [resource] = row === null ? [] : await views(em, [row]);
      return row === null || resource === undefined ? null : { resource, revision: row.revision };
    },
    todo: async (id) => {
      const em = fork();
      const [row] = await select(em, 'todo', 'id = ? and deleted_at is null', [id]);
      const phase = row === undefined ? null : await phaseRow(em, row.phase_id);
      return row === undefined || phase === null ? null : { resource: todoView(row), revision: row.revision, task_id: phase.task_id };
    },
  };
}

async function phaseRow(em: Em, id: number): Promise<PhaseRow | null> {
  const isThere = 'id = ? and deleted_at is null and exists (select 1 from task where task.id = phase.task_id and task.deleted_at is null)';
  return (await select(em, 'phase', isThere, [id]))[0] ?? null;
}

async function views(em: Em, phases: readonly PhaseRow[]): Promise<Phase[]> {
  if (phases.length === 0) return [];
  const where = `${inList(dialectOf(em), 'phase_id')} and deleted_at is null`;
  const todos = await select(em, 'todo', where, [listOf(phases.map((phase) => phase.id))], 'order by position, id');
  const byPhase = new Map<number, TodoRow[]>(phases.map((phase) => [phase.id, []]));
  for (const todo of todos) byPhase.get(todo.phase_id)?.push(todo);
  return phases.map((phase) => phaseView(phase, byPhase.get(phase.id) ?? []));
}
