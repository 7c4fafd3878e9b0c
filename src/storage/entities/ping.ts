import { defineEntity, p } from '@mikro-orm/core';
import type { PingKind } from '#schemas/vocabulary.ts';
import { BLOCK_OF_ID } from '#storage/blocks.ts';
import { Assignment } from './assignment.ts';
import { id } from './id.ts';

/** One attempt of a ping, its own outbox row and its receipts (`PingRow`). */
export const Ping = defineEntity({
  name: 'Ping',
  tableName: 'ping',
  properties: {
    id: p.type(id).primary(),
    ping_id: p.text(),
    assignment_id: () => p.manyToOne(Assignment).mapToPk().index(false),
    agent_id: p.bigint('number'),
    kind: p.text().$type<PingKind>(),
    attempt: p.integer(),
    created_at: p.bigint('number'),
    respond_by: p.bigint('number').nullable(),
    published_at: p.bigint('number').nullable(),
    delivered_at: p.bigint('number').nullable(),
    answered_at: p.bigint('number').nullable(),
    previous_row: p.bigint('number').nullable(),
  },
  indexes: [
    { name: 'ping_unsent', properties: ['id'], where: 'published_at is null' },
    { name: 'ping_agent', expression: `create index "ping_agent" on "ping" (${BLOCK_OF_ID}, "agent_id")` },
    { name: 'ping_unanswered', properties: ['assignment_id'], where: 'answered_at is null' },
  ],
});
