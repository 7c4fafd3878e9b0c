import type { TaskCounts } from '#schemas/answers.ts';
import type { Comment, Phase, Todo } from '#schemas/conversation.ts';
import type { Agent, Assignment, Event, Notification, Task } from '#schemas/resources.ts';
import type { AgentStatus, AgentType, AttentionReason, EventKind, TASK_SORTS, TaskStatus } from '#schemas/vocabulary.ts';
import type { Em } from '#storage/statement.ts';
import { agentReads } from './agents.ts';
import type { EventSearch } from './event-search.ts';
import { type FeedReads, feedReads } from './feed.ts';
import { phaseReads } from './phases.ts';
import { taskReads } from './tasks.ts';
import { trailReads } from './trail.ts';

/**
 * What GETs ask of storage: committed state only, as resources. Lists are pages by key, never by offset; they give up to
 * `limit + 1` rows, the extra one saying that there is more.
 */
export interface Reads extends FeedReads {
  agents(filter: AgentFilter, page: Page): Promise<Agent[]>;
  agent(id: number): Promise<Revised<Agent> | null>;
  /** By id (all digits) or by name in any case; null when there is none. */
  agentId(nameOrId: string): Promise<number | null>;
  /** Newest first unless said. Deleted tasks are nowhere but in the events. */
  tasks(filter: TaskFilter, page: SortedPage, sort?: TaskSort): Promise<Task[]>;
  /** The ids of the newest tasks that fit, so many at most. */
  taskIds(filter: TaskFilter, limit: number): Promise<number[]>;
  /** With `owner_id` those that it holds or has held. */
  taskCounts(owner_id: TaskFilter['owner_id']): Promise<TaskCounts>;
  task(id: number): Promise<Revised<Task> | null>;
  /** Whether this agent holds or has held the (undeleted) task. */
  ownsTask(agentId: number, taskId: number): Promise<boolean>;
  /** Newest first. */
  assignments(taskId: number, page: Page): Promise<Assignment[]>;
  assignment(id: number): Promise<Assignment | null>;
  comment(id: number): Promise<Comment | null>;
  /** Oldest first. */
  comments(taskId: number, page: Page): Promise<Comment[]>;
  /** In order of position, each with all of its todos. */
  phases(taskId: number, page: SortedPage): Promise<Phase[]>;
  phase(id: number): Promise<Revised<Phase> | null>;
  todo(id: number): Promise<(Revised<Todo> & { readonly task_id: number }) | null>;
  /**
   * Oldest first, beyond the id in `page.beyond`; newest first, below it. At most `limit`; `next` is where to go on, null at the end.
   * A page may be short, even empty, with a `next`: what no index answers is looked for only so far at a time.
   */
  events(filter: EventFilter, page: Page): Promise<{ items: Event[]; next: number | null }>;
  /** When this event happened, or if it is not kept the next one in the other direction of reading; null where there is none. */
  eventAt(id: number, newest_first: boolean): Promise<string | null>;
  /** Newest first. */
  notifications(page: Page, unread?: boolean): Promise<Notification[]>;
  notification(id: number): Promise<Notification | null>;
}

/** `fork`: gives an EntityManager that no transaction uses. */
export const createReads = (fork: () => Em): Reads => ({
  ...agentReads(fork),
  ...taskReads(fork),
  ...phaseReads(fork),
  ...trailReads(fork),
  ...feedReads(fork),
});

/** A page: at most so many rows, beyond this id in the list's order (null: from its beginning). */
export interface Page {
  readonly limit: number;
  readonly beyond: number | null;
}

/** A page of a list that is sorted by a value and, where that is the same, by id. */
export interface SortedPage {
  readonly limit: number;
  readonly beyond: { readonly value: number | null; readonly id: number } | null;
}

/** A resource with the revision of its changeable fields. */
interface Revised<T> {
  readonly resource: T;
  readonly revision: number;
}

export interface AgentFilter {
  /** null: active or not. */
  readonly is_active: boolean | null;
  /** Only this agent. */
  readonly only: number | null;
  readonly status?: AgentStatus | undefined;
  readonly type?: AgentType | undefined;
  /** Has this capability, among others. */
  readonly capability?: string | undefined;
  /** Part of the name, in any case. */
  readonly q?: string | undefined;
}
/** `-`: the greatest, or newest, first. Tasks without a deadline come last in both orders of deadlines. */
export type TaskSort = (typeof TASK_SORTS)[number];
export interface TaskFilter {
  readonly status?: TaskStatus | undefined;
  /** Held by this agent, or done by it. */
  readonly agent_id?: number | undefined;
  /** true: whatever the reason. */
  readonly needs_attention?: boolean | AttentionReason | undefined;
  /** Part of the name or the description, in any case. */
  readonly q?: string | undefined;
  /** Only tasks that this agent holds or has held. */
  readonly owner_id: number | null;
}
export interface EventFilter {
  readonly task_id?: number | undefined;
  readonly agent_id?: number | undefined;
  /** Else oldest first. */
  readonly newest_first?: boolean | undefined;
  /** Newest first: down to this id, itself left out. Oldest first, `page.beyond` says it. */
  readonly after?: number | undefined;
  /** From this moment on, and before this one; found by the order of events. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Of any of these kinds. */
  readonly kinds?: readonly EventKind[] | undefined;
  readonly search?: EventSearch | undefined;
  /** Only events of this agent and of the tasks it holds or has held. */
  readonly owner_id: number | null;
}
