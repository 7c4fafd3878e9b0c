import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';

/** A ping on its way to the endpoint of its agent (`WebhookRow`): its own outbox row. */
export const Webhook = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    /** The ping's row. */
    id: p.type(id).primary().autoincrement(false),
    agent_id: p.bigint('number'),
    created_at: p.bigint('number'),
    attempts: p.integer(),
    due_at: p.bigint('number').nullable(),
    outcome: p.text().nullable(),
  },
  indexes: [{ name: 'webhook_due', properties: ['due_at'], where: 'due_at is not null' }],
});
