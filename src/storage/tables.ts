import type { AgentRow, AssignmentRow, CommentRow, EventRow, NotificationRow, PingRow, TaskRow } from '#domain/model.ts';
import { Agent } from './entities/agent.ts';
import { Assignment } from './entities/assignment.ts';
import { Comment } from './entities/comment.ts';
import { Event } from './entities/event.ts';
import { Lease } from './entities/lease.ts';
import { Notification } from './entities/notification.ts';
import { Ping } from './entities/ping.ts';
import { Pulse } from './entities/pulse.ts';
import { TaskBlocker } from './entities/task-blocker.ts';
import { Task } from './entities/task.ts';

/** The tables whose rows the domain decides on. */
export interface RowOf {
  agent: AgentRow;
  task: TaskRow;
  assignment: AssignmentRow;
  ping: PingRow;
  comment: CommentRow;
  notification: NotificationRow;
  event: EventRow;
}
export type Table = keyof RowOf;

export const ENTITIES = [Agent, Task, TaskBlocker, Assignment, Ping, Comment, Notification, Event, Pulse, Lease];

