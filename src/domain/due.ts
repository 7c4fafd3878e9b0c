import { autoAssignOrPark, renew } from './assigning.ts';
import { schedule, timeoutMs, windowFrom } from './assignment.ts';
import { deadlinePassed, remindPeople } from './attention.ts';
import { openBlockers } from './blockers.ts';
import type { Draft } from './draft.ts';
import { escalate, mainAgentSilent, relieve, resumeEscalation } from './escalation.ts';
import { type AgentRow, type AssignmentRow, isOpen, isOpenTask, NOT_QUEUED, type TaskRow } from './model.ts';
import { taskDueAt } from './moments.ts';
import { sendPing } from './ping.ts';
import { stillWaiting } from './waiting.ts';

/** What the sweep does when a row's next moment has come. Each decides by the row alone, so a row that is no longer due changes nothing. */

export function assignmentDue(draft: Draft, a: AssignmentRow): void {
  const task = draft.facts.tasks.get(a.task_id);
  const holder = draft.facts.agents.get(a.agent_id);
  if (task === undefined || holder === undefined) return;
  if (!isOpen(a) || !task.is_ping_enabled) return settle(draft, a, task);
  if (a.status === 'snoozed') return snoozeOver(draft, a, task, holder);
  if (a.respond_by === null) return askAnew(draft, a, task, holder, 'moment_lost');
  if (a.respond_by <= draft.now) return respondByPassed(draft, a, task, holder);
  if (a.remind_at !== null && a.remind_at <= draft.now) return sendPing(draft, a, task, holder, a.owes_resend ? 'resent' : reminderKind(a));
  settle(draft, a, task);
}

/** Nothing is due: the row is given the moment it should have had, or none, and is not found again before. */
function settle(draft: Draft, a: AssignmentRow, task: TaskRow): void {
  const due = schedule(a, task, draft.now);
  if (due.due_at !== a.due_at) draft.updateAssignment(a, due);
}

const reminderKind = (a: AssignmentRow): 'check_in' | 'reminder' => (a.status === 'acknowledged' ? 'check_in' : 'reminder');

function snoozeOver(draft: Draft, a: AssignmentRow, task: TaskRow, holder: AgentRow): void {
  if (a.snooze_until !== null && a.snooze_until > draft.now) return;
  draft.updateAssignment(a, { status: 'pending', snooze_until: null, ...windowFrom(draft.now, holder, task), version: a.version + 1 });
  draft.event('assignment.snooze_over', { task: task.id, agent: holder.id, assignment: a.id });
  sendPing(draft, a, task, holder, 'snooze_over');
}

/** No one is failed without having been asked (§1.2); a mass-stale agent waits for its grace; a main agent keeps the task. */
function respondByPassed(draft: Draft, a: AssignmentRow, task: TaskRow, holder: AgentRow): void {
  if (!draft.facts.asked.has(a.id)) askAnew(draft, a, task, holder, 'not_asked');
  else if (holder.escalate_at !== null) {
    const respond_by = Math.round(holder.escalate_at + timeoutMs(holder)); // who is back by then has its whole timeout to answer
    draft.updateAssignment(a, { respond_by, remind_at: null, due_at: respond_by });
  } else if (holder.type === 'main_agent') mainAgentSilent(draft, a, task, holder);
  else escalate(draft, a, task, 'timeout');
}

function askAnew(draft: Draft, a: AssignmentRow, task: TaskRow, holder: AgentRow, why: 'not_asked' | 'moment_lost'): void {
  renew(draft, a, task, holder, why);
  sendPing(draft, a, task, holder, a.pings_sent === 0 ? 'assigned' : reminderKind(a));
}

export function taskDue(draft: Draft, task: TaskRow): void {
  if (isOpenTask(task)) act(draft, task);
  if (task.due_at !== taskDueAt(task)) draft.updateTask(task, {}); // it was due for nothing
}

function act(draft: Draft, task: TaskRow): void {
  const { now } = draft;
  if (task.deadline !== null && task.deadline !== task.deadline_raised && task.deadline <= now) deadlinePassed(draft, task);
  if (task.wake_at !== null && task.wake_at <= now) {
    draft.updateTask(task, { wake_at: null });
    look(draft, task);
  }
  if (task.waiting_notice_at !== null && task.waiting_notice_at <= now) stillWaiting(draft, task);
  if (task.needs_attention !== null && (task.attention_remind_at ?? now) <= now) remindPeople(draft, task);
}

/** Does for an open task what nobody has to ask for: assign it, or take up an escalation that found no target. */
export function look(draft: Draft, task: TaskRow): void {
  if (!isOpenTask(task)) return;
  const open = draft.facts.openOf(task.id);
  if (open !== undefined) {
    if (task.needs_attention === 'no_target') relieve(draft, open, task);
    return;
  }
  if (openBlockers(task, draft.facts).length > 0) return leaveQueue(draft, task);
  if (!task.is_ping_enabled && task.queued_at === null) return; // assigned by hand alone, unless somebody asked for the queue
  const parked = task.parked_assignment_id === null ? undefined : draft.facts.assignments.get(task.parked_assignment_id);
  if (task.needs_attention === 'no_target' && parked !== undefined) resumeEscalation(draft, task, parked);
  else if (task.needs_attention === null || task.needs_attention === 'no_target') autoAssignOrPark(draft, task);
  else leaveQueue(draft, task);
}

/** It cannot be assigned now: the free agent that it was woken for goes to the others in the queue. */
function leaveQueue(draft: Draft, task: TaskRow): void {
  if (task.queued_at === null) return;
  draft.updateTask(task, NOT_QUEUED);
  draft.sweeping.push({ op: 'queue' });
}
