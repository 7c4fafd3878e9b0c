import { defineEntity, p } from '@mikro-orm/core';
import type { AgentType } from '#schemas/vocabulary.ts';
import { id } from './id.ts';

/** A registered agent (`AgentRow`): identity, limits, liveness. Times are epoch milliseconds. */
export const Agent = defineEntity({
  name: 'Agent',
  tableName: 'agent',
  properties: {
    id: p.type(id).primary(),
    name: p.text(),
    name_key: p.text(),
    type: p.text().$type<AgentType>(),
    capabilities: p.json<string[]>(),
    endpoint_url: p.text().nullable(),
    webhook_secret: p.text(),
    token_hash: p.text(),
    timeout_minutes: p.float().columnType('double precision'),
    max_concurrent: p.integer(),
    is_active: p.boolean(),
    created_at: p.bigint('number'),
    last_acknowledgment: p.bigint('number').nullable(),
    last_heartbeat: p.bigint('number').nullable(),
    heartbeat: p.text().nullable(),
    session: p.text().nullable(),
    interval_seconds: p.float().columnType('double precision').nullable(),
    is_offline: p.boolean(),
    offline_since: p.bigint('number').nullable(),
    in_grace: p.boolean(),
    stale_at: p.bigint('number').nullable(),
    escalate_at: p.bigint('number').nullable(),
    due_at: p.bigint('number').nullable(),
    returned_unproven: p.boolean(),
    revision: p.integer(),
  },
  uniques: [{ name: 'agent_name_key', properties: ['name_key'] }],
  indexes: [
    { name: 'agent_token', properties: ['token_hash'] },
    { name: 'agent_due', properties: ['due_at'], where: 'due_at is not null' },
  ],
});
