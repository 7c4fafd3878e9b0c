import { defineEntity, p } from '@mikro-orm/core';
import type { Channel, EventKind } from '#schemas/vocabulary.ts';
import { BLOCK_OF_ID } from '#storage/blocks.ts';
import { id } from './id.ts';

/** The audit trail (`EventRow`), in commit order. No foreign keys: events outlive what they speak of. Two secondary indexes at most: every write pays for them. */
export const Event = defineEntity({
  name: 'Event',
  tableName: 'event',
  properties: {
    id: p.type(id).primary(),
    kind: p.text().$type<EventKind>(),
    at: p.bigint('number'),
    task_id: p.bigint('number').nullable(),
    agent_id: p.bigint('number').nullable(),
    assignment_id: p.bigint('number').nullable(),
    actor: p.text(),
    channel: p.text().$type<Channel>(),
    token_id: p.text().nullable(),
    data: p.json<Record<string, unknown>>(),
    message_key: p.text().nullable(),
    reply: p.json<unknown>().nullable(),
  },
  uniques: [{ name: 'event_message_key', properties: ['message_key'], where: 'message_key is not null' }],
  indexes: [{ name: 'event_task', expression: `create index "event_task" on "event" (${BLOCK_OF_ID}, "task_id") where task_id is not null` }],
});
