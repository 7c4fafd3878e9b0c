import { type AgentRow, type AssignmentRow, isOpen, type PhaseRow, type TaskRow, type TodoRow } from './model.ts';
import type { NotificationRow } from './trail.ts';

/** The tables whose rows are numbered as a decision makes them. (Events are numbered in commit order; a webhook has the id of its ping.) */
export const NUMBERED = ['agent', 'task', 'assignment', 'ping', 'comment', 'phase', 'todo', 'notification'] as const;
export type Numbered = (typeof NUMBERED)[number];

/** Where new rows get their identity: handed in, so that the domain stays free of counters and chance. */
export interface Ids {
  next(table: Numbered): number;
  /** A ping's public id (uuid v7). */
  pingId(): string;
}

/** How the fleet looks when a `stale_at` passes (mass-stale rule). */
export interface FleetHealth {
  /** Agents that are online, or were 60 s ago. */
  readonly size: number;
  /** Of these: stale, in offline grace, or without a beat for 1.5 × their interval. */
  readonly shaky: number;
  /** Stale agents whose escalations already wait. */
  readonly waiting: number;
}

/**
 * What a batch of commands is decided on: the rows it needs, loaded before, and advanced in place by each decision,
 * so that every command sees the facts as the one before it left them. If a decision throws, the facts are spent and loaded anew.
 */
export class Facts {
  readonly ids: Ids;
  readonly agents = new Map<number, AgentRow>();
  readonly tasks = new Map<number, TaskRow>();
  readonly assignments = new Map<number, AssignmentRow>();
  /** Complete for the tasks whose phases a command adds or moves. */
  readonly phases = new Map<number, PhaseRow>();
  /** Complete for the phases whose todos a command adds, ticks or moves. */
  readonly todos = new Map<number, TodoRow>();
  /** What was kept of replies to earlier commands (`keptReply`), by message key, 24 h back. */
  readonly replies = new Map<string, unknown>();
  /** Late results (`lateResult`) that are in the conversation already. */
  readonly lateResults = new Set<string>();
  /** Assignments with a ping that was published and is not answered: their holder has been asked. */
  readonly asked = new Set<number>();
  /** The assignments of the pings that acks name alone: an earlier command may have answered one, or it was over before. */
  readonly pings = new Map<string, number>();
  /** By agent that hears its replies again: what was taken from it lately. */
  readonly taken = new Map<number, AssignmentRow[]>();
  /** Assignments whose withdrawal is said after this batch. */
  readonly withdrawn = new Set<number>();
  /** Tasks that name this one in `blocked_by`. */
  readonly dependents = new Map<number, number[]>();
  /** Everything that blocks a task, also over others: for the cycle check. */
  readonly ancestors = new Map<number, Set<number>>();
  /** Open assignments per agent; complete for the agents of a loaded fleet. */
  readonly load = new Map<number, number>();
  /** Tasks that wait for a free agent, by priority and age; loaded with the fleet. */
  readonly queue = new Set<number>();
  /** The last notification of waiting tasks, if it is still unread. */
  lastDigest: NotificationRow | null = null;
  fleet: FleetHealth = { size: 0, shaky: 0, waiting: 0 };

  readonly #agentByKey = new Map<string, number>();
  readonly #openByTask = new Map<number, number>();
  readonly #byTask = new Map<number, AssignmentRow[]>();

  constructor(ids: Ids) {
    this.ids = ids;
  }

  addAgent(row: AgentRow): void {
    this.agents.set(row.id, row);
    this.#agentByKey.set(row.name_key, row.id);
  }

  addTask(row: TaskRow): void {
    this.tasks.set(row.id, row);
  }

  addAssignment(row: AssignmentRow): void {
    this.assignments.set(row.id, row);
    const siblings = this.#byTask.get(row.task_id);
    if (siblings === undefined) this.#byTask.set(row.task_id, [row]);
    else siblings.push(row);
    if (isOpen(row)) this.#openByTask.set(row.task_id, row.id);
  }

  /** After an assignment was opened or closed in a decision. */
  turned(row: AssignmentRow): void {
    if (isOpen(row)) this.#openByTask.set(row.task_id, row.id);
    else if (this.#openByTask.get(row.task_id) === row.id) this.#openByTask.delete(row.task_id);
    this.load.set(row.agent_id, (this.load.get(row.agent_id) ?? 0) + (isOpen(row) ? 1 : -1));
  }

  /** By name without regard to case; whether the spelling must be exact is the edge's matter. */
  agentNamed(name: string): AgentRow | undefined {
    const id = this.#agentByKey.get(name.toLowerCase());
    return id === undefined ? undefined : this.agents.get(id);
  }

  /** The task unless it does not exist or was deleted. */
  task(id: number): TaskRow | undefined {
    const task = this.tasks.get(id);
    return task === undefined || task.deleted_at !== null ? undefined : task;
  }

  openOf(taskId: number): AssignmentRow | undefined {
    const id = this.#openByTask.get(taskId);
    return id === undefined ? undefined : this.assignments.get(id);
  }

  openHeldBy(agentId: number): AssignmentRow[] {
    return [...this.assignments.values()].filter((a) => a.agent_id === agentId && isOpen(a));
  }

  /** The newest assignment of this task to this agent, open or closed. */
  newestOf(taskId: number, agentId: number): AssignmentRow | undefined {
    let newest: AssignmentRow | undefined;
    for (const a of this.#byTask.get(taskId) ?? []) {
      if (a.agent_id === agentId && (newest === undefined || a.id > newest.id)) newest = a;
    }
    return newest;
  }

  /** The assignment of this agent that a ping was about, as far as is known: the one it asks about now, or one it asked about before. */
  pinged(agentId: number, pingId: string): AssignmentRow | undefined {
    const asking = this.openHeldBy(agentId).find((a) => a.ping_id === pingId);
    const a = asking ?? this.assignments.get(this.pings.get(pingId) ?? 0);
    return a?.agent_id === agentId ? a : undefined;
  }

  phasesOf(taskId: number): PhaseRow[] {
    return [...this.phases.values()].filter((p) => p.task_id === taskId && p.deleted_at === null);
  }

  todosOf(phaseId: number): TodoRow[] {
    return [...this.todos.values()].filter((t) => t.phase_id === phaseId && t.deleted_at === null);
  }

  nameOf(agentId: number): string {
    return this.agents.get(agentId)?.name ?? `agent ${agentId}`;
  }
}
