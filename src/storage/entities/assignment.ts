import { defineEntity, p } from '@mikro-orm/core';
import type { AssignmentStatus, FailureReason } from '#schemas/vocabulary.ts';
import { IS_OPEN, IS_TAKEN, IS_UNDECIDED } from '#storage/conditions.ts';
import { Agent } from './agent.ts';
import { id } from './id.ts';
import { Task } from './task.ts';

/** One task given to one agent (`AssignmentRow`). The partial unique index is what enforces at most one open assignment per task (contract §1.4). */
export const Assignment = defineEntity({
  name: 'Assignment',
  tableName: 'assignment',
  properties: {
    id: p.type(id).primary(),
    task_id: () => p.manyToOne(Task).mapToPk().index(false),
    agent_id: () => p.manyToOne(Agent).mapToPk().index(false),
    status: p.text().$type<AssignmentStatus>(),
    failure_reason: p.text().$type<FailureReason>().nullable(),
    assigned_at: p.bigint('number'),
    assigned_by: p.text(),
    acknowledged_at: p.bigint('number').nullable(),
    last_ack_at: p.bigint('number').nullable(),
    answered_at: p.bigint('number').nullable(),
    silent_since: p.bigint('number').nullable(),
    window_start: p.bigint('number'),
    respond_by: p.bigint('number').nullable(),
    remind_at: p.bigint('number').nullable(),
    owes_resend: p.boolean(),
    snooze_until: p.bigint('number').nullable(),
    snoozes: p.integer(),
    original_agent_id: p.bigint('number').nullable(),
    escalation_count: p.integer(),
    escalated_from: p.text().nullable(),
    escalated_reason: p.text().$type<FailureReason>().nullable(),
    chain: p.json<string[]>(),
    progress: p.float().columnType('double precision').nullable(),
    result: p.json<unknown>().nullable(),
    closed_at: p.bigint('number').nullable(),
    closed_by_holder: p.boolean(),
    ping_id: p.text().nullable(),
    attempt: p.integer(),
    asked_at: p.bigint('number').nullable(),
    last_ping_sent: p.bigint('number').nullable(),
    last_ping_row: p.bigint('number').nullable(),
    pings_sent: p.integer(),
    due_at: p.bigint('number').nullable(),
    version: p.integer(),
  },
  uniques: [{ name: 'assignment_one_open', properties: ['task_id'], where: IS_OPEN }],
  indexes: [
    { name: 'assignment_due', properties: ['due_at'], where: 'due_at is not null' },
    { name: 'assignment_held', properties: ['agent_id'], where: IS_OPEN },
    { name: 'assignment_undecided', properties: ['assigned_at', 'agent_id'], where: IS_UNDECIDED },
    { name: 'assignment_history', properties: ['task_id', 'id'] },
    { name: 'assignment_taken', properties: ['agent_id', 'closed_at'], where: IS_TAKEN },
    { name: 'assignment_of_agent', properties: ['agent_id', 'id'] },
  ],
});
