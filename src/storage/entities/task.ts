import { defineEntity, p } from '@mikro-orm/core';
import type { Bar } from '#domain/model.ts';
import type { AttentionReason, TaskStatus } from '#schemas/vocabulary.ts';
import { id } from './id.ts';

/** A task (`TaskRow`): what is to be done, and where it stands in waiting, escalation and attention. Times are epoch milliseconds. */
export const Task = defineEntity({
  name: 'Task',
  tableName: 'task',
  properties: {
    id: p.type(id).primary(),
    name: p.text(),
    description: p.text().nullable(),
    status: p.text().$type<TaskStatus>(),
    priority: p.integer(),
    required_capabilities: p.json<string[]>(),
    escalation_chain: p.json<string[]>().nullable(),
    blocked_by: p.json<number[]>(),
    deadline: p.bigint('number').nullable(),
    deadline_raised: p.bigint('number').nullable(),
    deadline_unresolved: p.boolean(),
    ping_interval_minutes: p.float().columnType('double precision'),
    is_ping_enabled: p.boolean(),
    needs_attention: p.text().$type<AttentionReason>().nullable(),
    attention_since: p.bigint('number').nullable(),
    attention_remind_at: p.bigint('number').nullable(),
    attention_reminders: p.integer(),
    escalation_count: p.integer(),
    original_agent_id: p.bigint('number').nullable(),
    bars: p.json<Bar[]>(),
    failed_by: p.json<number[]>(),
    parked_assignment_id: p.bigint('number').nullable(),
    queued_at: p.bigint('number').nullable(),
    waiting_notice_at: p.bigint('number').nullable(),
    waiting_notices: p.integer(),
    wake_at: p.bigint('number').nullable(),
    due_at: p.bigint('number').nullable(),
    last_manual_ping: p.bigint('number').nullable(),
    created_by: p.text(),
    created_at: p.bigint('number'),
    closed_at: p.bigint('number').nullable(),
    deleted_at: p.bigint('number').nullable(),
    revision: p.integer(),
  },
  indexes: [
    { name: 'task_due', properties: ['due_at'], where: 'due_at is not null' },
    // As an expression, because a descending column does not come back from SQLite's catalogue and would always look changed.
    { name: 'task_queue', expression: 'create index "task_queue" on "task" ("priority" desc, "id") where queued_at is not null' },
    { name: 'task_attention', properties: ['needs_attention'], where: 'needs_attention is not null' },
    { name: 'task_status', properties: ['status', 'id'], where: 'deleted_at is null' },
    { name: 'task_priority', properties: ['priority', 'id'], where: 'deleted_at is null' },
    { name: 'task_status_priority', properties: ['status', 'priority', 'id'], where: 'deleted_at is null' },
    { name: 'task_deadline', properties: ['deadline', 'id'], where: 'deadline is not null and deleted_at is null' },
    { name: 'task_status_deadline', properties: ['status', 'deadline', 'id'], where: 'deadline is not null and deleted_at is null' },
  ],
});
