import type { FailureReason, PingKind } from '#schemas/vocabulary.ts';
import { schedule, windowFrom } from './assignment.ts';
import { clearAttention, raiseAttention, renewAlert } from './attention.ts';
import type { Draft } from './draft.ts';
import { measureClose, measureRenewal } from './measure.ts';
import { type AgentRow, type AssignmentRow, NOT_QUEUED, type TaskRow } from './model.ts';
import { sendPing } from './ping.ts';
import { canWork, firstTarget, select } from './selection.ts';
import { enqueue, firstInLine } from './waiting.ts';
import { withdraw } from './withdrawing.ts';

export interface Escalated {
  readonly from: string;
  readonly reason: FailureReason;
}

/** Gives the task to an agent: a new assignment and its first ping at once. Whoever held it before is closed already. */
export function giveTo(
  draft: Draft,
  task: TaskRow,
  agent: AgentRow,
  kind: Extract<PingKind, 'assigned' | 'escalated'>,
  escalated: Escalated | null = null,
): AssignmentRow {
  const { now } = draft;
  const a: AssignmentRow = {
    id: draft.facts.ids.next('assignment'),
    task_id: task.id,
    agent_id: agent.id,
    status: 'pending',
    failure_reason: null,
    assigned_at: now,
    assigned_by: draft.actor,
    acknowledged_at: null,
    last_ack_at: null,
    answered_at: null,
    silent_since: null,
    ...windowFrom(now, agent, task),
    remind_at: null,
    owes_resend: false,
    snooze_until: null,
    snoozes: 0,
    original_agent_id: task.original_agent_id,
    escalation_count: task.escalation_count,
    escalated_from: escalated?.from ?? null,
    escalated_reason: escalated?.reason ?? null,
    chain: [...(task.escalation_chain ?? draft.policy.escalationChain)],
    progress: null,
    result: null,
    closed_at: null,
    closed_by_holder: false,
    ping_id: null,
    attempt: 0,
    asked_at: null,
    last_ping_sent: null,
    last_ping_row: null,
    pings_sent: 0,
    due_at: null,
    version: 1,
  };
  draft.insert('assignment', a);
  draft.facts.addAssignment(a);
  draft.facts.load.set(agent.id, (draft.facts.load.get(agent.id) ?? 0) + 1);
  draft.updateTask(task, { ...NOT_QUEUED, wake_at: null, parked_assignment_id: null });
  draft.event('assignment.assigned', { task: task.id, agent: agent.id, assignment: a.id, data: { kind, escalation_count: a.escalation_count } });
  sendPing(draft, a, task, agent, kind);
  clearAttention(draft, task, ['no_target']);
  renewAlert(draft, task);
  return a;
}

interface Close {
  readonly status: 'completed' | 'failed';
  readonly reason: FailureReason | null;
  readonly byHolder: boolean;
  readonly result?: unknown;
  readonly note?: string | undefined;
}

/** Ends an assignment for good; a holder who did not end it itself is told to stop (after stale: when it comes back). */
export function close(draft: Draft, a: AssignmentRow, task: TaskRow, how: Close): void {
  measureClose(draft, a, how.reason, how.byHolder);
  if (a.attempt > 0 && how.byHolder) draft.sweeping.push({ op: 'answered', assignment_id: a.id, at: draft.now });
  draft.updateAssignment(a, {
    status: how.status,
    failure_reason: how.reason,
    closed_at: draft.now,
    closed_by_holder: how.byHolder,
    snooze_until: null,
    respond_by: null,
    remind_at: null,
    due_at: null,
    owes_resend: false,
    ping_id: null,
    attempt: 0,
    asked_at: null,
    version: a.version + 1,
    ...(how.status === 'completed' ? { progress: 1, result: how.result ?? null } : {}),
    ...(how.byHolder ? { answered_at: draft.now } : {}),
  });
  draft.facts.turned(a);
  const kind = how.status === 'completed' ? 'assignment.completed' : 'assignment.failed';
  draft.event(kind, {
    task: task.id,
    agent: a.agent_id,
    assignment: a.id,
    data: { ...(how.reason === null ? {} : { reason: how.reason }), ...(how.note === undefined ? {} : { note: how.note }) },
  });
  freeSlot(draft, a.agent_id);
  if (!how.byHolder && how.reason !== 'stale') withdraw(draft, a);
}

/** The agent may take a waiting task now. */
function freeSlot(draft: Draft, agentId: number): void {
  const agent = draft.facts.agents.get(agentId);
  if (agent !== undefined && canWork(agent) && agent.type === 'sub_agent') draft.sweeping.push({ op: 'capacity', capabilities: agent.capabilities, slots: 1 });
}

/** What auto-assignment did: gave it to somebody, queued it, or found nobody. */
export type Auto = { readonly assignment: AssignmentRow } | { readonly queued: true } | { readonly nobody: true };

/** Contract §3 "Auto-assign": the best free agent, else the queue behind full ones, else the escalation chain (count as it is, kind `assigned`). */
export function autoAssign(draft: Draft, task: TaskRow): Auto {
  const choice = select(task, draft.facts);
  if ('found' in choice) {
    const before = firstInLine(choice.found, task, draft.facts);
    return before === undefined ? { assignment: giveTo(draft, task, choice.found, 'assigned') } : letPass(draft, task, before);
  }
  if ('full' in choice) {
    clearAttention(draft, task, ['no_target']);
    enqueue(draft, task);
    return { queued: true };
  }
  const { target } = firstTarget(task.escalation_chain ?? draft.policy.escalationChain, task, draft.facts);
  return target === null ? { nobody: true } : { assignment: giveTo(draft, task, target, 'assigned') };
}

/** A free agent belongs to whoever waits before this task: both are looked at, in their order. */
function letPass(draft: Draft, task: TaskRow, before: TaskRow): Auto {
  enqueue(draft, task);
  draft.updateTask(before, { wake_at: draft.now });
  draft.updateTask(task, { wake_at: draft.now });
  return { queued: true };
}

/** Auto-assignment that nobody is waiting for: finding nobody parks the task and calls a person. */
export function autoAssignOrPark(draft: Draft, task: TaskRow): void {
  if ('nobody' in autoAssign(draft, task)) raiseAttention(draft, task, 'no_target');
}

/** Asks again from now on: the holder keeps the task, the window starts anew. */
export function renew(draft: Draft, a: AssignmentRow, task: TaskRow, holder: AgentRow, reason: string): void {
  const isAsked = reason !== 'not_asked' && reason !== 'moment_lost';
  measureRenewal(draft, a, isAsked);
  const silence = isAsked ? { silent_since: a.silent_since ?? draft.now } : { asked_at: null };
  const fresh = { ...windowFrom(draft.now, holder, task), version: a.version + 1, ...silence };
  draft.updateAssignment(a, { ...fresh, ...schedule({ ...a, ...fresh }, task, draft.now) });
  draft.event('assignment.renewed', { task: task.id, agent: holder.id, assignment: a.id, data: { reason } });
}
