import { defineEntity, p } from '@mikro-orm/core';

/** Who runs as the coordinator: the single row 1. */
export const Lease = defineEntity({
  name: 'Lease',
  tableName: 'lease',
  properties: {
    id: p.integer().primary().autoincrement(false),
    instance: p.text(),
    pid: p.integer(),
    host: p.text(),
    /** Start time of that process as the system tells it: guards against a reused pid. */
    process_started: p.text().nullable(),
    expires_at: p.bigint('number'),
  },
});
