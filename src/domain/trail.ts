import type { Channel, EventKind, NotificationKind } from '#schemas/vocabulary.ts';

/** What is told of tasks: nothing is decided on it, but that a repeated command is recognised by its event. */

export interface CommentRow {
  id: number;
  task_id: number;
  author: string;
  content: string;
  created_at: number;
}

export interface NotificationRow {
  id: number;
  kind: NotificationKind;
  task_id: number | null;
  title: string;
  body: string;
  created_at: number;
  read_at: number | null;
}

export interface EventRow {
  id: number;
  kind: EventKind;
  at: number;
  task_id: number | null;
  agent_id: number | null;
  assignment_id: number | null;
  actor: string;
  channel: Channel;
  /** By which token the actor asked (`tokenOf`). */
  token_id: string | null;
  data: Record<string, unknown>;
  /** `<message_id>:<agent id>` of the command that made it, for 24 h: unique. */
  message_key: string | null;
  /** What is kept of the reply to that command (`keptReply`), answered again when it is repeated. */
  reply: unknown;
}
