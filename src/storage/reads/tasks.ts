import type { AssignmentRow, TaskRow } from '#domain/model.ts';
import type { Assignment, Task } from '#schemas/resources.ts';
import { ALL, and, type Conditions, IS_OPEN } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { type Dialect, dialectOf, type Em, inList, listOf, numberOrNull, run } from '#storage/statement.ts';
import type { Page, Reads } from './reads.ts';
import { taskCounts } from './task-counts.ts';
import { listedTasks } from './task-list.ts';
import { assignmentView, commentView, NO_PROGRESS, type TaskProgress, taskView } from './views.ts';

export function taskReads(
  fork: () => Em,
): Pick<Reads, 'tasks' | 'taskIds' | 'taskCounts' | 'task' | 'ownsTask' | 'assignments' | 'assignment' | 'comments' | 'comment'> {
  return {
    tasks: async (filter, page, sort = '-created_at') => {
      const em = fork();
      return taskViews(em, await listedTasks(em, filter, sort, page));
    },
    taskIds: async (filter, limit) => (await listedTasks(fork(), filter, '-created_at', { limit: limit - 1, beyond: null })).map(({ id }) => id),
    taskCounts: (owner_id) => taskCounts(fork(), owner_id),
    task: async (id) => {
      const em = fork();
      const [row] = await select(em, 'task', 'id = ? and deleted_at is null', [id]);
      if (row === undefined) return null;
      const [resource] = await taskViews(em, [row]);
      return resource === undefined ? null : { resource, revision: row.revision };
    },
    ownsTask: async (agentId, taskId) => {
      const sql =
        'select 1 as owned from assignment as a join task as t on t.id = a.task_id where a.task_id = ? and a.agent_id = ? and t.deleted_at is null limit 1';
      return (await run(fork(), sql, [taskId, agentId])).length > 0;
    },
    assignments: async (taskId, page) => {
      const em = fork();
      const { where, params } = older(and(ALL, 'task_id = ?', taskId), page);
      return assignmentViews(em, await select(em, 'assignment', where, [...params, page.limit + 1], 'order by id desc limit ?'));
    },
    assignment: async (id) => {
      const em = fork();
      return (await assignmentViews(em, await select(em, 'assignment', 'id = ?', [id])))[0] ?? null;
    },
    comments: async (taskId, page) => {
      const rows = await select(fork(), 'comment', 'task_id = ? and id > ?', [taskId, page.beyond ?? 0, page.limit + 1], 'order by id limit ?');
      return rows.map(commentView);
    },
    comment: async (id) => (await select(fork(), 'comment', 'id = ?', [id])).map(commentView)[0] ?? null,
  };
}

const older = (conditions: Conditions, page: Page): Conditions => (page.beyond === null ? conditions : and(conditions, 'id < ?', page.beyond));

export async function taskViews(em: Em, rows: readonly TaskRow[]): Promise<Task[]> {
  const progress = await progressOf(
    em,
    rows.map((row) => row.id),
  );
  return rows.map((row) => taskView(row, progress.get(row.id) ?? NO_PROGRESS));
}

/** In one statement; a task that never had an assignment is not in the map. */
async function progressOf(em: Em, taskIds: readonly number[]): Promise<Map<number, TaskProgress>> {
  if (taskIds.length === 0) return new Map();
  const rows = await run(
    em,
    `select task_id, max(case when ${IS_OPEN} then agent_id end) as holder, max(last_ping_sent) as pinged, max(last_ack_at) as acked
       from assignment where ${inList(dialectOf(em), 'task_id')} group by task_id`,
    [listOf(taskIds)],
  );
  return new Map(
    rows.map((row) => [
      Number(row['task_id']),
      { assigned_agent_id: numberOrNull(row['holder']), last_ping: numberOrNull(row['pinged']), last_ack: numberOrNull(row['acked']) },
    ]),
  );
}

export async function assignmentViews(em: Em, rows: readonly AssignmentRow[]): Promise<Assignment[]> {
  if (rows.length === 0) return [];
  const dialect = dialectOf(em);
  const names = await run(em, `select id, name from agent where ${inList(dialect, 'id')}`, [listOf(rows.map((row) => row.agent_id))]);
  const nameOf = new Map(names.map((row) => [Number(row['id']), String(row['name'])]));
  const receipts = await run(em, lastDelivered(dialect), [listOf(rows.flatMap((row) => row.last_ping_row ?? []))]);
  const deliveredOf = new Map(receipts.map((row) => [Number(row['assignment_id']), Number(row['delivered_at'])]));
  return rows.map((row) => assignmentView(row, nameOf.get(row.agent_id) ?? '', deliveredOf.get(row.id) ?? null));
}

/** Of each of these newest pings, or of the last one of its chain that was delivered. */
const lastDelivered = (dialect: Dialect): string => `with recursive chain as (
    select assignment_id, previous_row, delivered_at from ping where ${inList(dialect, 'id')}
    union all
    select p.assignment_id, p.previous_row, p.delivered_at from chain as c join ping as p on p.id = c.previous_row where c.delivered_at is null)
  select assignment_id, delivered_at from chain where delivered_at is not null`;
