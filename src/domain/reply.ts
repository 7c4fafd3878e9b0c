import type { Reply, ReplyAssignment } from '#schemas/messages.ts';
import { isoOrNull } from '#schemas/time.ts';
import { CODES, type Instruction } from '#schemas/vocabulary.ts';
import type { AssignmentRow } from './model.ts';
import type { Refusal } from './refusal.ts';

const replyAssignment = (a: AssignmentRow): ReplyAssignment => ({
  id: a.id,
  status: a.status,
  failure_reason: a.failure_reason,
  acknowledged_at: isoOrNull(a.acknowledged_at),
  respond_by: isoOrNull(a.respond_by),
  snooze_until: isoOrNull(a.snooze_until),
  version: a.version,
});

export const replyOk = (command: string, a: AssignmentRow, instruction: Instruction, messageId?: string): Reply => ({
  ok: true,
  command,
  message_id: messageId ?? null,
  task_id: a.task_id,
  instruction,
  assignment: replyAssignment(a),
});

export const replyRefused = (command: string, refusal: Refusal, messageId?: string): Reply => ({
  ok: false,
  command,
  message_id: messageId ?? null,
  task_id: refusal.task_id,
  instruction: refusal.instruction,
  error: { code: refusal.code, title: CODES[refusal.code].title, detail: refusal.detail },
});

/** Tells a former holder to stop: its assignment was closed by somebody else. */
export const withdrawal = (a: AssignmentRow): Reply => ({
  ok: true,
  command: 'withdraw',
  task_id: a.task_id,
  instruction: 'stop_work',
  assignment: replyAssignment(a),
});

/** A reply as an event keeps it: in short where it tells of an assignment, as most do. The message_id is in the event's key. */
export type Kept = readonly [
  command: string,
  task_id: number | null,
  instruction: Instruction,
  id: number,
  status: ReplyAssignment['status'],
  failure_reason: ReplyAssignment['failure_reason'],
  acknowledged_at: number | null,
  respond_by: number | null,
  snooze_until: number | null,
  version: number,
];

/** What is kept of a reply that tells of this assignment (or of none), so that a repeated command is answered as before. */
export function keptReply(reply: Reply, a: AssignmentRow | undefined): Kept | Reply {
  if (!reply.ok || reply.assignment === undefined || a === undefined) return reply;
  const { command, task_id, instruction } = reply;
  return [command, task_id ?? null, instruction, a.id, a.status, a.failure_reason, a.acknowledged_at, a.respond_by, a.snooze_until, a.version];
}

/** The reply that was kept, to the command with this message id. */
export function replyAgain(kept: Kept | Reply, messageId: string | undefined): Reply {
  if ('ok' in kept) return { ...kept, message_id: messageId ?? null }; // kept masked, where it looks like a token
  const [command, task_id, instruction, id, status, failure_reason, acknowledged_at, respond_by, snooze_until, version] = kept;
  const times = { acknowledged_at: isoOrNull(acknowledged_at), respond_by: isoOrNull(respond_by), snooze_until: isoOrNull(snooze_until) };
  return { ok: true, command, message_id: messageId ?? null, task_id, instruction, assignment: { id, status, failure_reason, ...times, version } };
}
