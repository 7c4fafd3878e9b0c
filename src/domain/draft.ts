import type { Alert, MassStaleAlert, Ping, Reply } from '#schemas/messages.ts';
import type { EventKind, NotificationKind } from '#schemas/vocabulary.ts';
import type { Request } from './command.ts';
import type { Facts } from './facts.ts';
import type { Measure } from './figures.ts';
import type { AgentRow, AssignmentRow, PhaseRow, PingRow, TaskRow, TodoRow, WebhookRow } from './model.ts';
import { agentDueAt, taskDueAt } from './moments.ts';
import type { Policy } from './policy.ts';
import { actorOf, tokenOf } from './principal.ts';
import type { CommentRow, EventRow, NotificationRow } from './trail.ts';

export interface RowOf {
  agent: AgentRow;
  task: TaskRow;
  assignment: AssignmentRow;
  ping: PingRow;
  webhook: WebhookRow;
  comment: CommentRow;
  phase: PhaseRow;
  todo: TodoRow;
  notification: NotificationRow;
  event: EventRow;
}
export type Table = keyof RowOf;

/** What a decision does to storage. */
export type Change = {
  [T in Table]:
    | { readonly op: 'insert'; readonly table: T; readonly row: RowOf[T] }
    | { readonly op: 'update'; readonly table: T; readonly id: number; readonly patch: Partial<RowOf[T]> };
}[Table];

/** Set-based effects, so that a decision never needs to know the whole queue. */
export type Sweeping =
  /** Every published, unanswered ping of the assignment is answered now. */
  | { readonly op: 'answered'; readonly assignment_id: number; readonly at: number }
  /** This agent can take more work: the first `slots` waiting tasks it is able to do are looked at now. */
  | { readonly op: 'capacity'; readonly capabilities: readonly string[]; readonly slots: number }
  /** An agent was lost to the queue: every waiting task is looked at again. */
  | { readonly op: 'queue' }
  /** A possible target appeared: every task parked for want of one is looked at again. */
  | { readonly op: 'parked' };

/** What is said once the decision is committed. */
export type Message =
  | { readonly to: 'agent'; readonly name: string; readonly reply: Reply }
  /** `byWebhook`: it also goes to the agent's endpoint. */
  | { readonly to: 'ping'; readonly agent: string; readonly row: PingRow; readonly payload: Ping; readonly byWebhook: boolean }
  | { readonly to: 'alert'; readonly task_id: number; readonly alert: Alert | null }
  | { readonly to: 'mass_stale'; readonly alert: MassStaleAlert | null }
  | { readonly to: 'disconnect'; readonly name: string };

interface EventRefs {
  task?: number | null;
  agent?: number | null;
  assignment?: number | null;
  data?: Record<string, unknown>;
}

/** One decision in the making: advances the facts and writes down what storage and the world must be told. */
export class Draft {
  readonly facts: Facts;
  readonly policy: Policy;
  readonly now: number;
  readonly request: Request;
  readonly changes: Change[] = [];
  readonly sweeping: Sweeping[] = [];
  readonly events: EventRow[] = [];
  readonly messages: Message[] = [];
  /** What the figures count of it. */
  readonly measures: Measure[] = [];
  /** Tasks that have waited too long: told to people in one digest per batch. */
  readonly waiting: TaskRow[] = [];

  constructor(facts: Facts, policy: Policy, now: number, request: Request) {
    this.facts = facts;
    this.policy = policy;
    this.now = now;
    this.request = request;
  }

  get actor(): string {
    return actorOf(this.request.principal);
  }

  /** A fact for the audit trail, in the name of whoever asked. */
  event(kind: EventKind, refs: EventRefs): EventRow {
    const row: EventRow = {
      id: 0, // given in commit order by the batch
      kind,
      at: this.now,
      task_id: refs.task ?? null,
      agent_id: refs.agent ?? null,
      assignment_id: refs.assignment ?? null,
      actor: this.actor,
      channel: this.request.channel,
      token_id: tokenOf(this.request.principal),
      data: refs.data ?? {},
      message_key: null,
      reply: null,
    };
    this.events.push(row);
    return row;
  }

  updateAgent(row: AgentRow, patch: Partial<AgentRow>): void {
    Object.assign(row, patch);
    const due = agentDueAt(row);
    const full = row.due_at === due ? patch : { ...patch, due_at: due };
    row.due_at = due;
    this.changes.push({ op: 'update', table: 'agent', id: row.id, patch: full });
  }

  updateTask(row: TaskRow, patch: Partial<TaskRow>): void {
    Object.assign(row, patch);
    const due = taskDueAt(row);
    const full = row.due_at === due ? patch : { ...patch, due_at: due };
    row.due_at = due;
    this.changes.push({ op: 'update', table: 'task', id: row.id, patch: full });
  }

  updateAssignment(row: AssignmentRow, patch: Partial<AssignmentRow>): void {
    const changed = changedColumns(row, patch);
    Object.assign(row, changed);
    this.changes.push({ op: 'update', table: 'assignment', id: row.id, patch: changed });
  }

  updatePhase(row: PhaseRow, patch: Partial<PhaseRow>): void {
    Object.assign(row, patch);
    this.changes.push({ op: 'update', table: 'phase', id: row.id, patch });
  }

  updateTodo(row: TodoRow, patch: Partial<TodoRow>): void {
    Object.assign(row, patch);
    this.changes.push({ op: 'update', table: 'todo', id: row.id, patch });
  }

  insert<T extends Table>(table: T, row: RowOf[T]): void {
    this.changes.push({ op: 'insert', table, row } as Change); // the pair (table, row) is right by the signature; TypeScript cannot see it through the union
  }

  comment(task: TaskRow, content: string, author = 'system'): CommentRow {
    const row: CommentRow = { id: this.facts.ids.next('comment'), task_id: task.id, author, content, created_at: this.now };
    this.insert('comment', row);
    return row;
  }

  /** People are told; how it reaches them is delivery's matter. */
  notify(kind: NotificationKind, task: TaskRow | null, title: string, body: string): void {
    this.insert('notification', { id: this.facts.ids.next('notification'), kind, task_id: task?.id ?? null, title, body, created_at: this.now, read_at: null });
  }

  say(message: Message): void {
    this.messages.push(message);
  }
}

/** What a patch changes: a column that is set to what it is costs its indexes as much as one that is not. */
function changedColumns<R extends object>(row: R, patch: Partial<R>): Partial<R> {
  const changed: Partial<R> = {};
  for (const name in patch) if (patch[name] !== row[name]) changed[name] = patch[name];
  return changed;
}
