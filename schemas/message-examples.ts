import type * as messages from './messages.ts';

/** Of the schemas in messages.ts. */

export const session = '0198c2f0-0000-7000-8000-000000000001';
export const at = (time: string): string => `2026-11-23T${time}.000Z`;

export const ping: messages.Ping = {
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
export const reply: messages.Reply = {
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
export const MESSAGES = {
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
