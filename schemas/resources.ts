import Type, { type Static } from 'typebox';
import { Reply } from './messages.ts';
import { AgentName, AnyName, Capabilities, described, Id, Json, Line, Maybe, Message, Minutes, Nullable, Progress, Text, Time, TokenId } from './scalars.ts';
import {
  AGENT_STATUSES,
  AGENT_TYPES,
  ASSIGNMENT_STATUSES,
  ATTENTION_REASONS,
  CHANNELS,
  FAILURE_REASONS,
  NOTIFICATION_KINDS,
  TASK_STATUSES,
} from './vocabulary.ts';

/** Agents, tasks, assignments, what people are told, and the audit trail, as the REST API shows them (contract §4). */

export const Agent = Type.Object(
  {
    id: Id,
    name: described(AgentName, 'As registered: topics and MQTT usernames use exactly this spelling'),
    type: Type.Enum([...AGENT_TYPES], { description: 'A main agent is escalated to, and may delegate' }),
    status: Type.Enum([...AGENT_STATUSES], {
      description: 'offline: went stale; working: has an acknowledged assignment; busy: has another open one; idle: has none',
    }),
    last_acknowledgment: described(Nullable(Time), 'The last ack of any task'),
    current_task_id: described(Nullable(Id), 'The task it last acknowledged and still holds, else the newest it holds'),
    capabilities: described(Capabilities, 'What it can do; a task is given only to agents that have all it requires'),
    endpoint_url: described(Nullable(Type.String()), 'Pings are also sent to {endpoint_url}/ping, signed as Standard Webhooks'),
    timeout_minutes: described(Minutes, 'So long it may leave a ping unanswered'),
    max_concurrent: Type.Integer({ minimum: 1, description: 'So many open assignments auto-assignment gives it' }),
    is_active: Type.Boolean({ description: 'false once deactivated: it is given nothing and cannot connect' }),
    token_id: described(TokenId, 'What its present token is called in events; no secret, and another one once it is renewed'),
    last_heartbeat: described(Nullable(Time), 'Null: never heard; it is supervised from its first heartbeat on'),
    created_at: Time,
  },
  { $id: 'agent', title: 'Agent', description: 'Somebody who does tasks: an LLM agent, a script, a person with a client.' },
);
const agentFields = {
  capabilities: Type.Optional(described(Capabilities, 'What it can do')),
  endpoint_url: described(Maybe(Type.String({ format: 'uri', maxLength: 2048 })), 'http(s) URL that gets each ping as POST {endpoint_url}/ping; null for none'),
  timeout_minutes: Type.Optional(described(Minutes, 'So long it may leave a ping unanswered; DEFAULT_AGENT_TIMEOUT_MINUTES unless said')),
  max_concurrent: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'So many open assignments auto-assignment gives it' })),
};
export const AgentCreate = Type.Object(
  { name: AgentName, type: Type.Optional(Type.Enum([...AGENT_TYPES], { description: 'sub_agent unless said' })), ...agentFields },
  { $id: 'agent_create', title: 'AgentCreate', description: 'A new agent. Its name is unique without regard to case and never changes.' },
);
export const AgentPatch = Type.Object(
  { ...agentFields, is_active: Type.Optional(Type.Boolean({ description: 'false deactivates, true brings back' })) },
  { $id: 'agent_patch', title: 'AgentPatch', description: 'What is left out stays as it is.' },
);
const agentTold = { message: Message, agent_id: Id };
export const AgentChanged = Type.Object(
  { ...Agent.properties, ...agentTold },
  { $id: 'agent_changed', title: 'AgentChanged', description: 'The agent as it is now.' },
);
export const AgentCreated = Type.Object(
  {
    ...Agent.properties,
    token: Type.String({ description: 'Its password on MQTT and its bearer token; shown this once, kept only as a hash' }),
    webhook_secret: Type.String({ description: 'Verifies the signature of webhooks; shown this once' }),
    ...agentTold,
  },
  { $id: 'agent_created', title: 'AgentCreated', description: 'The new agent, with the secrets that are shown this once.' },
);
export const AgentToken = Type.Object(
  { agent_id: Id, name: AgentName, token: Type.String({ description: 'Shown this once' }), token_id: TokenId, message: Message },
  { $id: 'agent_token', title: 'AgentToken', description: 'A new token; the old one has stopped working and its MQTT sessions are closed.' },
);
export const AgentDone = Type.Object(agentTold, { $id: 'agent_done', title: 'AgentDone', description: 'Done; the agent itself is not shown.' });

export const Task = Type.Object(
  {
    id: Id,
    name: Line,
    description: Nullable(Text),
    status: Type.Enum([...TASK_STATUSES], { description: 'in_progress from the first ack on' }),
    priority: Type.Integer({ description: 'Higher is assigned first' }),
    required_capabilities: described(Capabilities, 'An agent must have all of them to be chosen'),
    escalation_chain: described(Nullable(Type.Array(AgentName)), 'Who gets it next when its holder fails; null: ESCALATION_CHAIN'),
    blocked_by: Type.Array(Id, { description: 'Tasks that must be closed before this one is auto-assigned' }),
    deadline: described(Nullable(Time), 'Wall-clock time by which it should be done; people are told when it passes'),
    assigned_agent_id: described(Nullable(Id), 'Its holder'),
    ping_interval_minutes: described(Minutes, 'A reminder follows so long after each unanswered ping'),
    is_ping_enabled: Type.Boolean({ description: 'false: one ping when assigned, no reminders, no timeout' }),
    last_ping: Nullable(Time),
    last_agent_acknowledgment: Nullable(Time),
    needs_attention: Nullable(Type.Enum([...ATTENTION_REASONS], { description: 'Why a person is needed' })),
    created_at: Time,
  },
  { $id: 'task', title: 'Task', description: 'Something to be done. While it is open it has at most one holder, who is pinged until it answers.' },
);
const taskFields = {
  description: Maybe(Text),
  priority: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000, description: 'Higher is assigned first; 0 unless said' })),
  required_capabilities: Type.Optional(described(Capabilities, 'An agent must have all of them to be chosen')),
  escalation_chain: described(Maybe(Type.Array(AgentName, { maxItems: 32 })), 'Names, in order; null: ESCALATION_CHAIN'),
  blocked_by: Type.Optional(Type.Array(Id, { maxItems: 100, uniqueItems: true, description: 'Ids of tasks; a cycle is refused' })),
  deadline: Maybe(Time),
  ping_interval_minutes: Type.Optional(described(Minutes, 'DEFAULT_PING_INTERVAL_MINUTES unless said')),
  is_ping_enabled: Type.Optional(Type.Boolean({ description: 'true unless said' })),
};
const WantedAgent = Maybe(described(AnyName, 'Name of the agent; without one the coordinator chooses'));
export const TaskCreate = Type.Object(
  { name: Line, agent_name: WantedAgent, ...taskFields },
  { $id: 'task_create', title: 'TaskCreate', description: 'A new task; with agent_name it is assigned in the same transaction.' },
);
export const TaskPatch = Type.Object(
  {
    name: Type.Optional(Line),
    status: Type.Optional(Type.Enum([...TASK_STATUSES], { description: 'cancelled closes the assignment, done completes it, todo reopens' })),
    ...taskFields,
  },
  { $id: 'task_patch', title: 'TaskPatch', description: 'What is left out stays as it is; null clears.' },
);
export const TaskChanged = Type.Object(
  { ...Task.properties, message: Message, agent_id: Nullable(Id) },
  { $id: 'task_changed', title: 'TaskChanged', description: 'The task as it is now; agent_id is its holder.' },
);
export const TaskDone = Type.Object(
  { message: Message, task_id: Id },
  { $id: 'task_done', title: 'TaskDone', description: 'Done; the task itself is not shown.' },
);
export const TaskAssign = Type.Object({ agent_name: WantedAgent }, { $id: 'task_assign', title: 'TaskAssign', description: 'Who shall have it.' });

export const Assignment = Type.Object(
  {
    id: Id,
    task_id: Id,
    agent_id: Id,
    agent_name: AgentName,
    assigned_at: Time,
    acknowledged_at: described(Nullable(Time), 'The first ack'),
    status: Type.Enum([...ASSIGNMENT_STATUSES], { description: 'pending, acknowledged and snoozed are open; completed and failed never change again' }),
    failure_reason: Nullable(Type.Enum([...FAILURE_REASONS])),
    original_agent_id: described(Nullable(Id), 'The holder before the first escalation'),
    escalation_count: Type.Integer({ minimum: 0 }),
    snooze_until: Nullable(Time),
    last_ping_sent: Nullable(Time),
    last_ping_delivered: described(
      Nullable(Time),
      'When the newest ping that was delivered was: its client acknowledged the packet. Null at QoS 0 and on an external broker: no receipt',
    ),
    pings_sent: Type.Integer({ minimum: 0 }),
    respond_by: described(Nullable(Time), 'Unless the holder answers by then, the task is escalated; null while snoozed, and with pinging off'),
    progress: Nullable(Progress),
    result: described(Json, 'What complete brought; null without one'),
    closed_at: Nullable(Time),
  },
  { $id: 'assignment', title: 'Assignment', description: 'One task given to one agent. A task has at most one that is open.' },
);
export const TaskAssigned = Type.Object(
  { message: Message, agent: Nullable(Agent), agent_id: Nullable(Id), assignment_id: Nullable(Id), assignment: Nullable(Assignment) },
  { $id: 'task_assigned', title: 'TaskAssigned', description: 'Who has it now; all null: it is queued until a capable agent is free.' },
);
export const TaskPinged = Type.Object(
  { message: Message, task_id: Id, agent_id: Nullable(Id), assignment_id: Nullable(Id), assignment: Nullable(Assignment) },
  { $id: 'task_pinged', title: 'TaskPinged', description: 'Who was pinged.' },
);

export const WorkDone = Type.Object(
  { ...Reply.properties, message: Message, agent_id: Id, acknowledged_at: Nullable(Time), snooze_until: Nullable(Time) },
  { $id: 'work_done', title: 'WorkDone', description: 'The reply that goes out on MQTT, with the same facts beside it.' },
);

const Candidate = Type.Object({ agent: AgentName, passed_over: Nullable(Type.String({ description: 'Why; null: it would be chosen' })) });
export const Why = Type.Object(
  {
    task_id: Id,
    next: Type.Object({ at: Nullable(Time), rule: Type.String() }, { description: 'The next moment at which the coordinator acts, and for what' }),
    considered: Type.Array(Candidate, { description: 'For auto-assignment' }),
    chain: Type.Array(Candidate, { description: 'For escalation, in order' }),
    blocked_by: Type.Array(Id, { description: 'The blockers that are open' }),
    if_nobody_answers: Type.Array(
      Type.Object({
        at: Time,
        event: Type.String({ description: 'Kind of the event' }),
        agent: described(Nullable(AgentName), 'Whom it happens to; null: nobody, or not for the reader to know'),
        data: Type.Record(Type.String(), Json),
      }),
      { description: 'Step by step, found by running the rules on a copy' },
    ),
  },
  { $id: 'why', title: 'Why', description: 'Why a task stands as it does, and what comes next.' },
);

const notificationFields = {
  id: Id,
  kind: Type.String({ description: NOTIFICATION_KINDS.join(', ') }),
  task_id: Nullable(Id),
  title: Type.String(),
  body: Type.String(),
  created_at: Time,
};

export const Notification = Type.Object(
  { ...notificationFields, read_at: described(Nullable(Time), 'Null: nobody has read it yet') },
  { $id: 'notification', title: 'Notification', description: 'What people were told.' },
);
export const NotificationRead = Type.Object(
  { ...Notification.properties, message: Message },
  { $id: 'notification_read', title: 'NotificationRead', description: 'The notification, read.' },
);

/** A fact of the audit trail; also the payload on `coordinator/events/<thing>/<what>`. Its id increases in commit order. */
export const Event = Type.Object(
  {
    id: described(Id, 'Increases in commit order'),
    kind: Type.String({ description: '<thing>.<what happened>, for example assignment.acknowledged' }),
    at: Time,
    task_id: Nullable(Id),
    agent_id: Nullable(Id),
    assignment_id: Nullable(Id),
    actor: Type.String({ description: 'admin, coordinator, or an agent’s name' }),
    channel: Type.Enum([...CHANNELS], { description: 'How it reached the coordinator, or that it came to this by itself' }),
    token_id: described(Nullable(TokenId), 'By which token it was asked for; null: by none, or not written down at the time'),
    data: Type.Record(Type.String(), Json, { description: 'What there is to know beside it, by kind' }),
  },
  { $id: 'event', title: 'Event', description: 'A fact of the audit trail.' },
);

export type Agent = Static<typeof Agent>;
export type AgentCreate = Static<typeof AgentCreate>;
export type AgentPatch = Static<typeof AgentPatch>;
export type AgentCreated = Static<typeof AgentCreated>;
export type AgentToken = Static<typeof AgentToken>;
export type AgentDone = Static<typeof AgentDone>;
export type Task = Static<typeof Task>;
export type TaskCreate = Static<typeof TaskCreate>;
export type TaskPatch = Static<typeof TaskPatch>;
export type Assignment = Static<typeof Assignment>;
export type TaskAssigned = Static<typeof TaskAssigned>;
export type WorkDone = Static<typeof WorkDone>;
export type Why = Static<typeof Why>;
export type Notification = Static<typeof Notification>;
export type Event = Static<typeof Event>;
