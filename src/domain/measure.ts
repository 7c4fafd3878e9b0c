import type { FailureReason } from '#schemas/vocabulary.ts';
import type { Draft } from './draft.ts';
import { type AnswerCommand, type AnswerOutcome, type EscalationResult, FLEET, type Measure } from './figures.ts';
import type { AgentRow, AssignmentRow } from './model.ts';

/** What decisions note for the figures. Each is called on the row as it was before the decision. */

/** The holder answers, whatever it says. */
export function measureAnswer(draft: Draft, a: AssignmentRow, command: AnswerCommand): void {
  const asked = a.attempt === 0 ? null : (a.asked_at ?? a.last_ping_sent);
  const response_ms = asked === null ? null : Math.max(0, draft.now - asked);
  draft.measures.push({ of: 'answer', agent_id: a.agent_id, at: draft.now, command, outcome: outcomeOf(a, asked, draft.now), response_ms });
}

function outcomeOf(a: AssignmentRow, asked: number | null, now: number): AnswerOutcome {
  if (asked === null) return 'unasked';
  if (a.respond_by === null || a.status === 'snoozed') return 'no_deadline';
  return now < a.respond_by ? 'in_time' : 'late';
}

/** The first ack of an assignment that an escalation made: it succeeded. */
export function measureFirstAck(draft: Draft, a: AssignmentRow): void {
  if (a.escalated_reason !== null && a.acknowledged_at === null) became(draft, a, 'successful');
}

/** The assignment ends; `reason` null: completed. */
export function measureClose(draft: Draft, a: AssignmentRow, reason: FailureReason | null, byHolder: boolean): void {
  if (byHolder) measureAnswer(draft, a, reason === null ? 'complete' : 'fail');
  else if (a.attempt > 0 && a.respond_by !== null && a.status !== 'snoozed')
    draft.measures.push({ of: 'silence', agent_id: a.agent_id, at: draft.now, why: silence(reason, a.respond_by <= draft.now) });
  if (a.escalated_reason === null) return;
  const isAcknowledged = a.acknowledged_at !== null;
  if (reason === 'reassigned' || reason === 'cancelled') {
    if (!isAcknowledged) became(draft, a, 'withdrawn');
  } else if (reason === null) {
    if (!isAcknowledged) became(draft, a, 'successful');
  } else if (isAcknowledged) became(draft, a, 'lost');
}

function silence(reason: FailureReason | null, isOver: boolean): Extract<Measure, { of: 'silence' }>['why'] {
  if (reason === null || reason === 'reported') return 'completed';
  // A silent holder whose window had been renewed is relieved once a target is there: that window did not end by passing.
  if (reason === 'timeout') return isOver ? 'missed' : 'reassigned';
  return reason;
}

/** The window passed and the holder keeps the task; or it passed without anyone having been asked, and does not count. */
export function measureRenewal(draft: Draft, a: AssignmentRow, isAsked: boolean): void {
  draft.measures.push({ of: 'silence', agent_id: a.agent_id, at: draft.now, why: isAsked ? 'missed' : 'not_asked' });
}

/** A command on a closed assignment: too late, if silence was what closed it. */
export function measureTooLate(draft: Draft, a: AssignmentRow): void {
  if (a.failure_reason === 'timeout') draft.measures.push({ of: 'too_late', agent_id: a.agent_id, at: draft.now });
}

export function measureEscalation(draft: Draft, result: EscalationResult, target: AgentRow | null): void {
  draft.measures.push({ of: 'escalation', agent_id: target?.id ?? FLEET, at: draft.now, result });
}

/** The agent shows itself: a false alarm if it had only just said goodbye, or was waited for with many others. */
export function measureReturn(draft: Draft, agent: AgentRow): void {
  if (agent.in_grace || agent.escalate_at !== null) draft.measures.push({ of: 'false_alarm', agent_id: agent.id, at: draft.now });
}

function became(draft: Draft, a: AssignmentRow, what: 'successful' | 'lost' | 'withdrawn'): void {
  draft.measures.push({ of: 'escalated', agent_id: a.agent_id, at: a.assigned_at, became: what });
}
