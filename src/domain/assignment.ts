import { MINUTE } from '#schemas/time.ts';
import type { AssignmentStatus, OpenStatus, PingKind } from '#schemas/vocabulary.ts';
import { type AgentRow, type AssignmentRow, isOpen, type TaskRow } from './model.ts';
import { earliest } from './moments.ts';

/** What can happen to an assignment, by whomever. */
export const STEPS = ['ack', 'snooze', 'snooze_over', 'remind', 'complete', 'fail', 'respond_by', 'stale', 'reassign', 'cancel', 'deactivate'] as const;
export type Step = (typeof STEPS)[number];

/**
 * The lifecycle, contract §3: from an open status by a step to the next status; null where that step does not apply.
 * Closed statuses have no row: they never change again. (With pinging off, respond_by and stale close nothing: there are no such moments.)
 */
export const NEXT = {
  pending: {
    ack: 'acknowledged',
    snooze: 'snoozed',
    snooze_over: null,
    remind: 'pending',
    complete: 'completed',
    fail: 'failed',
    respond_by: 'failed',
    stale: 'failed',
    reassign: 'failed',
    cancel: 'failed',
    deactivate: 'failed',
  },
  acknowledged: {
    ack: 'acknowledged',
    snooze: 'snoozed',
    snooze_over: null,
    remind: 'acknowledged',
    complete: 'completed',
    fail: 'failed',
    respond_by: 'failed',
    stale: 'failed',
    reassign: 'failed',
    cancel: 'failed',
    deactivate: 'failed',
  },
  snoozed: {
    ack: 'acknowledged',
    snooze: 'snoozed',
    snooze_over: 'pending',
    remind: null,
    complete: 'completed',
    fail: 'failed',
    respond_by: null,
    stale: 'failed',
    reassign: 'failed',
    cancel: 'failed',
    deactivate: 'failed',
  },
} as const satisfies Record<OpenStatus, Record<Step, AssignmentStatus | null>>;

/** The status after this step, or null where it does not apply. */
export const after = (status: AssignmentStatus, step: Step): AssignmentStatus | null =>
  status === 'completed' || status === 'failed' ? null : NEXT[status][step];

export const timeoutMs = (agent: AgentRow): number => agent.timeout_minutes * MINUTE;

/** The window in which an answer is expected, from `start` on. With pinging off there is none. */
export const windowFrom = (start: number, agent: AgentRow, task: TaskRow): Pick<AssignmentRow, 'window_start' | 'respond_by'> => ({
  window_start: start,
  respond_by: task.is_ping_enabled ? Math.round(start + timeoutMs(agent)) : null,
});

/**
 * As a share of the window: so much does a reminder that would be the only one leave to answer in, else one midway stands in for it; and so long before the
 * middle must another ping have come to be early.
 */
const LEAD = 0.1;

/** Halfway through the window, which has an end. */
const midway = (windowStart: number, respondBy: number): number => Math.round((windowStart + respondBy) / 2);

/**
 * The next reminder: at the last ping + interval where that falls inside the window (window_start, respond_by); where no reminder falls inside it otherwise,
 * one midway; none before window_start (busy_until), one at it if that lies ahead. A moment before respond_by does not count as inside: with interval and
 * timeout alike, who acked after a second would have a second to answer its next ping. A ping that is no reminder (`resent`, `manual`) stands in for the one
 * midway unless it came early: else one at the beginning would be the last that a holder hears before its time is over.
 */
function nextReminder(a: Pick<AssignmentRow, 'window_start' | 'respond_by' | 'remind_at' | 'last_ping_sent'>, intervalMs: number, now: number): number | null {
  if (a.respond_by === null) return null;
  const last = a.last_ping_sent ?? a.window_start;
  if (a.window_start > now && last < a.window_start) return a.window_start;
  const missed = Math.max(0, Math.floor((a.window_start - last) / intervalMs));
  const byInterval = Math.round(last + (missed + 1) * intervalMs);
  const middle = midway(a.window_start, a.respond_by);
  const lead = LEAD * (a.respond_by - a.window_start);
  const isFirst = last <= a.window_start || (a.remind_at === middle && last <= middle - lead);
  if (isFirst && byInterval > a.respond_by - lead) return middle;
  return byInterval < a.respond_by ? byInterval : null;
}

/**
 * What `schedule` is to know of the reminder after a ping: null where that was it, or where none was to come; else midway, where it comes unless one by the interval does.
 * The one at window_start (busy_until) is not a reminder of its window, however late it comes.
 */
export function reminderLeft(a: AssignmentRow, kind: PingKind): number | null {
  const isReminder = kind === 'reminder' || kind === 'check_in';
  if (a.respond_by === null || a.remind_at === null || (isReminder && a.remind_at > a.window_start)) return null;
  return midway(a.window_start, a.respond_by);
}

/**
 * The one place that says when the coordinator will act on an assignment. `remind_at` and `due_at` follow from everything else; of the `remind_at` it had
 * counts only whether the one midway is still to come.
 */
export function schedule(a: AssignmentRow, task: TaskRow, now: number): Pick<AssignmentRow, 'remind_at' | 'due_at'> {
  if (!isOpen(a) || !task.is_ping_enabled) return { remind_at: null, due_at: null };
  if (a.status === 'snoozed') return { remind_at: null, due_at: a.snooze_until };
  const remind_at = a.owes_resend && a.remind_at !== null ? a.remind_at : nextReminder(a, task.ping_interval_minutes * MINUTE, now);
  return { remind_at, due_at: earliest(remind_at, a.respond_by) };
}
