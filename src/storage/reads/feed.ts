import type { Agent, Assignment, Event, Task } from '#schemas/resources.ts';
import { ALL, and, IS_OPEN, isOpenTask } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf, run } from '#storage/statement.ts';
import { agentViews } from './agents.ts';
import type { EventFilter } from './reads.ts';
import { assignmentViews, taskViews } from './tasks.ts';

/** What events speak of, as the GETs show it now. Who is not there is not in the map. */
export interface Mentioned {
  readonly agents: ReadonlyMap<number, Agent>;
  readonly tasks: ReadonlyMap<number, Task>;
  readonly assignments: ReadonlyMap<number, Assignment>;
}

/** Reads for whoever follows the event log: each answers for many events, or many readers, at once. */
export interface FeedReads {
  /** The ids between which the log is kept; both 0 while it is empty. */
  eventRange(): Promise<{ first: number; last: number }>;
  mentioned(events: readonly Pick<Event, 'agent_id' | 'task_id' | 'assignment_id'>[]): Promise<Mentioned>;
  /** For each of these agents, which of these tasks it holds or has held. */
  heldBy(agentIds: readonly number[], taskIds: readonly number[]): Promise<Map<number, Set<number>>>;
  /** Open tasks, newest first; with `owner_id` only those it holds or has held. */
  openTasks(owner_id: EventFilter['owner_id'], limit: number): Promise<Task[]>;
  /** Open assignments of the newest tasks; with `owner_id` of those that it holds or has held. */
  openAssignments(owner_id: EventFilter['owner_id'], limit: number): Promise<Assignment[]>;
}

export const feedReads = (fork: () => Em): FeedReads => ({
  eventRange: async () => {
    // Two statements: SQLite answers a lone min or max from the key at once, and both together by reading all.
    const em = fork();
    const [first] = await run(em, 'select min(id) as id from event');
    const [last] = await run(em, 'select max(id) as id from event');
    return { first: Number(first?.['id'] ?? 0), last: Number(last?.['id'] ?? 0) };
  },
  mentioned: async (events) => {
    const em = fork();
    const among = idsIn(events);
    const [agents, tasks, assignments] = [among('agent_id'), among('task_id'), among('assignment_id')];
    const byIds = (ids: readonly number[]) => [listOf(ids)];
    const isAmong = inList(dialectOf(em), 'id');
    return {
      agents: keyed(agents.length === 0 ? [] : await agentViews(em, await select(em, 'agent', isAmong, byIds(agents)))),
      tasks: keyed(tasks.length === 0 ? [] : await taskViews(em, await select(em, 'task', `${isAmong} and deleted_at is null`, byIds(tasks)))),
      assignments: keyed(assignments.length === 0 ? [] : await assignmentViews(em, await select(em, 'assignment', isAmong, byIds(assignments)))),
    };
  },
  heldBy: async (agentIds, taskIds) => {
    const held = new Map(agentIds.map((id) => [id, new Set<number>()]));
    if (agentIds.length === 0 || taskIds.length === 0) return held;
    const em = fork();
    const rows = await run(em, `select distinct agent_id, task_id from assignment where ${inList(dialectOf(em), 'task_id')}`, [listOf(taskIds)]);
    for (const row of rows) held.get(Number(row['agent_id']))?.add(Number(row['task_id']));
    return held;
  },
  openTasks: async (owner_id, limit) => {
    const em = fork();
    let c = and(ALL, isOpenTask('task'));
    if (owner_id !== null) c = and(c, 'id in (select task_id from assignment where agent_id = ?)', owner_id);
    return taskViews(em, await select(em, 'task', c.where, [...c.params, limit], 'order by id desc limit ?'));
  },
  openAssignments: async (owner_id, limit) => {
    const em = fork();
    let c = and(ALL, IS_OPEN);
    if (owner_id !== null) c = and(c, 'task_id in (select task_id from assignment where agent_id = ?)', owner_id);
    return assignmentViews(em, await select(em, 'assignment', c.where, [...c.params, limit], 'order by task_id desc limit ?'));
  },
});

const idsIn =
  (events: readonly Pick<Event, 'agent_id' | 'task_id' | 'assignment_id'>[]) =>
  (name: 'agent_id' | 'task_id' | 'assignment_id'): number[] => [...new Set(events.flatMap((event) => event[name] ?? []))];

const keyed = <T extends { id: number }>(items: readonly T[]): Map<number, T> => new Map(items.map((item) => [item.id, item]));
