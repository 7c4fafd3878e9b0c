import type { Ping } from '#schemas/messages.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import type { PingKind } from '#schemas/vocabulary.ts';
import { reminderLeft, schedule } from './assignment.ts';
import type { Draft, Message } from './draft.ts';
import type { AgentRow, AssignmentRow, PingRow, TaskRow } from './model.ts';
import type { Resend } from './own-command.ts';

/** Asks the holder: a new ping, or the unanswered one again with the next attempt. Reminders count from here. */
export function sendPing(draft: Draft, a: AssignmentRow, task: TaskRow, agent: AgentRow, kind: PingKind): void {
  const { now, facts } = draft;
  const ping_id = a.ping_id ?? facts.ids.pingId();
  const attempt = a.attempt + 1;
  const row: PingRow = {
    id: facts.ids.next('ping'),
    ping_id,
    assignment_id: a.id,
    agent_id: agent.id,
    kind,
    attempt,
    created_at: now,
    respond_by: a.respond_by,
    published_at: null,
    delivered_at: null,
    answered_at: null,
    previous_row: a.last_ping_row,
  };
  // Where a window begins with this ping, so does the time to answer it.
  const isFirst = a.asked_at === null || a.attempt === 0 || kind === 'assigned' || kind === 'snooze_over';
  const sent = {
    ping_id,
    attempt,
    asked_at: isFirst ? now : a.asked_at,
    last_ping_sent: now,
    last_ping_row: row.id,
    pings_sent: a.pings_sent + 1,
    owes_resend: false,
    remind_at: reminderLeft(a, kind),
  };
  draft.insert('ping', row);
  draft.updateAssignment(a, { ...sent, ...schedule({ ...a, ...sent }, task, now) });
  draft.event('assignment.pinged', { task: task.id, agent: agent.id, assignment: a.id, data: { kind, attempt, ping_id } });
  if (agent.endpoint_url !== null) draft.insert('webhook', { id: row.id, agent_id: agent.id, created_at: now, attempts: 0, due_at: now, outcome: null });
  draft.say(pingMessage(row, a, task, agent));
}

/** Sends each unanswered ping again that was never written to the connection the agent listens on now; none during a snooze, when only a person pings. */
export function resend(draft: Draft, command: Resend): void {
  const agent = draft.facts.agents.get(command.agent_id);
  if (agent === undefined || !agent.is_active) return;
  for (const a of draft.facts.openHeldBy(agent.id)) {
    const task = draft.facts.tasks.get(a.task_id);
    // one that was decided in this very batch is on its way
    if (task !== undefined && a.status !== 'snoozed' && a.ping_id !== null && a.last_ping_sent !== draft.now && !command.has(a.ping_id))
      sendPing(draft, a, task, agent, 'resent');
  }
}

/** A ping as it is said; also used to say again what a crash left unsaid. */
export const pingMessage = (row: PingRow, a: AssignmentRow, task: TaskRow, agent: AgentRow): Message => ({
  to: 'ping',
  agent: agent.name,
  row,
  payload: pingPayload(row, a, task, agent),
  byWebhook: agent.endpoint_url !== null,
});

/** Whether this attempt is what the holder is being asked by now: nothing was answered, and nothing asked later. */
export const stillAsks = (row: PingRow, a: AssignmentRow): boolean => a.ping_id === row.ping_id && a.attempt === row.attempt;

/** The payload of a ping (contract §2). */
export function pingPayload(row: PingRow, a: AssignmentRow, task: TaskRow, agent: AgentRow): Ping {
  return {
    ping_id: row.ping_id,
    assignment_id: a.id,
    task_id: task.id,
    task_name: task.name,
    task_description: task.description,
    kind: row.kind,
    attempt: row.attempt,
    ping_time: iso(row.created_at),
    timeout_minutes: agent.timeout_minutes,
    respond_by: isoOrNull(row.respond_by),
    priority: task.priority,
    deadline: isoOrNull(task.deadline),
    escalation:
      a.escalated_from === null || a.escalated_reason === null ? null : { from: a.escalated_from, reason: a.escalated_reason, count: a.escalation_count },
  };
}
