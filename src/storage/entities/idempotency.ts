import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';

/**
 * What was done under an `Idempotency-Key`, for 24 h. `outcome` is written in the transaction of the command, `status`, `headers` and `body` (JSON
 * texts) once it is answered. Bookkeeping of the HTTP edge; times are epoch milliseconds.
 */
export const Idempotency = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  properties: {
    id: p.type(id).primary(),
    principal: p.text(),
    request_key: p.text(),
    /** Of method, path and body. */
    request_hash: p.text(),
    /** The server that is at it, or was. */
    instance: p.text(),
    /** Also tells this reservation from a later one of the same row. */
    reserved_at: p.bigint('number'),
    outcome: p.text().nullable(),
    status: p.integer().nullable(),
    headers: p.text().nullable(),
    body: p.text().nullable(),
  },
  uniques: [{ name: 'idempotency_key', properties: ['principal', 'request_key'] }],
  indexes: [{ name: 'idempotency_age', properties: ['reserved_at'] }],
});
