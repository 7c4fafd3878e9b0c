import type { Phase } from '#schemas/conversation.ts';
import type { Agent, Assignment, Task } from '#schemas/resources.ts';
import { clip, fields, listed, printable, table, when } from './output.ts';
import type { Rest } from './rest.ts';

export type AgentNames = ReadonlyMap<number, string>;

export async function agentNames(rest: Rest): Promise<AgentNames> {
  return new Map((await rest.all<Agent>('/agents', { is_active: 'any' })).map((agent) => [agent.id, agent.name]));
}

export const nameOf = (id: number | null, names: AgentNames): string => (id === null ? '–' : (names.get(id) ?? `#${id}`));

/** One task, for people. */
export function describeTask(t: Task, names: AgentNames): string {
  return fields([
    ['task', `${t.id}  ${printable(t.name)}`],
    ...(t.description === null ? [] : [['description', printable(t.description)] as const]),
    ['status', t.status],
    ['holder', nameOf(t.assigned_agent_id, names)],
    ['needs attention', t.needs_attention ?? '–'],
    ['priority', String(t.priority)],
    ['capabilities', listed(t.required_capabilities)],
    ['blocked by', listed(t.blocked_by.map(String))],
    ['deadline', when(t.deadline)],
    ['pinging', t.is_ping_enabled ? `every ${t.ping_interval_minutes} min without an answer, or once midway where that leaves no time for one` : 'off'],
    ['last ping', when(t.last_ping)],
    ['last ack', when(t.last_agent_acknowledgment)],
    ['added', when(t.created_at)],
  ]);
}

/** A phase and its todos. */
export const checklist = (phase: Phase): string =>
  [`  ${clip(phase.name)} (${phase.status})`, ...phase.todos.map((todo) => `    [${todo.is_done ? 'x' : ' '}] ${clip(todo.title, 100)}`)].join('\n');

/** Who held it, oldest first, and how each assignment ended. */
export function timeline(task: Task, newestFirst: readonly Assignment[], names: AgentNames): string {
  if (newestFirst.length === 0) return `Nobody has held it yet. Give it to someone: ping-system task assign ${task.id} AGENT`;
  const rows = newestFirst
    .toReversed()
    .map((a) => [
      when(a.assigned_at),
      a.agent_name,
      a.failure_reason === null ? a.status : `${a.status} (${a.failure_reason})`,
      a.escalation_count === 0 ? '–' : `${a.escalation_count}, first ${nameOf(a.original_agent_id, names)}`,
      String(a.pings_sent),
      when(a.acknowledged_at),
      a.snooze_until === null ? when(a.respond_by) : `snoozed to ${when(a.snooze_until)}`,
      when(a.closed_at),
    ]);
  return table(['ASSIGNED', 'AGENT', 'STATUS', 'ESCALATION', 'PINGS', 'ACKNOWLEDGED', 'RESPOND BY', 'CLOSED'], rows);
}
