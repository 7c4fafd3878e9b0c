import { agentStatus } from '#domain/agent-status.ts';
import type { AgentRow, AssignmentRow, PhaseRow, TaskRow, TodoRow } from '#domain/model.ts';
import type { CommentRow, EventRow, NotificationRow } from '#domain/trail.ts';
import type { Comment, Phase, Todo } from '#schemas/conversation.ts';
import type { Agent, Assignment, Event, Notification, Task } from '#schemas/resources.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import { tokenIdOf } from '#storage/secrets.ts';

/** Rows as REST shows them, pure. What a resource derives from other rows arrives beside the row. */

/** An agent's open assignments. `current_task_id`: the newest acknowledged one's task, else the newest other one's, else null. */
export interface Workload {
  readonly acknowledged: number;
  readonly other: number;
  readonly current_task_id: number | null;
}
export const NO_WORK: Workload = { acknowledged: 0, other: 0, current_task_id: null };

export const agentView = (row: AgentRow, work: Workload): Agent => ({
  id: row.id,
  name: row.name,
  type: row.type,
  status: agentStatus(row, work),
  last_acknowledgment: isoOrNull(row.last_acknowledgment),
  current_task_id: work.current_task_id,
  capabilities: row.capabilities,
  endpoint_url: row.endpoint_url,
  timeout_minutes: row.timeout_minutes,
  max_concurrent: row.max_concurrent,
  is_active: row.is_active,
  token_id: tokenIdOf(row.token_hash),
  last_heartbeat: isoOrNull(row.last_heartbeat),
  created_at: iso(row.created_at),
});

/** What a task's assignments say about it: the open one's holder, and the latest ping and ack of any. */
export interface TaskProgress {
  readonly assigned_agent_id: number | null;
  readonly last_ping: number | null;
  readonly last_ack: number | null;
}
export const NO_PROGRESS: TaskProgress = { assigned_agent_id: null, last_ping: null, last_ack: null };

export const taskView = (row: TaskRow, progress: TaskProgress): Task => ({
  id: row.id,
  name: row.name,
  description: row.description,
  status: row.status,
  priority: row.priority,
  required_capabilities: row.required_capabilities,
  escalation_chain: row.escalation_chain,
  blocked_by: row.blocked_by,
  deadline: isoOrNull(row.deadline),
  assigned_agent_id: progress.assigned_agent_id,
  ping_interval_minutes: row.ping_interval_minutes,
  is_ping_enabled: row.is_ping_enabled,
  last_ping: isoOrNull(progress.last_ping),
  last_agent_acknowledgment: isoOrNull(progress.last_ack),
  needs_attention: row.needs_attention,
  created_at: iso(row.created_at),
});

/** `deliveredAt`: the receipt of its newest ping that has one. */
export const assignmentView = (row: AssignmentRow, agentName: string, deliveredAt: number | null): Assignment => ({
  id: row.id,
  task_id: row.task_id,
  agent_id: row.agent_id,
  agent_name: agentName,
  assigned_at: iso(row.assigned_at),
  acknowledged_at: isoOrNull(row.acknowledged_at),
  status: row.status,
  failure_reason: row.failure_reason,
  original_agent_id: row.original_agent_id,
  escalation_count: row.escalation_count,
  snooze_until: isoOrNull(row.snooze_until),
  last_ping_sent: isoOrNull(row.last_ping_sent),
  last_ping_delivered: isoOrNull(deliveredAt),
  pings_sent: row.pings_sent,
  respond_by: isoOrNull(row.respond_by),
  progress: row.progress,
  result: row.result ?? null,
  closed_at: isoOrNull(row.closed_at),
});

export const commentView = (row: CommentRow): Comment => ({
  id: row.id,
  task_id: row.task_id,
  author: row.author,
  content: row.content,
  created_at: iso(row.created_at),
});

export const todoView = (row: TodoRow): Todo => ({
  id: row.id,
  phase_id: row.phase_id,
  title: row.title,
  position: row.position,
  is_done: row.done_at !== null,
  done_at: isoOrNull(row.done_at),
  done_by: row.done_by,
  created_at: iso(row.created_at),
  revision: row.revision,
});

function phaseStatus(row: PhaseRow, todos: readonly TodoRow[]): Phase['status'] {
  if (row.completed_at !== null) return 'done';
  return todos.some((todo) => todo.done_at !== null) ? 'in_progress' : 'todo';
}

/** `todos`: in order. */
export const phaseView = (row: PhaseRow, todos: readonly TodoRow[]): Phase => ({
  id: row.id,
  task_id: row.task_id,
  name: row.name,
  position: row.position,
  status: phaseStatus(row, todos),
  completed_at: isoOrNull(row.completed_at),
  created_at: iso(row.created_at),
  revision: row.revision,
  todos: todos.map(todoView),
});

export const notificationView = (row: NotificationRow): Notification => ({
  id: row.id,
  kind: row.kind,
  task_id: row.task_id,
  title: row.title,
  body: row.body,
  created_at: iso(row.created_at),
  read_at: isoOrNull(row.read_at),
});

/** An event without what it keeps for repeats alone. */
export type ShownRow = Omit<EventRow, 'message_key' | 'reply'>;

/** Also what is published on `coordinator/events/…`; the reply and the message key that a row keeps are nobody's business. */
export const eventView = (row: ShownRow): Event => ({
  id: row.id,
  kind: row.kind,
  at: iso(row.at),
  task_id: row.task_id,
  agent_id: row.agent_id,
  assignment_id: row.assignment_id,
  actor: row.actor,
  channel: row.channel,
  token_id: row.token_id,
  data: row.data,
});
