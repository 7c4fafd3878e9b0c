import Type, { type Static } from 'typebox';
import { AgentName, AnyName, Id, Json, Maybe, MessageId, Minutes, Nullable, Progress, SessionName, Text, Time } from './scalars.ts';
import { ASSIGNMENT_STATUSES, ATTENTION_REASONS, CODE_NAMES, FAILURE_REASONS, INSTRUCTIONS, PING_KINDS } from './vocabulary.ts';

/** Payloads on MQTT, contract §2. What agents send tolerates unknown fields and null for "nothing said". */

// agent → coordinator

const work = { task_id: Maybe(Id), assignment_id: Maybe(Id), message_id: Maybe(MessageId) };

export const Ack = Type.Object(
  { ...work, ping_id: Maybe(Type.String({ maxLength: 64 })), note: Maybe(Text), progress: Maybe(Progress), busy_until: Maybe(Time) },
  { $id: 'ack', title: 'ack', description: 'I have it and work on it. Empty or {} acknowledges the only open assignment.' },
);
export const Snooze = Type.Object(
  { ...work, minutes: Maybe(Type.Number({ exclusiveMinimum: 0 })), reason: Maybe(Text) },
  { $id: 'snooze', title: 'snooze', description: 'Not now; ask again in so many minutes (30 unless said).' },
);
export const Complete = Type.Object(
  { ...work, result: Type.Optional(Json), note: Maybe(Text) },
  { $id: 'complete', title: 'complete', description: 'It is done; result is any JSON.' },
);
export const Fail = Type.Object({ ...work, reason: Maybe(Text) }, { $id: 'fail', title: 'fail', description: 'I cannot do it; somebody else must.' });
export const Assign = Type.Object(
  { task_id: Id, agent_name: Maybe(AnyName), message_id: Maybe(MessageId) },
  { $id: 'assign', title: 'assign', description: 'A main agent delegates a task; without agent_name the coordinator chooses.' },
);
export const Sync = Type.Object({ message_id: Maybe(MessageId) }, { $id: 'sync', title: 'sync', description: 'What do I owe, and what was taken from me?' });
export const Heartbeat = Type.Object(
  {
    status: Type.Enum(['online', 'offline']),
    session: Maybe(SessionName),
    interval_seconds: Maybe(Type.Number({ minimum: 1, maximum: 3600 })),
    busy_until: Maybe(Time),
    sent_at: Maybe(Type.String({ maxLength: 64 })),
    info: Type.Optional(Json),
  },
  { $id: 'heartbeat', title: 'heartbeat', description: 'Retained. Also the Last Will: {"status":"offline","session":"…"}.' },
);

// coordinator → agent

export const Ping = Type.Object(
  {
    ping_id: Type.String(),
    assignment_id: Id,
    task_id: Id,
    task_name: Type.String(),
    task_description: Nullable(Type.String()),
    kind: Type.Enum([...PING_KINDS]),
    attempt: Type.Integer({ minimum: 1 }),
    ping_time: Time,
    timeout_minutes: Minutes,
    respond_by: Nullable(Time),
    priority: Type.Integer(),
    deadline: Nullable(Time),
    escalation: Nullable(Type.Object({ from: Type.String(), reason: Type.Enum([...FAILURE_REASONS]), count: Type.Integer({ minimum: 0 }) })),
  },
  { $id: 'ping', title: 'ping', description: 'Answer with ack, snooze, complete or fail. A repeated ping keeps its ping_id and raises attempt.' },
);

/** The part of an assignment that a reply shows. */
export const ReplyAssignment = Type.Object({
  id: Id,
  status: Type.Enum([...ASSIGNMENT_STATUSES]),
  failure_reason: Nullable(Type.Enum([...FAILURE_REASONS])),
  acknowledged_at: Nullable(Time),
  respond_by: Nullable(Time),
  snooze_until: Nullable(Time),
  version: Type.Integer(),
});
export const Refused = Type.Object({ code: Type.Enum(CODE_NAMES), title: Type.String(), detail: Type.String() });
const OpenItem = Type.Object({
  assignment_id: Id,
  task_id: Id,
  task_name: Type.String(),
  task_description: Nullable(Type.String()),
  status: Type.Enum([...ASSIGNMENT_STATUSES]),
  ping_id: Nullable(Type.String()),
  respond_by: Nullable(Time),
  snooze_until: Nullable(Time),
  priority: Type.Integer(),
  deadline: Nullable(Time),
});
const TakenItem = Type.Object({
  assignment_id: Id,
  task_id: Id,
  task_name: Type.String(),
  failure_reason: Nullable(Type.Enum([...FAILURE_REASONS])),
  taken_at: Time,
  held_by: Nullable(AgentName),
});
export const Reply = Type.Object(
  {
    ok: Type.Boolean(),
    command: Type.String(),
    message_id: Maybe(Type.String()),
    task_id: Maybe(Type.Integer()),
    instruction: Type.Enum([...INSTRUCTIONS]),
    assignment: Type.Optional(ReplyAssignment),
    error: Type.Optional(Refused),
    open: Type.Optional(Type.Array(OpenItem)),
    taken: Type.Optional(Type.Array(TakenItem)),
  },
  { $id: 'reply', title: 'reply', description: 'The answer to a command or a sync, or a withdrawal.' },
);

/** What the endpoint of an agent may answer to a ping; whatever else it says is no command. */
export const WebhookAnswer = Type.Object(
  {
    ack: Maybe(Type.Boolean({ description: 'true acknowledges' })),
    snooze_minutes: Maybe(Type.Number({ exclusiveMinimum: 0, description: 'Not now; ask again in so many minutes' })),
  },
  {
    $id: 'webhook_answer',
    title: 'webhook_answer',
    description: 'The body of a 2xx to a ping may be a command. snooze_minutes goes before ack; an empty body only says that the ping came.',
  },
);

// coordinator → all

export const CoordinatorStatus = Type.Object(
  { state: Type.Enum(['online', 'offline']), instance: Type.String(), version: Type.String(), since: Time, valid_until: Time },
  { $id: 'coordinator_status', title: 'coordinator_status', description: 'Retained, renewed every 15 s; distrust it after valid_until.' },
);
export const Alert = Type.Object(
  {
    task_id: Id,
    task_name: Type.String(),
    reason: Type.Enum([...ATTENTION_REASONS]),
    holder: Nullable(AgentName),
    since: Time,
  },
  { $id: 'alert', title: 'alert', description: 'A person is needed. Retained until cleared by an empty payload.' },
);
export const MassStaleAlert = Type.Object(
  { reason: Type.Literal('mass_stale'), agents: Type.Integer({ minimum: 1 }), since: Time, escalate_at: Time },
  { $id: 'mass_stale_alert', title: 'mass_stale_alert', description: 'Many agents went silent at once; their escalations wait.' },
);

export type Ack = Static<typeof Ack>;
export type Snooze = Static<typeof Snooze>;
export type Complete = Static<typeof Complete>;
export type Fail = Static<typeof Fail>;
export type Assign = Static<typeof Assign>;
export type Sync = Static<typeof Sync>;
export type Heartbeat = Static<typeof Heartbeat>;
export type Ping = Static<typeof Ping>;
export type Reply = Static<typeof Reply>;
export type WebhookAnswer = Static<typeof WebhookAnswer>;
export type ReplyAssignment = Static<typeof ReplyAssignment>;
export type Refused = Static<typeof Refused>;
export type CoordinatorStatus = Static<typeof CoordinatorStatus>;
export type Alert = Static<typeof Alert>;
export type MassStaleAlert = Static<typeof MassStaleAlert>;
export type OpenItem = Static<typeof OpenItem>;
export type TakenItem = Static<typeof TakenItem>;
