import { MESSAGE_KEPT_MS } from '#domain/command.ts';
import type { Change, Sweeping } from '#domain/draft.ts';
import { Facts, type Numbered } from '#domain/facts.ts';
import { RECENTLY_ONLINE_MS, SHAKY_INTERVALS } from '#domain/liveness.ts';
import { type AgentRow, type AssignmentRow, isOpen, type PhaseRow, type PingRow, type TaskRow, type TodoRow } from '#domain/model.ts';
import type { CommentRow, EventRow, NotificationRow } from '#domain/trail.ts';

/** Storage in memory: gives decisions their facts and keeps what they decide, faithfully to storage/effects.ts and coordinator/facts.ts. */
export class Memory {
  readonly agents = new Map<number, AgentRow>();
  readonly tasks = new Map<number, TaskRow>();
  readonly assignments = new Map<number, AssignmentRow>();
  readonly pings = new Map<number, PingRow>();
  readonly comments: CommentRow[] = [];
  readonly phases = new Map<number, PhaseRow>();
  readonly todos = new Map<number, TodoRow>();
  readonly notifications: NotificationRow[] = [];
  readonly events: EventRow[] = [];
  readonly #last = new Map<string, number>();

  next(table: Numbered): number {
    const id = (this.#last.get(table) ?? 0) + 1;
    this.#last.set(table, id);
    return id;
  }

  /** Copies of everything: what a decision does to them is compared afterwards. */
  facts(now: number): Facts {
    const facts = new Facts({ next: (table) => this.next(table), pingId: () => `p${this.pings.size + 1}` });
    for (const row of this.agents.values()) facts.addAgent(structuredClone(row));
    for (const row of this.tasks.values()) facts.addTask(structuredClone(row));
    for (const row of this.assignments.values()) {
      facts.addAssignment(structuredClone(row));
      if (isOpen(row)) facts.load.set(row.agent_id, (facts.load.get(row.agent_id) ?? 0) + 1);
    }
    for (const row of this.phases.values()) facts.phases.set(row.id, structuredClone(row));
    for (const row of this.todos.values()) facts.todos.set(row.id, structuredClone(row));
    for (const p of this.pings.values()) if (p.published_at !== null && p.answered_at === null) facts.asked.add(p.assignment_id);
    for (const p of this.pings.values()) facts.pings.set(p.ping_id, p.assignment_id);
    for (const e of this.events) if (e.message_key !== null && e.at > now - MESSAGE_KEPT_MS) facts.replies.set(e.message_key, structuredClone(e.reply));
    for (const task of this.tasks.values()) {
      for (const id of task.blocked_by) facts.dependents.set(id, [...(facts.dependents.get(id) ?? []), task.id]);
      facts.ancestors.set(task.id, this.#ancestors(task.id));
    }
    facts.fleet = this.#health(now);
    return facts;
  }

  #ancestors(id: number, found = new Set<number>()): Set<number> {
    for (const up of this.tasks.get(id)?.blocked_by ?? []) if (!found.has(up)) this.#ancestors(up, found.add(up));
    return found;
  }

  /** As coordinator/facts.ts asks storage. */
  #health(now: number): Facts['fleet'] {
    const counted = [...this.agents.values()].filter(
      (a) => a.is_active && a.last_heartbeat !== null && (!a.is_offline || (a.offline_since ?? 0) >= now - RECENTLY_ONLINE_MS),
    );
    const shaky = counted.filter((a) => a.is_offline || a.in_grace || (a.last_heartbeat ?? 0) < now - SHAKY_INTERVALS * 1000 * (a.interval_seconds ?? 0));
    return { size: counted.length, shaky: shaky.length, waiting: [...this.agents.values()].filter((a) => a.escalate_at !== null).length };
  }

  keep(change: Change): void {
    if (change.op === 'insert') return this.#insert(change);
    if (change.table === 'agent' || change.table === 'task' || change.table === 'assignment' || change.table === 'phase' || change.table === 'todo') {
      const table: Map<number, object> = { agent: this.agents, task: this.tasks, assignment: this.assignments, phase: this.phases, todo: this.todos }[
        change.table
      ];
      const row = table.get(change.id);
      if (row === undefined) throw new Error(`updated before it was inserted: ${change.table} ${change.id}`);
      table.set(change.id, structuredClone({ ...row, ...change.patch }));
    }
  }

  #insert(change: Extract<Change, { op: 'insert' }>): void {
    switch (change.table) {
      case 'agent':
        return void this.agents.set(change.row.id, structuredClone(change.row));
      case 'task':
        return void this.tasks.set(change.row.id, structuredClone(change.row));
      case 'assignment':
        return void this.assignments.set(change.row.id, structuredClone(change.row));
      case 'ping':
        return void this.pings.set(change.row.id, { ...change.row });
      case 'phase':
        return void this.phases.set(change.row.id, structuredClone(change.row));
      case 'todo':
        return void this.todos.set(change.row.id, structuredClone(change.row));
      case 'comment':
        return void this.comments.push(change.row);
      case 'notification':
        return void this.notifications.push(change.row);
      default:
        throw new Error(`events are given in commit order by the batch, not by a change`);
    }
  }

  /** What a decision did to its facts and what it tells storage must be the same. */
  compare(facts: Facts): void {
    for (const table of ['agents', 'tasks', 'assignments', 'phases', 'todos'] as const) {
      for (const [id, row] of facts[table]) {
        const [told, known] = [JSON.stringify(row, sorted), JSON.stringify(this[table].get(id), sorted)];
        if (told !== known) throw new Error(`${table} ${id}: the facts say ${told}, storage was told ${known}`);
      }
    }
  }

  /** As storage/effects.ts does it. */
  spread(effect: Sweeping, now: number): void {
    const wake = (tasks: readonly TaskRow[]): void => tasks.forEach((t) => void this.tasks.set(t.id, { ...t, wake_at: now, due_at: now }));
    const all = [...this.tasks.values()];
    const queue = all.filter((t) => t.queued_at !== null).sort((a, b) => b.priority - a.priority || a.id - b.id);
    if (effect.op === 'answered') {
      for (const p of this.pings.values()) if (p.assignment_id === effect.assignment_id) p.answered_at ??= effect.at;
    } else if (effect.op === 'queue') wake(queue);
    else if (effect.op === 'parked') wake(all.filter((t) => t.needs_attention === 'no_target'));
    else wake(queue.filter((t) => t.required_capabilities.every((c) => effect.capabilities.includes(c))).slice(0, effect.slots));
  }
}

const sorted = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
