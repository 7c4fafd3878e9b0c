import { defineEntity, p } from '@mikro-orm/core';
import { id } from './id.ts';

/** The self-heartbeat: one row per uninterrupted stretch in which commands could be taken and committed. Gaps between rows are outages. */
export const Pulse = defineEntity({
  name: 'Pulse',
  tableName: 'pulse',
  properties: {
    id: p.type(id).primary(),
    instance: p.text(),
    from_at: p.bigint('number'),
    /** Renewed by every heartbeat. */
    until_at: p.bigint('number'),
    /** Monotonic milliseconds of that instance at `until_at`. */
    monotonic: p.float().columnType('double precision'),
  },
});
