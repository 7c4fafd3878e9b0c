import type { AgentType, AssignmentStatus, AttentionReason, FailureReason, PingKind, TaskStatus } from '#schemas/vocabulary.ts';
import { OPEN_STATUSES } from '#schemas/vocabulary.ts';

/**
 * The rows the domain decides on. All times are epoch milliseconds of the server's own clock (see clock.ts), null for "never" or "none";
 * durations carry their unit in the name. Field names are the column names.
 */

export interface AgentRow {
  id: number;
  name: string;
  /** The name in lower case: unique. */
  name_key: string;
  type: AgentType;
  capabilities: string[];
  endpoint_url: string | null;
  webhook_secret: string;
  /** SHA-256 of the token, base64url. */
  token_hash: string;
  timeout_minutes: number;
  max_concurrent: number;
  is_active: boolean;
  created_at: number;
  last_acknowledgment: number | null;
  last_heartbeat: number | null;
  /** The retained heartbeat as received (JSON text), restored to the broker at start. */
  heartbeat: string | null;
  session: string | null;
  interval_seconds: number | null;
  /** Went stale, and has not come back. */
  is_offline: boolean;
  offline_since: number | null;
  /** Its current session said goodbye (will or `offline`): `stale_at` is the end of the grace. */
  in_grace: boolean;
  /** Supervised agents: the moment it counts as stale. Null before the first heartbeat and while offline. */
  stale_at: number | null;
  /** After a mass-stale: the moment its assignments escalate unless it is back. */
  escalate_at: number | null;
  /** The next moment something is due for this agent: `stale_at` or `escalate_at`. Indexed. */
  due_at: number | null;
  /** Came back from being stale and has not acknowledged anything since. */
  returned_unproven: boolean;
  /** Counts changes of the fields that PATCH can change (ETag). */
  revision: number;
}

export interface Bar {
  agent_id: number;
  reason: Extract<FailureReason, 'timeout' | 'reported'>;
}

export interface TaskRow {
  id: number;
  name: string;
  description: string | null;
  status: TaskStatus;
  priority: number;
  required_capabilities: string[];
  escalation_chain: string[] | null;
  blocked_by: number[];
  deadline: number | null;
  /** The deadline for which `task.deadline_passed` was raised: once per deadline. */
  deadline_raised: number | null;
  /** The deadline passed and nobody has resolved it: what `needs_attention` falls back to when another reason is cleared. */
  deadline_unresolved: boolean;
  ping_interval_minutes: number;
  is_ping_enabled: boolean;
  needs_attention: AttentionReason | null;
  attention_since: number | null;
  /** Next reminder to people, and how many went out. */
  attention_remind_at: number | null;
  attention_reminders: number;
  /** Position in the escalation; back to 0 and null by resolve, by assignment by the admin, by reopening. */
  escalation_count: number;
  original_agent_id: number | null;
  /** Agents that timed out or reported failure on this task since the last reset. */
  bars: Bar[];
  /** Agents that ever failed this task: they come last in auto-assignment. */
  failed_by: number[];
  /** The closed assignment whose escalation came to nobody; null when parked before any assignment, or not parked. */
  parked_assignment_id: number | null;
  /** Waits for a capable agent to become free: since when, when people hear of it, and how often they have. */
  queued_at: number | null;
  waiting_notice_at: number | null;
  waiting_notices: number;
  /** Look at it at this moment: auto-assign or pick up. */
  wake_at: number | null;
  /** Earliest of wake_at, waiting_notice_at, attention_remind_at and the deadline. Indexed. */
  due_at: number | null;
  last_manual_ping: number | null;
  created_by: string;
  created_at: number;
  closed_at: number | null;
  deleted_at: number | null;
  revision: number;
}

export interface AssignmentRow {
  id: number;
  task_id: number;
  agent_id: number;
  status: AssignmentStatus;
  failure_reason: FailureReason | null;
  assigned_at: number;
  assigned_by: string;
  /** The first ack. */
  acknowledged_at: number | null;
  last_ack_at: number | null;
  /** The last answer of any kind. */
  answered_at: number | null;
  /** When a window first passed though the holder had been asked in it, and it kept the task; null again with its next ack or snooze. */
  silent_since: number | null;
  /** Where the present window begins: assignment, answer, busy_until, end of a snooze, renewal. Reminders count from it. */
  window_start: number;
  /** Null while snoozed and with pinging off: nothing ends then for want of an answer. */
  respond_by: number | null;
  remind_at: number | null;
  /** After an outage the holder is owed one repeated ping (`resent`). */
  owes_resend: boolean;
  snooze_until: number | null;
  /** Snoozes since the last ack. */
  snoozes: number;
  original_agent_id: number | null;
  escalation_count: number;
  /** What the ping's `escalation` says; null when it was not escalated. */
  escalated_from: string | null;
  escalated_reason: FailureReason | null;
  /** The escalation chain, frozen at the start. */
  chain: string[];
  progress: number | null;
  result: unknown;
  closed_at: number | null;
  /** Closed by the holder's own complete or fail. */
  closed_by_holder: boolean;
  /** The unanswered ping and its last attempt; null and 0 once answered. */
  ping_id: string | null;
  attempt: number;
  /** Attempt 1 of the unanswered ping, moved on by our outages: response times count from here. Null once answered. */
  asked_at: number | null;
  last_ping_sent: number | null;
  /** The row of its newest ping, where the chain of its pings begins. */
  last_ping_row: number | null;
  pings_sent: number;
  /** Next moment: end of the snooze, next reminder or respond_by. Null when closed, or with pinging off. Indexed. */
  due_at: number | null;
  version: number;
}

/** One attempt of a ping; also its own outbox row: unsent while `published_at` is null. */
export interface PingRow {
  id: number;
  ping_id: string;
  assignment_id: number;
  agent_id: number;
  kind: PingKind;
  attempt: number;
  created_at: number;
  respond_by: number | null;
  published_at: number | null;
  delivered_at: number | null;
  answered_at: number | null;
  /** The row of the assignment's ping before this one. */
  previous_row: number | null;
}

/** A ping on its way to the endpoint of its agent. Its id is the ping's row. */
export interface WebhookRow {
  id: number;
  agent_id: number;
  created_at: number;
  /** Times it was sent. */
  attempts: number;
  /** When it is sent next; while it is on its way, when it is taken for lost. Null once it is settled. Indexed. */
  due_at: number | null;
  /** What became of it at last, for people: `delivered`, `superseded`, or why it failed. */
  outcome: string | null;
}

/** A stage of a task. Its status follows from its todos. */
export interface PhaseRow {
  id: number;
  task_id: number;
  name: string;
  /** Order within the task; no two that are not deleted share one. */
  position: number;
  /** Since when all of its todos are done. */
  completed_at: number | null;
  created_at: number;
  deleted_at: number | null;
  /** Counts changes of the fields that PATCH can change (ETag). */
  revision: number;
}

/** A line of a phase's checklist. */
export interface TodoRow {
  id: number;
  phase_id: number;
  title: string;
  position: number;
  done_at: number | null;
  /** The actor that ticked it. */
  done_by: string | null;
  created_at: number;
  deleted_at: number | null;
  revision: number;
}

export const isOpen = (a: AssignmentRow): boolean => OPEN_STATUSES.some((open) => open === a.status);
/** What the row of a task says that is in no queue. */
export const NOT_QUEUED = { queued_at: null, waiting_notice_at: null, waiting_notices: 0 } as const satisfies Partial<TaskRow>;

export const isOpenTask = (t: TaskRow): boolean => t.deleted_at === null && (t.status === 'todo' || t.status === 'in_progress');
