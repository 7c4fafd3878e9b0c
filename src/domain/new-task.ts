import type { CreateTask } from './command.ts';
import type { Draft } from './draft.ts';
import { NOT_QUEUED, type TaskRow } from './model.ts';

/** A new task's row with nothing happened yet. */
export const newTask = (draft: Draft, command: CreateTask): TaskRow => ({
  id: draft.facts.ids.next('task'),
  name: command.name,
  description: command.description ?? null,
  status: 'todo',
  priority: command.priority ?? 0,
  required_capabilities: command.required_capabilities ?? [],
  escalation_chain: command.escalation_chain ?? null,
  blocked_by: command.blocked_by ?? [],
  deadline: command.deadline ?? null,
  deadline_raised: null,
  deadline_unresolved: false,
  ping_interval_minutes: command.ping_interval_minutes ?? draft.policy.defaultPingIntervalMinutes,
  is_ping_enabled: command.is_ping_enabled ?? true,
  needs_attention: null,
  attention_since: null,
  attention_remind_at: null,
  attention_reminders: 0,
  escalation_count: 0,
  original_agent_id: null,
  bars: [],
  failed_by: [],
  parked_assignment_id: null,
  ...NOT_QUEUED,
  wake_at: null,
  due_at: command.deadline ?? null,
  last_manual_ping: null,
  created_by: draft.actor,
  created_at: draft.now,
  closed_at: null,
  deleted_at: null,
  revision: 1,
});
