import type { Reply, ReplyAssignment } from '#schemas/messages.ts';
import { isoOrNull } from '#schemas/time.ts';
import { CODES, type Instruction } from '#schemas/vocabulary.ts';
import type { AssignmentRow } from './model.ts';
import type { Refusal } from './refusal.ts';

export const replyAssignment = (a: AssignmentRow): ReplyAssignment => ({
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
