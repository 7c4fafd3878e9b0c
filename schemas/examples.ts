import type * as live from './live.ts';
import type * as messages from './messages.ts';
import type * as resources from './resources.ts';
import { SETTINGS } from './settings-examples.ts';
import { STATS } from './stats-examples.ts';

/** One true example of every named schema, by its $id; the documents show them. */

const session = '0198c2f0-0000-7000-8000-000000000001';
const at = (time: string): string => `2026-11-23T${time}.000Z`;

const ping: messages.Ping = {
  ping_id: '0198c2f0-7b1e-7c3a-9d0e-3f6f1a2b4c5d',
  assignment_id: 7,
  task_id: 1,
  task_name: 'Write the report',
  task_description: null,
  kind: 'assigned',
  attempt: 1,
  ping_time: at('09:00:00'),
  timeout_minutes: 30,
  respond_by: at('09:30:00'),
  priority: 0,
  deadline: null,
  escalation: null,
};
const reply: messages.Reply = {
  ok: true,
  command: 'ack',
  message_id: '0198c2f0-9a00-7000-8000-0000000000aa',
  task_id: 1,
  instruction: 'continue',
  assignment: {
    id: 7,
    status: 'acknowledged',
    failure_reason: null,
    acknowledged_at: at('09:00:05'),
    respond_by: at('09:30:05'),
    snooze_until: null,
    version: 3,
  },
};
const MESSAGES = {
  ping,
  reply,
  ack: { task_id: 1, assignment_id: 7, ping_id: ping.ping_id, message_id: 'any string up to 128', note: 'on it', progress: 0.25, busy_until: null },
  snooze: { task_id: 1, minutes: 15, reason: 'waiting for CI' },
  complete: { task_id: 1, result: { url: 'https://example.org/report' }, note: 'two pages' },
  fail: { task_id: 1, reason: 'no access to the repository' },
  assign: { task_id: 1, agent_name: 'bob' },
  sync: { message_id: 'after the reconnect' },
  webhook_answer: { snooze_minutes: 15 },
  heartbeat: { status: 'online', session, interval_seconds: 30, busy_until: null, sent_at: at('09:00:00'), info: { version: '1.4' } },
  coordinator_status: { state: 'online', instance: session, version: '2.0.0', since: at('08:00:00'), valid_until: at('09:00:45') },
  alert: { task_id: 1, task_name: 'Write the report', reason: 'escalation_exhausted', holder: 'Ruto', since: at('11:00:00') },
  mass_stale_alert: { reason: 'mass_stale', agents: 37, since: at('10:00:00'), escalate_at: at('10:02:00') },
} satisfies {
  ack: messages.Ack;
  snooze: messages.Snooze;
  complete: messages.Complete;
  fail: messages.Fail;
  assign: messages.Assign;
  sync: messages.Sync;
  webhook_answer: messages.WebhookAnswer;
  heartbeat: messages.Heartbeat;
  coordinator_status: messages.CoordinatorStatus;
  alert: messages.Alert;
  mass_stale_alert: messages.MassStaleAlert;
  [more: string]: unknown;
};

const agent: resources.Agent = {
  id: 2,
  name: 'alice',
  type: 'sub_agent',
  status: 'working',
  last_acknowledgment: at('09:00:05'),
  current_task_id: 1,
  capabilities: ['python', 'writing'],
  endpoint_url: null,
  timeout_minutes: 30,
  max_concurrent: 1,
  is_active: true,
  token_id: '5f0c6d4e2b1a',
  last_heartbeat: at('09:00:30'),
  created_at: at('08:00:00'),
};
const task: resources.Task = {
  id: 1,
  name: 'Write the report',
  description: 'Two pages, with figures',
  status: 'in_progress',
  priority: 5,
  required_capabilities: ['writing'],
  escalation_chain: null,
  blocked_by: [],
  deadline: at('17:00:00'),
  assigned_agent_id: 2,
  ping_interval_minutes: 30,
  is_ping_enabled: true,
  last_ping: at('09:00:00'),
  last_agent_acknowledgment: at('09:00:05'),
  needs_attention: null,
  created_at: at('08:59:59'),
};
const assignment: resources.Assignment = {
  id: 7,
  task_id: 1,
  agent_id: 2,
  agent_name: 'alice',
  assigned_at: at('09:00:00'),
  acknowledged_at: at('09:00:05'),
  status: 'acknowledged',
  failure_reason: null,
  original_agent_id: null,
  escalation_count: 0,
  snooze_until: null,
  last_ping_sent: at('09:00:00'),
  last_ping_delivered: at('09:00:00'),
  pings_sent: 1,
  respond_by: at('09:30:05'),
  progress: 0.25,
  result: null,
  closed_at: null,
};
const comment: resources.Comment = { id: 4, task_id: 1, author: 'alice', content: 'on it', created_at: at('09:00:05') };
const todo: resources.Todo = {
  id: 11,
  phase_id: 5,
  title: 'Ask for the figures',
  position: 1,
  is_done: true,
  done_at: at('09:10:00'),
  done_by: 'alice',
  created_at: at('09:05:00'),
  revision: 2,
};
const phase: resources.Phase = {
  id: 5,
  task_id: 1,
  name: 'Research',
  position: 1,
  status: 'done',
  completed_at: at('09:10:00'),
  created_at: at('09:05:00'),
  revision: 1,
  todos: [todo],
};
const seen: live.Session = {
  id: 4,
  actor: 'admin',
  agent_id: null,
  token_id: 'admin/session-4',
  user_agent: 'Mozilla/5.0',
  created_at: at('08:00:00'),
  used_at: at('09:00:00'),
  expires_at: at('21:00:00'),
  is_current: true,
};
const notification: resources.Notification = {
  id: 3,
  kind: 'attention',
  task_id: 1,
  title: 'Write the report needs a person',
  body: 'Nobody is left to take it over.',
  created_at: at('11:00:00'),
  read_at: null,
};
const why: resources.Why = {
  task_id: 1,
  next: { at: at('09:15:05'), rule: 'alice is pinged again' },
  considered: [
    { agent: 'Ruto', passed_over: 'is a main agent' },
    { agent: 'alice', passed_over: 'holds it' },
  ],
  chain: [{ agent: 'Ruto', passed_over: null }],
  blocked_by: [],
  if_nobody_answers: [{ at: at('09:30:05'), event: 'assignment.escalated', agent: 'Ruto', data: { from: 'alice', to: 'Ruto', reason: 'timeout' } }],
};

const event: resources.Event = {
  id: 812,
  kind: 'assignment.escalated',
  at: at('09:30:05'),
  task_id: 1,
  agent_id: 3,
  assignment_id: 9,
  actor: 'coordinator',
  channel: 'coordinator',
  token_id: null,
  data: {},
};

export const EXAMPLES: Readonly<Record<string, unknown>> = {
  ...MESSAGES,
  agent,
  agent_create: { name: 'alice', capabilities: ['python', 'writing'], timeout_minutes: 30 },
  agent_patch: { max_concurrent: 2 },
  agent_changed: { ...agent, max_concurrent: 2, message: 'Agent updated', agent_id: 2 },
  agent_created: {
    ...agent,
    status: 'idle',
    last_acknowledgment: null,
    current_task_id: null,
    last_heartbeat: null,
    token: `psa_${'A'.repeat(43)}`,
    webhook_secret: `whsec_${'A'.repeat(43)}=`,
    message: 'Agent alice is registered. Keep the token: it is not shown again.',
    agent_id: 2,
  },
  agent_token: {
    agent_id: 2,
    name: 'alice',
    token: `psa_${'B'.repeat(43)}`,
    token_id: '90b1a2c3d4e5',
    message: 'The old token stopped working. Keep this one: it is not shown again.',
  },
  agent_done: { message: 'Agent alice is deactivated; its history stays.', agent_id: 2 },
  task,
  task_create: { name: 'Write the report', agent_name: 'alice', priority: 5, deadline: at('17:00:00') },
  task_patch: { priority: 9 },
  task_changed: { ...task, message: 'Task 1 is updated', agent_id: 2 },
  task_done: { message: 'Task 1 is deleted; its events stay.', task_id: 1 },
  task_assign: { agent_name: 'alice' },
  task_assigned: { message: 'Task 1 is assigned to alice', agent, agent_id: 2, assignment_id: 7, assignment },
  task_bulk: { action: 'assign', filter: { needs_attention: 'no_target' }, agent_name: 'alice' },
  task_bulk_done: {
    message: '1 done, 1 refused',
    done: 1,
    failed: 1,
    has_more: false,
    items: [
      { task_id: 9, ok: true, message: 'Task 9 assigned to alice' },
      { task_id: 4, ok: false, error: { code: 'task_closed', detail: 'Task 4 is done; reopen it first (status todo).' } },
    ],
  },
  task_pinged: { message: 'Pinged alice', task_id: 1, agent_id: 2, assignment_id: 7, assignment },
  assignment,
  work_done: { ...reply, message: 'Task 1 acknowledged', agent_id: 2, acknowledged_at: at('09:00:05'), snooze_until: null },
  why,
  comment,
  comment_create: { content: 'Please add the figures of October' },
  comment_added: { ...comment, message: 'Comment added' },
  notification,
  notification_read: { ...notification, read_at: at('11:05:00'), message: 'Marked as read' },
  event,
  todo,
  todo_create: { title: 'Ask for the figures' },
  todo_patch: { is_done: true },
  todo_changed: { ...todo, message: 'Todo 11 is done' },
  todo_done: { message: 'Todo 11 is deleted', todo_id: 11, phase_id: 5, task_id: 1 },
  phase,
  phase_create: { name: 'Research' },
  phase_patch: { position: 2 },
  phase_changed: { ...phase, message: 'The phase is changed' },
  phase_done: { message: 'Phase 5 is deleted', phase_id: 5, task_id: 1 },
  session: seen,
  session_create: { token: `psm_${'A'.repeat(43)}` },
  who_am_i: { actor: 'admin', role: 'admin', agent_id: null, token_id: 'admin/session-4', session: seen },
  feed_snapshot: {
    type: 'snapshot',
    last_event_id: 812,
    resumed: false,
    agents: [agent],
    tasks: [task],
    assignments: [assignment],
    stats: null,
    truncated: false,
  },
  feed_event: { type: 'event', event, agent, task, assignment },
  ...STATS,
  ...SETTINGS,
  health: { status: 'ok' },
  problem: {
    type: 'urn:ping-system:problem:task_not_found',
    title: 'No such task',
    status: 404,
    detail: 'There is no such task.',
    code: 'task_not_found',
  },
};
