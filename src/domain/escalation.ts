import type { FailureReason } from '#schemas/vocabulary.ts';
import { close, giveTo, renew } from './assigning.ts';
import { clearAttention, raiseAttention, renewAlert } from './attention.ts';
import type { Draft } from './draft.ts';
import { measureEscalation } from './measure.ts';
import type { AgentRow, AssignmentRow, TaskRow } from './model.ts';
import { firstTarget, type Skipped } from './selection.ts';

type EscalationReason = Extract<FailureReason, 'timeout' | 'stale' | 'reported' | 'deactivated'>;

/** A main agent let its ping time out: it keeps the task, pinging goes on, a person is called. */
export function mainAgentSilent(draft: Draft, a: AssignmentRow, task: TaskRow, holder: AgentRow): void {
  draft.comment(task, `Main agent ${holder.name} timeout - continuing to ping`);
  renew(draft, a, task, holder, 'main_agent_silent');
  raiseAttention(draft, task, 'main_agent_silent');
}

/**
 * Takes the task on to the next of the chain, contract §3 "Escalation". Without a target, or beyond the last attempt, a person is called:
 * a holder that merely timed out keeps its assignment; with any other reason it is closed and nobody holds the task.
 * @param byHolder the holder reported the failure itself
 */
export function escalate(draft: Draft, a: AssignmentRow, task: TaskRow, reason: EscalationReason, byHolder = false, note?: string): void {
  const holder = draft.facts.agents.get(a.agent_id);
  noteFailure(draft, task, a.agent_id, reason);
  const next = nextStep(draft, task, a.chain);
  if (next.target !== null || reason !== 'timeout' || holder === undefined) close(draft, a, task, { status: 'failed', reason, byHolder, note });
  else renew(draft, a, task, holder, next.attention);
  if (next.target !== null) handOver(draft, a, task, next.target, reason, next.skipped);
  else park(draft, a, task, next.attention, next.skipped);
}

/** A target may have come: the task that was parked for want of one goes on where it stood. */
export function resumeEscalation(draft: Draft, task: TaskRow, parked: AssignmentRow): void {
  const next = nextStep(draft, task, task.escalation_chain ?? draft.policy.escalationChain); // nobody holds it: the chain is the task's as it is now
  if (next.target !== null) handOver(draft, parked, task, next.target, parked.failure_reason ?? 'timeout', next.skipped);
}

/** The holder timed out, kept the task for want of a target, and has not answered since: a target that appears takes it over. */
export function relieve(draft: Draft, a: AssignmentRow, task: TaskRow): void {
  if (task.attention_since === null || (a.answered_at ?? 0) >= task.attention_since) return;
  const next = nextStep(draft, task, a.chain);
  if (next.target === null || next.target.id === a.agent_id) return;
  close(draft, a, task, { status: 'failed', reason: 'timeout', byHolder: false });
  handOver(draft, a, task, next.target, 'timeout', next.skipped);
}

type Next =
  | { readonly target: AgentRow; readonly skipped: Skipped[] }
  | { readonly target: null; readonly attention: 'escalation_exhausted' | 'no_target'; readonly skipped: Skipped[] };

function nextStep(draft: Draft, task: TaskRow, chain: readonly string[]): Next {
  if (task.escalation_count + 1 > draft.policy.maxEscalationAttempts) return { target: null, attention: 'escalation_exhausted', skipped: [] };
  const { target, skipped } = firstTarget(chain, task, draft.facts);
  return target === null ? { target, attention: 'no_target', skipped } : { target, skipped };
}

function handOver(draft: Draft, from: AssignmentRow, task: TaskRow, target: AgentRow, reason: FailureReason, skipped: Skipped[]): void {
  const name = draft.facts.nameOf(from.agent_id);
  const count = task.escalation_count + 1;
  measureEscalation(draft, 'handed_over', target);
  draft.updateTask(task, { escalation_count: count, original_agent_id: task.original_agent_id ?? from.agent_id });
  draft.comment(task, `Escalated from ${name} (${reason}) to ${target.name} (attempt ${count})`);
  draft.event('assignment.escalated', { task: task.id, agent: target.id, assignment: from.id, data: { from: name, to: target.name, reason, count, skipped } });
  giveTo(draft, task, target, 'escalated', { from: name, reason });
}

function park(draft: Draft, a: AssignmentRow, task: TaskRow, attention: 'escalation_exhausted' | 'no_target', skipped: Skipped[]): void {
  if (task.needs_attention !== attention) {
    measureEscalation(draft, attention, null);
    draft.event('assignment.escalated', {
      task: task.id,
      agent: a.agent_id,
      assignment: a.id,
      data: { to: null, why: attention, count: task.escalation_count, skipped },
    });
  }
  draft.updateTask(task, { parked_assignment_id: a.closed_at === null ? null : a.id });
  renewAlert(draft, task);
  raiseAttention(draft, task, attention);
}

/** Bars: `timeout` and `reported` until a person resolves or assigns; `stale` bars by itself, as long as the agent is offline. */
function noteFailure(draft: Draft, task: TaskRow, agentId: number, reason: EscalationReason): void {
  const failed_by = task.failed_by.includes(agentId) ? task.failed_by : [...task.failed_by, agentId];
  if (reason === 'stale' || reason === 'deactivated') return draft.updateTask(task, { failed_by });
  draft.updateTask(task, { failed_by, bars: [...task.bars.filter((bar) => bar.agent_id !== agentId), { agent_id: agentId, reason }] });
}

/** A person took it in hand: no bars, the count at 0, nothing left to call a person for. */
export function resetEscalation(draft: Draft, task: TaskRow): void {
  draft.updateTask(task, { bars: [], escalation_count: 0, original_agent_id: null, parked_assignment_id: null });
  clearAttention(draft, task, 'all');
}
