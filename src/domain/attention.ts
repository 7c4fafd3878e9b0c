import type { Alert } from '#schemas/messages.ts';
import { iso, isoOrNull, MINUTE } from '#schemas/time.ts';
import type { AttentionReason } from '#schemas/vocabulary.ts';
import type { Draft } from './draft.ts';
import { NOT_QUEUED, type TaskRow } from './model.ts';

/** People are reminded after 15 minutes, then after twice as long each time, at least once a day. */
const FIRST_REMINDER_MS = 15 * MINUTE;
const LONGEST_REMINDER_MS = 24 * 60 * MINUTE;
export const backoff = (first: number, times: number): number => Math.min(first * 2 ** Math.min(times, 20), Math.max(first, LONGEST_REMINDER_MS));

/** A graver reason replaces a lighter one, never the other way round. */
const GRAVITY: Record<AttentionReason, number> = { main_agent_silent: 0, deadline_passed: 1, no_target: 2, escalation_exhausted: 3 };

/** As a part of what people are told. */
const CLAUSES: Record<AttentionReason, string> = {
  main_agent_silent: 'the main agent does not answer',
  deadline_passed: 'its deadline has passed',
  no_target: 'there is nobody left to escalate to',
  escalation_exhausted: 'it was escalated as often as allowed',
};

/** A person is needed: the retained alert, a notification, reminders until it is cleared. The same reason again changes nothing. */
export function raiseAttention(draft: Draft, task: TaskRow, reason: AttentionReason): void {
  if (task.needs_attention === reason) return;
  if (task.needs_attention !== null && GRAVITY[reason] < GRAVITY[task.needs_attention]) return;
  draft.updateTask(task, {
    needs_attention: reason,
    attention_since: draft.now,
    attention_reminders: 0,
    attention_remind_at: draft.now + FIRST_REMINDER_MS,
    ...NOT_QUEUED, // it waits for that person
  });
  draft.event('task.attention_needed', { task: task.id, data: { reason, holder: holderOf(draft, task) } });
  tellPeople(draft, task, `Task ${task.id} needs a person`);
  sayAlert(draft, task);
}

/**
 * Clears what needed a person. An ack or a pick-up clears only its own reasons; a deadline that passed and was not resolved shows again.
 * @param by `all`: resolve, assignment by the admin, complete, cancel, delete; else the reasons it clears
 */
export function clearAttention(draft: Draft, task: TaskRow, by: 'all' | readonly AttentionReason[]): void {
  if (by === 'all' && task.deadline_unresolved) draft.updateTask(task, { deadline_unresolved: false });
  if (task.needs_attention === null || (by !== 'all' && !by.includes(task.needs_attention))) return;
  const was = task.needs_attention;
  draft.updateTask(task, { needs_attention: null, attention_since: null, attention_remind_at: null, attention_reminders: 0 });
  draft.event('task.attention_cleared', { task: task.id, data: { reason: was } });
  if (task.deadline_unresolved) raiseAttention(draft, task, 'deadline_passed');
  else sayAlert(draft, task);
}

/** The holder changed while a person is needed: the retained alert names the one who holds it now. */
export function renewAlert(draft: Draft, task: TaskRow): void {
  if (task.needs_attention !== null) sayAlert(draft, task);
}

/** The reminder to people has come due. */
export function remindPeople(draft: Draft, task: TaskRow): void {
  const reminders = task.attention_reminders + 1;
  draft.updateTask(task, { attention_reminders: reminders, attention_remind_at: draft.now + backoff(FIRST_REMINDER_MS, reminders) });
  tellPeople(draft, task, `Task ${task.id} still needs a person`);
}

/** The absolute deadline has passed while the task is open: once per deadline; the assignment stays. */
export function deadlinePassed(draft: Draft, task: TaskRow): void {
  draft.updateTask(task, { deadline_raised: task.deadline, deadline_unresolved: true });
  draft.event('task.deadline_passed', { task: task.id, data: { deadline: isoOrNull(task.deadline) } });
  raiseAttention(draft, task, 'deadline_passed');
}

/** The alert of a task as it stands; null when no person is needed: then the topic is emptied. */
export function alertOf(task: TaskRow, holder: string | null): Alert | null {
  if (task.needs_attention === null || task.deleted_at !== null) return null;
  return { task_id: task.id, task_name: task.name, reason: task.needs_attention, holder, since: iso(task.attention_since ?? task.created_at) };
}

function tellPeople(draft: Draft, task: TaskRow, title: string): void {
  if (task.needs_attention === null) return;
  const holder = holderOf(draft, task);
  draft.notify(
    'needs_attention',
    task,
    title,
    `"${task.name}": ${CLAUSES[task.needs_attention]}. ${holder === null ? 'Nobody holds it.' : `${holder} holds it.`}`,
  );
}

function sayAlert(draft: Draft, task: TaskRow): void {
  draft.say({ to: 'alert', task_id: task.id, alert: alertOf(task, holderOf(draft, task)) });
}

function holderOf(draft: Draft, task: TaskRow): string | null {
  const open = draft.facts.openOf(task.id);
  return open === undefined ? null : draft.facts.nameOf(open.agent_id);
}
