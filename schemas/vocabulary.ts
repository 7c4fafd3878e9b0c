/** Every closed list of words the product speaks, once. Types and schemas are derived from these. */

export const AGENT_TYPES = ['main_agent', 'sub_agent'] as const;
export const AGENT_STATUSES = ['idle', 'busy', 'working', 'offline'] as const;
export const TASK_STATUSES = ['todo', 'in_progress', 'done', 'cancelled'] as const;
export const ASSIGNMENT_STATUSES = ['pending', 'acknowledged', 'snoozed', 'completed', 'failed'] as const;
export const OPEN_STATUSES = ['pending', 'acknowledged', 'snoozed'] as const;
export const FAILURE_REASONS = ['timeout', 'stale', 'reported', 'reassigned', 'cancelled', 'deactivated'] as const;
export const PING_KINDS = ['assigned', 'reminder', 'check_in', 'snooze_over', 'escalated', 'resent', 'manual'] as const;
export const INSTRUCTIONS = ['continue', 'stop_work', 'none'] as const;
export const ATTENTION_REASONS = ['escalation_exhausted', 'no_target', 'main_agent_silent', 'deadline_passed'] as const;
/** Why a person is needed, in words. */
export const ATTENTION_WORDS: Readonly<Record<AttentionReason, string>> = {
  escalation_exhausted: 'escalations used up',
  no_target: 'nobody left to escalate to',
  main_agent_silent: 'main agent silent',
  deadline_passed: 'deadline passed',
};
/** Of a task's stage: none, some or all of its todos are done. */
export const PHASE_STATUSES = ['todo', 'in_progress', 'done'] as const;
/** What people are told of. */
export const NOTIFICATION_KINDS = ['needs_attention', 'tasks_waiting', 'mass_stale'] as const;

/** What an agent may tell the coordinator about its own work; each is an MQTT topic leaf and a REST verb. */
export const WORK_COMMANDS = ['ack', 'snooze', 'complete', 'fail'] as const;
/** Every topic leaf below `agents/<name>/` that is taken as a command (never retained, never replayed). */
export const COMMAND_LEAVES = [...WORK_COMMANDS, 'assign', 'sync'] as const;

/** What a raw MQTT message on an agent's topics is. The first are said to the coordinator, the last four by it. */
export const WIRE_KINDS = [...COMMAND_LEAVES, 'heartbeat', 'last_will', 'forbidden', 'ping', 'reply', 'refusal', 'withdraw'] as const;
/** What became of one that an agent sent. `ignored`: a heartbeat of an older session, or one that is not valid. */
export const SAID_STATES = ['pending', 'taken', 'refused', 'ignored', 'not_committed'] as const;
/** What became of one that was meant for an agent. `unheard`: nothing of its own subscribes to it. */
export const TOLD_STATES = ['unheard', 'waiting', 'sent', 'acknowledged', 'dropped'] as const;
export const MQTT_TRANSPORTS = ['tcp', 'tls', 'websocket'] as const;
/** How an MQTT connection ended. */
export const CONNECTION_ENDS = [
  'disconnected',
  'lost',
  'keepalive',
  'taken_over',
  'refused_packet',
  'not_committed',
  'stalled',
  'credentials_changed',
] as const;
/** Why a CONNECT was refused, each with its CONNACK return code. */
export const CONNECT_REFUSALS = {
  wrong_credentials: 5,
  forbidden_will: 5,
  foreign_client_id: 2,
  invalid_client_id: 2,
  too_many_connections: 3,
  unavailable: 3,
} as const;
export const CONNECT_REFUSAL_NAMES = Object.keys(CONNECT_REFUSALS) as ConnectRefusal[]; // as: the keys of a constant

/** How a command reached us; kept with every event. */
export const CHANNELS = ['mqtt', 'rest', 'webhook', 'coordinator'] as const;

export const EVENT_KINDS = [
  'agent.registered',
  'agent.updated',
  'agent.deactivated',
  'agent.token_renewed',
  'agent.online',
  'agent.stale',
  'agent.mass_stale',
  'agent.webhook_failed',
  'task.created',
  'task.updated',
  'task.deleted',
  'task.waiting',
  'task.freed',
  'task.deadline_passed',
  'task.attention_needed',
  'task.attention_cleared',
  'task.resolved',
  'task.commented',
  'task.phase_added',
  'task.phase_updated',
  'task.phase_completed',
  'task.phase_reopened',
  'task.phase_removed',
  'task.todo_added',
  'task.todo_updated',
  'task.todo_done',
  'task.todo_reopened',
  'task.todo_removed',
  'assignment.assigned',
  'assignment.pinged',
  'assignment.acknowledged',
  'assignment.snoozed',
  'assignment.snooze_over',
  'assignment.completed',
  'assignment.failed',
  'assignment.escalated',
  'assignment.renewed',
  'message.refused',
  'message.repeated',
  'coordinator.recovered',
  'coordinator.repaired',
] as const;

/** Orders of `GET /tasks`; `-` for descending. */
export const TASK_SORTS = ['created_at', '-created_at', 'priority', '-priority', 'deadline', '-deadline'] as const;

/** Refusal codes, the same on MQTT and REST: HTTP status and a title for people (contract §2). */
export const CODES = {
  invalid_payload: { status: 400, title: 'The message is not valid' },
  unauthorized: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  agent_not_found: { status: 404, title: 'No such agent' },
  task_not_found: { status: 404, title: 'No such task' },
  not_found: { status: 404, title: 'Nothing is here' },
  payload_too_large: { status: 413, title: 'The message is too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  not_ready: { status: 503, title: 'The coordinator is not ready' },
  storage_full: { status: 507, title: 'Storage does not take writes' },
  no_open_assignment: { status: 409, title: 'You hold no open assignment of this task' },
  ambiguous_task: { status: 409, title: 'More than one assignment is open' },
  assignment_closed: { status: 409, title: 'This assignment is closed' },
  task_closed: { status: 409, title: 'This task is closed' },
  snooze_limit: { status: 409, title: 'Snoozed too long or too often' },
  snooze_past_deadline: { status: 409, title: 'The deadline has passed' },
  agent_exists: { status: 409, title: 'An agent of this name exists' },
  no_agent_available: { status: 409, title: 'No agent is available' },
  blocked_cycle: { status: 409, title: 'The tasks would block each other' },
  conflict: { status: 409, title: 'Conflict' },
} as const;

/** For the schemas. */
export const CODE_NAMES = Object.keys(CODES) as Code[]; // as: the keys of a constant

export type AgentType = (typeof AGENT_TYPES)[number];
export type AgentStatus = (typeof AGENT_STATUSES)[number];
export type TaskStatus = (typeof TASK_STATUSES)[number];
export type AssignmentStatus = (typeof ASSIGNMENT_STATUSES)[number];
export type OpenStatus = (typeof OPEN_STATUSES)[number];
export type FailureReason = (typeof FAILURE_REASONS)[number];
export type PingKind = (typeof PING_KINDS)[number];
export type Instruction = (typeof INSTRUCTIONS)[number];
export type AttentionReason = (typeof ATTENTION_REASONS)[number];
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];
export type CommandLeaf = (typeof COMMAND_LEAVES)[number];
export type WireKind = (typeof WIRE_KINDS)[number];
export type SaidState = (typeof SAID_STATES)[number];
export type ToldState = (typeof TOLD_STATES)[number];
export type MqttTransport = (typeof MQTT_TRANSPORTS)[number];
export type ConnectionEnd = (typeof CONNECTION_ENDS)[number];
export type ConnectRefusal = keyof typeof CONNECT_REFUSALS;
export type Channel = (typeof CHANNELS)[number];
export type EventKind = (typeof EVENT_KINDS)[number];
export type Code = keyof typeof CODES;
