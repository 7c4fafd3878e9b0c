import { type AgentType, type Channel, type TaskStatus, WORK_COMMANDS } from '#schemas/vocabulary.ts';
import type { OwnCommand } from './own-command.ts';
import type { Principal } from './principal.ts';

/**
 * Every request that can change something, typed and validated by the edge that took it. Times are epoch milliseconds.
 * Who asks and by which channel travels beside the command (`Request`).
 */

interface Work {
  readonly agent_id: number;
  readonly task_id?: number | undefined;
  readonly assignment_id?: number | undefined;
  readonly message_id?: string | undefined;
}
export interface Ack extends Work {
  readonly type: 'ack';
  readonly ping_id?: string | undefined;
  readonly note?: string | undefined;
  readonly progress?: number | undefined;
  readonly busy_until?: number | undefined;
}
export interface Snooze extends Work {
  readonly type: 'snooze';
  readonly minutes?: number | undefined;
  readonly reason?: string | undefined;
}
export interface Complete extends Work {
  readonly type: 'complete';
  /** undefined: none given; null is a result. */
  readonly result?: unknown;
  readonly note?: string | undefined;
}
export interface Fail extends Work {
  readonly type: 'fail';
  readonly reason?: string | undefined;
}
export type WorkCommand = Ack | Snooze | Complete | Fail;

/** By a main agent over MQTT or by anyone allowed over REST; without a name the coordinator chooses. */
export interface AssignTask {
  readonly type: 'assign';
  readonly task_id: number;
  readonly agent_name?: string | undefined;
  /** Over MQTT: the delegating main agent and its message id. */
  readonly agent_id?: number | undefined;
  readonly message_id?: string | undefined;
}

export interface RegisterAgent {
  readonly type: 'register_agent';
  readonly name: string;
  readonly agent_type: AgentType;
  readonly capabilities: string[];
  readonly endpoint_url: string | null;
  readonly timeout_minutes?: number | undefined;
  readonly max_concurrent: number;
  readonly token_hash: string;
  readonly webhook_secret: string;
}
export interface UpdateAgent {
  readonly type: 'update_agent';
  readonly agent_id: number;
  readonly capabilities?: string[] | undefined;
  readonly endpoint_url?: string | null | undefined;
  readonly timeout_minutes?: number | undefined;
  readonly max_concurrent?: number | undefined;
  readonly is_active?: boolean | undefined;
  readonly if_revision?: number | undefined;
}
export interface RenewToken {
  readonly type: 'renew_token';
  readonly agent_id: number;
  readonly token_hash: string;
}

interface TaskFields {
  readonly description?: string | null | undefined;
  readonly priority?: number | undefined;
  readonly required_capabilities?: string[] | undefined;
  readonly escalation_chain?: string[] | null | undefined;
  readonly blocked_by?: number[] | undefined;
  readonly deadline?: number | null | undefined;
  readonly ping_interval_minutes?: number | undefined;
  readonly is_ping_enabled?: boolean | undefined;
}
export interface CreateTask extends TaskFields {
  readonly type: 'create_task';
  readonly name: string;
  readonly agent_name?: string | undefined;
}
export interface UpdateTask extends TaskFields {
  readonly type: 'update_task';
  readonly task_id: number;
  readonly name?: string | undefined;
  readonly status?: TaskStatus | undefined;
  readonly if_revision?: number | undefined;
}
export interface DeleteTask {
  readonly type: 'delete_task';
  readonly task_id: number;
}
export interface PingTask {
  readonly type: 'ping_task';
  readonly task_id: number;
}
export interface ResolveTask {
  readonly type: 'resolve_task';
  readonly task_id: number;
}
export interface CommentTask {
  readonly type: 'comment_task';
  readonly task_id: number;
  readonly content: string;
}
/** A task's stages and their checklists. `position`: last unless said. */
export interface AddPhase {
  readonly type: 'add_phase';
  readonly task_id: number;
  readonly name: string;
  readonly position?: number | undefined;
}
export interface UpdatePhase {
  readonly type: 'update_phase';
  readonly phase_id: number;
  readonly name?: string | undefined;
  readonly position?: number | undefined;
  readonly if_revision?: number | undefined;
}
export interface DeletePhase {
  readonly type: 'delete_phase';
  readonly phase_id: number;
}
export interface AddTodo {
  readonly type: 'add_todo';
  readonly phase_id: number;
  readonly title: string;
  readonly position?: number | undefined;
}
export interface UpdateTodo {
  readonly type: 'update_todo';
  readonly todo_id: number;
  readonly is_done?: boolean | undefined;
  readonly title?: string | undefined;
  readonly position?: number | undefined;
  readonly if_revision?: number | undefined;
}
export interface DeleteTodo {
  readonly type: 'delete_todo';
  readonly todo_id: number;
}
export type PhaseCommand = AddPhase | UpdatePhase | DeletePhase | AddTodo | UpdateTodo | DeleteTodo;

/** A person has read what they were told. */
interface ReadNotification {
  readonly type: 'read_notification';
  readonly notification_id: number;
}

export type Command =
  | WorkCommand
  | AssignTask
  | RegisterAgent
  | UpdateAgent
  | RenewToken
  | CreateTask
  | UpdateTask
  | DeleteTask
  | PingTask
  | ResolveTask
  | CommentTask
  | PhaseCommand
  | ReadNotification
  | OwnCommand;

/** A command with who sent it and how it came. */
export interface Request {
  readonly command: Command;
  readonly principal: Principal;
  readonly channel: Channel;
  /** The reservation of an idempotency key with which its outcome is committed (storage/idempotency.ts). */
  readonly reserved?: { readonly id: number; readonly reserved_at: number };
  /** Where on MQTT it came from, and the first 1 KiB of it: kept if it is refused. */
  readonly origin?: { readonly topic: string; readonly excerpt: string };
}

/** The agent a command is of or about; null: none. */
export const agentIdOf = (command: Command): number | null => ('agent_id' in command ? (command.agent_id ?? null) : null);

/** Whether an agent speaks for itself: a refusal of such a command is kept as `message.refused`. */
export const isOfAnAgent = (command: Command): command is WorkCommand | AssignTask =>
  WORK_COMMANDS.some((type) => type === command.type) || (command.type === 'assign' && command.agent_id !== undefined);

/** `<message_id>:<agent id>` of a command that carries one: what makes its repetition recognisable. */
export function messageKey(command: Command): string | null {
  const messageId = 'message_id' in command ? command.message_id : undefined;
  const agentId = agentIdOf(command);
  return messageId === undefined || agentId === null ? null : `${messageId}:${agentId}`;
}

/** So long a repetition is recognised (contract §1.5); then its message_id may be used anew. */
export const MESSAGE_KEPT_MS = 24 * 3_600_000;
