import { newAgent } from '#domain/agents.ts';
import { type Command, isOfAnAgent } from '#domain/command.ts';
import { type Decision, decide, keepRefusal, type Verdict } from '#domain/decide.ts';
import type { Message } from '#domain/draft.ts';
import { type AgentRow, type AssignmentRow, isOpen, type TaskRow } from '#domain/model.ts';
import type { Policy } from '#domain/policy.ts';
import type { Principal } from '#domain/principal.ts';
import type { Alert, MassStaleAlert, Ping, Reply } from '#schemas/messages.ts';
import { Memory } from './memory.ts';

export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** When every scene begins. */
export const T0 = Date.UTC(2026, 10, 23, 9);

export const ADMIN: Principal = { kind: 'admin' };
const COORDINATOR: Principal = { kind: 'coordinator' };

/** The defaults of contract §6. */
export const POLICY: Policy = {
  defaultPingIntervalMinutes: 30,
  defaultAgentTimeoutMinutes: 30,
  rutoTimeoutMinutes: 60,
  maxEscalationAttempts: 3,
  escalationChain: ['Ruto'],
  maxWaitMinutes: 30,
  heartbeatMisses: 3,
  defaultHeartbeatSeconds: 30,
  offlineGraceSeconds: 10,
  massStalePercent: 50,
  massStaleGraceSeconds: 120,
  restartGraceSeconds: 30,
  maxSnoozeMinutes: 1440,
  maxSnoozes: 5,
  maxBusyMinutes: 240,
};

/** A row that stays due after so many rounds at one moment is one the sweep would turn round and round on. */
const MAX_ROUNDS = 50;

/**
 * Storage and sweep in memory, so that decisions can be tried without either. Each decision gets facts of its own; what is kept is what its changes say,
 * and that the facts say the same afterwards is checked every time. Pings count as published at once unless `publishing` is false.
 */
export class Scene extends Memory {
  now = T0;
  publishing = true;
  readonly policy: Policy;
  readonly messages: Message[] = [];
  /** Retained topics as they stand. */
  readonly alerts = new Map<number, Alert>();
  massStale: MassStaleAlert | null = null;

  constructor(policy: Partial<Policy> = {}) {
    super();
    this.policy = { ...POLICY, ...policy };
  }

  /** Decides, and keeps what was decided. */
  ask(command: Command, principal: Principal = ADMIN): Verdict {
    return this.decide(command, principal).verdict;
  }

  decide(command: Command, principal: Principal = ADMIN): Decision {
    const facts = this.facts(this.now);
    const decision = decide({ command, principal, channel: principal.kind === 'coordinator' ? 'coordinator' : 'rest' }, facts, this.policy, this.now);
    if (isOfAnAgent(command)) keepRefusal(decision);
    for (const change of decision.draft.changes) this.keep(change);
    this.compare(facts);
    for (const event of decision.draft.events) this.events.push({ ...event, id: this.events.length + 1 });
    for (const effect of decision.draft.sweeping) this.spread(effect, this.now);
    for (const message of decision.draft.messages) this.#hear(message);
    return decision;
  }

  /** Everything due, until nothing is. Fails when a row stays due. */
  sweep(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const due = this.due();
      if (due.length === 0) return;
      for (const command of due) this.ask(command, COORDINATOR);
    }
    throw new Error(`stays due: ${JSON.stringify(this.due())}`);
  }

  /** What storage/due.ts finds. */
  due(): Command[] {
    const passed = <T extends { due_at: number | null; id: number }>(rows: Iterable<T>): T[] =>
      [...rows].filter((r) => r.due_at !== null && r.due_at <= this.now);
    const byMoment = (a: { due_at: number | null }, b: { due_at: number | null }): number => (a.due_at ?? 0) - (b.due_at ?? 0);
    return [
      ...passed(this.agents.values())
        .sort(byMoment)
        .map(({ id }): Command => ({ type: 'agent_due', agent_id: id })),
      ...passed(this.assignments.values())
        .sort(byMoment)
        .map(({ id }): Command => ({ type: 'assignment_due', assignment_id: id })),
      ...passed(this.tasks.values())
        .sort((a, b) => b.priority - a.priority || a.id - b.id)
        .map(({ id }): Command => ({ type: 'task_due', task_id: id })),
    ];
  }

  nextDue(): number | null {
    const moments = [...this.agents.values(), ...this.assignments.values(), ...this.tasks.values()].flatMap(({ due_at }) => (due_at === null ? [] : [due_at]));
    return moments.length === 0 ? null : Math.min(...moments);
  }

  /** Time passes and everything happens at its moment. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.sweep();
      const next = this.nextDue();
      if (next === null || next > end) break;
      this.now = next;
    }
    this.now = end;
  }

  // What tests ask and say.

  agent(name: string, fields: Partial<AgentRow> = {}): AgentRow {
    const row = {
      ...newAgent(
        this.next('agent'),
        { name, type: 'sub_agent', capabilities: [], endpoint_url: null, timeout_minutes: 30, max_concurrent: 1, token_hash: name, webhook_secret: '' },
        this.now,
      ),
      ...fields,
    };
    this.agents.set(row.id, row);
    return row;
  }

  ruto(fields: Partial<AgentRow> = {}): AgentRow {
    return this.agent('Ruto', { type: 'main_agent', timeout_minutes: 60, ...fields });
  }

  task(fields: Partial<Extract<Command, { type: 'create_task' }>> = {}): TaskRow {
    const made = this.ask({ type: 'create_task', name: 'a task', ...fields });
    if (made.refused === true || made.task === undefined) throw new Error(JSON.stringify(made));
    return this.get(made.task);
  }

  /** The row as it stands now. */
  get<T extends AgentRow | TaskRow | AssignmentRow>(row: T): T {
    const table = 'name_key' in row ? this.agents : 'task_id' in row ? this.assignments : this.tasks;
    const found = table.get(row.id);
    if (found === undefined) throw new Error(`no row ${row.id}`);
    return found as T; // the table was chosen by what T has
  }

  open(task: TaskRow): AssignmentRow | undefined {
    return [...this.assignments.values()].find((a) => a.task_id === task.id && isOpen(a));
  }

  /** The open assignment, which must be there. */
  held(task: TaskRow): AssignmentRow {
    const open = this.open(task);
    if (open === undefined) throw new Error(`nobody holds task ${task.id}: ${JSON.stringify(this.get(task))}`);
    return open;
  }

  holder(task: TaskRow): string | null {
    const open = this.open(task);
    return open === undefined ? null : (this.agents.get(open.agent_id)?.name ?? '?');
  }

  beat(agent: AgentRow, session = 's1', interval_seconds = 30): void {
    const now = this.now;
    this.ask({ type: 'agent_online', agent_id: agent.id, session, interval_seconds, received_at: now, heartbeat: '{"status":"online"}' }, COORDINATOR);
  }

  leave(agent: AgentRow, session = 's1'): void {
    this.ask({ type: 'agent_leaving', agent_id: agent.id, session, received_at: this.now, heartbeat: '{"status":"offline"}' }, COORDINATOR);
  }

  /** What has been said since the last time this was asked. */
  said(): Message[] {
    return this.messages.splice(0);
  }

  pingsOf(task: TaskRow): { kind: Ping['kind']; at: number; attempt: number }[] {
    return [...this.pings.values()]
      .filter((p) => this.assignments.get(p.assignment_id)?.task_id === task.id)
      .map((p) => ({ kind: p.kind, at: p.created_at - T0, attempt: p.attempt }));
  }

  kinds(task?: TaskRow): string[] {
    return this.events.filter((e) => task === undefined || e.task_id === task.id).map((e) => e.kind);
  }

  #hear(message: Message): void {
    this.messages.push(message);
    if (message.to === 'ping' && this.publishing) {
      const row = this.pings.get(message.row.id);
      if (row !== undefined) row.published_at = this.now;
    }
    if (message.to === 'alert') {
      if (message.alert === null) this.alerts.delete(message.task_id);
      else this.alerts.set(message.task_id, message.alert);
    }
    if (message.to === 'mass_stale') this.massStale = message.alert;
  }
}

/** The withdrawals among what was said, by name. */
export const withdrawnFrom = (messages: readonly Message[]): string[] =>
  messages.flatMap((m) => (m.to === 'agent' && m.reply.command === 'withdraw' ? [m.name] : []));
export const replyOf = (verdict: Verdict): Reply => {
  if (verdict.reply === undefined) throw new Error(`no reply: ${JSON.stringify(verdict)}`);
  return verdict.reply;
};
export const codeOf = (verdict: Verdict): string | null => (verdict.refused === true ? verdict.code : null);
