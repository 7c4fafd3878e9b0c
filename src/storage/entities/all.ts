import { Agent } from './agent.ts';
import { Assignment } from './assignment.ts';
import { Comment } from './comment.ts';
import { Event } from './event.ts';
import { Idempotency } from './idempotency.ts';
import { Lease } from './lease.ts';
import { Notification } from './notification.ts';
import { Phase } from './phase.ts';
import { Ping } from './ping.ts';
import { Pulse } from './pulse.ts';
import { Rollup, RollupResponse } from './rollup.ts';
import { Session } from './session.ts';
import { Task } from './task.ts';
import { TaskBlocker } from './task-blocker.ts';
import { Todo } from './todo.ts';
import { Webhook } from './webhook.ts';

/** Every table, for MikroORM. */
export const ENTITIES = [
  Agent,
  Task,
  TaskBlocker,
  Assignment,
  Ping,
  Webhook,
  Comment,
  Phase,
  Todo,
  Notification,
  Event,
  Pulse,
  Rollup,
  RollupResponse,
  Lease,
  Idempotency,
  Session,
];
