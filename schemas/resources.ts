import Type, { type Static, type TSchema } from 'typebox';
import { AgentName, Capabilities, Id, Json, Line, Maybe, Minutes, Nullable, Progress, Text, Time } from './scalars.ts';
import { AGENT_STATUSES, AGENT_TYPES, ASSIGNMENT_STATUSES, ATTENTION_REASONS, FAILURE_REASONS, TASK_STATUSES } from './vocabulary.ts';

/** Shapes of the REST API, contract §4. */

export const Agent = Type.Object(
  {
    id: Id,
    name: AgentName,
    type: Type.Enum([...AGENT_TYPES]),
    status: Type.Enum([...AGENT_STATUSES]),
    last_acknowledgment: Nullable(Time),
    current_task_id: Nullable(Id),
    capabilities: Capabilities,
    endpoint_url: Nullable(Type.String()),
    timeout_minutes: Minutes,
    max_concurrent: Type.Integer({ minimum: 1 }),
    is_active: Type.Boolean(),
    last_heartbeat: Nullable(Time),
    created_at: Time,
  },
  { $id: 'agent', title: 'Agent' },
);
const agentFields = {
  capabilities: Type.Optional(Capabilities),
  endpoint_url: Maybe(Type.String({ format: 'uri', maxLength: 2048 })),
  timeout_minutes: Type.Optional(Minutes),
  max_concurrent: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
};
export const AgentCreate = Type.Object(
  { name: AgentName, type: Type.Optional(Type.Enum([...AGENT_TYPES])), ...agentFields },
  { $id: 'agent_create', title: 'AgentCreate' },
);
export const AgentPatch = Type.Object({ ...agentFields, is_active: Type.Optional(Type.Boolean()) }, { $id: 'agent_patch', title: 'AgentPatch' });
export const AgentCreated = Type.Object(
  { ...Agent.properties, token: Type.String(), webhook_secret: Type.String(), message: Type.String(), agent_id: Id },
  { $id: 'agent_created', title: 'AgentCreated' },
);
export const AgentToken = Type.Object(
  { agent_id: Id, name: AgentName, token: Type.String(), message: Type.String() },
  { $id: 'agent_token', title: 'AgentToken' },
);

export const Task = Type.Object(
  {
    id: Id,
    name: Line,
    description: Nullable(Text),
    status: Type.Enum([...TASK_STATUSES]),
    priority: Type.Integer(),
    required_capabilities: Capabilities,
    escalation_chain: Nullable(Type.Array(AgentName)),
    blocked_by: Type.Array(Id),
    deadline: Nullable(Time),
    assigned_agent_id: Nullable(Id),
    ping_interval_minutes: Minutes,
    is_ping_enabled: Type.Boolean(),
    last_ping: Nullable(Time),
    last_agent_acknowledgment: Nullable(Time),
    needs_attention: Nullable(Type.Enum([...ATTENTION_REASONS])),
    created_at: Time,
  },
  { $id: 'task', title: 'Task' },
);
const taskFields = {
  description: Maybe(Text),
  priority: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
  required_capabilities: Type.Optional(Capabilities),
  escalation_chain: Maybe(Type.Array(AgentName, { maxItems: 32 })),
  blocked_by: Type.Optional(Type.Array(Id, { maxItems: 100, uniqueItems: true })),
  deadline: Maybe(Time),
  ping_interval_minutes: Type.Optional(Minutes),
  is_ping_enabled: Type.Optional(Type.Boolean()),
};
export const TaskCreate = Type.Object(
  { name: Line, agent_name: Maybe(Type.String({ maxLength: 63 })), ...taskFields },
  { $id: 'task_create', title: 'TaskCreate' },
);
export const TaskPatch = Type.Object(
  { name: Type.Optional(Line), status: Type.Optional(Type.Enum([...TASK_STATUSES])), ...taskFields },
  { $id: 'task_patch', title: 'TaskPatch' },
);
export const TaskAssign = Type.Object({ agent_name: Maybe(Type.String({ maxLength: 63 })) }, { $id: 'task_assign', title: 'TaskAssign' });

export const Assignment = Type.Object(
  {
    id: Id,
    task_id: Id,
    agent_id: Id,
    agent_name: AgentName,
    assigned_at: Time,
    acknowledged_at: Nullable(Time),
    status: Type.Enum([...ASSIGNMENT_STATUSES]),
    failure_reason: Nullable(Type.Enum([...FAILURE_REASONS])),
    original_agent_id: Nullable(Id),
    escalation_count: Type.Integer({ minimum: 0 }),
    snooze_until: Nullable(Time),
    last_ping_sent: Nullable(Time),
    last_ping_delivered: Nullable(Time),
    pings_sent: Type.Integer({ minimum: 0 }),
    respond_by: Nullable(Time),
    progress: Nullable(Progress),
    result: Json,
    closed_at: Nullable(Time),
  },
  { $id: 'assignment', title: 'Assignment' },
);
export const TaskAssigned = Type.Object(
  { message: Type.String(), agent: Nullable(Agent), assignment_id: Nullable(Id), assignment: Nullable(Assignment) },
  { $id: 'task_assigned', title: 'TaskAssigned' },
);

export const Comment = Type.Object({ id: Id, task_id: Id, author: Type.String(), content: Text, created_at: Time }, { $id: 'comment', title: 'Comment' });
export const CommentCreate = Type.Object({ content: Type.String({ minLength: 1, maxLength: 65_536 }) }, { $id: 'comment_create', title: 'CommentCreate' });

export const Notification = Type.Object(
  { id: Id, kind: Type.String(), task_id: Nullable(Id), title: Type.String(), body: Type.String(), created_at: Time, read_at: Nullable(Time) },
  { $id: 'notification', title: 'Notification' },
);

/** A fact of the audit trail; also the payload on `coordinator/events/<thing>/<what>`. Its id increases in commit order. */
export const Event = Type.Object(
  {
    id: Id,
    kind: Type.String(),
    at: Time,
    task_id: Nullable(Id),
    agent_id: Nullable(Id),
    assignment_id: Nullable(Id),
    actor: Type.String(),
    data: Type.Record(Type.String(), Json),
  },
  { $id: 'event', title: 'Event' },
);

/** RFC 9457, with our code; for validation the places that are wrong; for a refused command the reply's fields. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
  },
  { $id: 'problem', title: 'Problem' },
);

/** One page of a list; next_cursor null on the last. */
export const Page = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item), next_cursor: Nullable(Type.String()) });
export const Done = Type.Object({ message: Type.String() }, { $id: 'done', title: 'Done' });

export type Agent = Static<typeof Agent>;
export type AgentCreate = Static<typeof AgentCreate>;
export type AgentPatch = Static<typeof AgentPatch>;
export type AgentCreated = Static<typeof AgentCreated>;
export type Task = Static<typeof Task>;
export type TaskCreate = Static<typeof TaskCreate>;
export type TaskPatch = Static<typeof TaskPatch>;
export type Assignment = Static<typeof Assignment>;
export type TaskAssigned = Static<typeof TaskAssigned>;
export type Comment = Static<typeof Comment>;
export type Notification = Static<typeof Notification>;
export type Event = Static<typeof Event>;
export type Problem = Static<typeof Problem>;
