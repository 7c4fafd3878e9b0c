import type { TaskRow } from '#domain/model.ts';
import { ALL, and, type Conditions, IS_OPEN, likeOf } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import type { Em, Param } from '#storage/statement.ts';
import type { SortedPage, TaskFilter, TaskSort } from './reads.ts';

/** The list of tasks in each of its orders. Every order ends in the id, so that no two rows change places and a page goes on exactly where the last one ended. */

/** The column a list is sorted by; `created_at` is the order of ids, in which tasks are made. */
const COLUMN = { created_at: null, priority: 'priority', deadline: 'deadline' } as const;

const partsOf = (sort: TaskSort): { column: (typeof COLUMN)[keyof typeof COLUMN]; direction: 'asc' | 'desc' } => {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  return { column: COLUMN[sort.replace('-', '') as keyof typeof COLUMN], direction }; // as: a TaskSort is one of these, with or without the sign
};

/** What a task is sorted by. */
export const sortValueOf = (sort: TaskSort): 'id' | 'priority' | 'deadline' => partsOf(sort).column ?? 'id';

/** Up to `limit + 1` rows. Tasks without a deadline come last in either order of deadlines: they are a list of their own, begun where the first one ends. */
export async function listedTasks(em: Em, filter: TaskFilter, sort: TaskSort, { limit, beyond }: SortedPage): Promise<TaskRow[]> {
  const { column, direction } = partsOf(sort);
  const key = keyFor(filter);
  const where = conditionsOf(filter);
  const wanted = limit + 1;
  if (column === null) return byId(em, where, key, direction, beyond?.id ?? null, wanted);
  if (column === 'priority') return byValue(em, where, { key, column, direction, beyond, wanted });
  const hasPassed = beyond !== null && beyond.value === null;
  const dated = hasPassed ? [] : await byValue(em, and(where, 'deadline is not null'), { key, column, direction, beyond, wanted });
  if (dated.length === wanted) return dated;
  const undated = await byId(em, and(where, 'deadline is null'), key, direction, hasPassed ? beyond.id : null, wanted - dated.length);
  return [...dated, ...undated];
}

function byId(em: Em, conditions: Conditions, key: string, direction: 'asc' | 'desc', beyond: number | null, wanted: number): Promise<TaskRow[]> {
  const { where, params } = beyond === null ? conditions : and(conditions, `${key} ${direction === 'asc' ? '>' : '<'} ?`, beyond);
  return select(em, 'task', where, [...params, wanted], `order by ${key} ${direction} limit ?`);
}

interface Order {
  readonly key: string;
  readonly column: 'priority' | 'deadline';
  readonly direction: 'asc' | 'desc';
  readonly beyond: SortedPage['beyond'];
  readonly wanted: number;
}

function byValue(em: Em, conditions: Conditions, { key, column, direction, beyond, wanted }: Order): Promise<TaskRow[]> {
  const from: Param[] = beyond === null ? [] : [beyond.value, beyond.id];
  const { where, params } = beyond === null ? conditions : and(conditions, `(${column}, ${key}) ${direction === 'asc' ? '>' : '<'} (?, ?)`, ...from);
  return select(em, 'task', where, [...params, wanted], `order by ${column} ${direction}, ${key} ${direction} limit ?`);
}

/**
 * Tasks that need attention are few and have an index of their own, and so are those of one agent; `+id` keeps SQLite from walking an index for the
 * order instead (22 ms at 200,000 tasks).
 */
function keyFor({ needs_attention, agent_id, owner_id }: TaskFilter): string {
  const isFew = (needs_attention !== undefined && needs_attention !== false) || agent_id !== undefined || owner_id !== null;
  return isFew ? '+id' : 'id';
}

/** Tasks an agent holds, and those that are done by it; driven by what the agent ever had, not by the number of tasks. */
const OF_AGENT = `id in (select task_id from assignment where agent_id = ? and ${IS_OPEN}
  union all select a.task_id from assignment as a join task as d on d.id = a.task_id where a.agent_id = ? and a.status = 'completed' and d.status = 'done')`;

function conditionsOf(filter: TaskFilter): Conditions {
  let c = and(ALL, 'deleted_at is null');
  if (filter.status !== undefined) c = and(c, 'status = ?', filter.status);
  if (filter.agent_id !== undefined) c = and(c, OF_AGENT, filter.agent_id, filter.agent_id);
  if (typeof filter.needs_attention === 'boolean') c = and(c, `needs_attention is ${filter.needs_attention ? 'not null' : 'null'}`);
  else if (filter.needs_attention !== undefined) c = and(c, 'needs_attention = ?', filter.needs_attention);
  if (filter.q !== undefined && filter.q !== '') {
    const like = likeOf(filter.q);
    c = and(c, "(lower(name) like lower(?) escape '\\' or lower(description) like lower(?) escape '\\')", like, like);
  }
  if (filter.owner_id !== null) c = and(c, 'id in (select task_id from assignment where agent_id = ?)', filter.owner_id);
  return c;
}
