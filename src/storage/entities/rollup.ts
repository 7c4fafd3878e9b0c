import { defineEntity, p } from '@mikro-orm/core';

/** What the figures of GET /stats are summed from: one row per bucket and agent, agent 0 being the fleet and -1 the fleet by the hour. The columns are those of COUNTERS (figures.ts). */
export const Rollup = defineEntity({
  name: 'Rollup',
  tableName: 'rollup',
  properties: {
    /** Start of the bucket. First in the key: what a commit touches lies side by side. */
    at: p.bigint('number').primary(),
    agent_id: p.bigint('number').primary(),
    in_time: p.bigint('number'),
    late: p.bigint('number'),
    missed: p.bigint('number'),
    no_deadline: p.bigint('number'),
    unasked: p.bigint('number'),
    not_asked: p.bigint('number'),
    withdrawn_stale: p.bigint('number'),
    withdrawn_reassigned: p.bigint('number'),
    withdrawn_cancelled: p.bigint('number'),
    withdrawn_deactivated: p.bigint('number'),
    withdrawn_completed: p.bigint('number'),
    response_ms: p.bigint('number'),
    escalated: p.bigint('number'),
    escalated_successful: p.bigint('number'),
    escalated_withdrawn: p.bigint('number'),
    escalated_nobody: p.bigint('number'),
    published: p.bigint('number'),
    delivered: p.bigint('number'),
    no_receipt: p.bigint('number'),
    snoozes: p.bigint('number'),
    too_late: p.bigint('number'),
    false_alarms: p.bigint('number'),
  },
});

/** How many responses fell into each bin of the logarithmic scale (figures.ts). */
export const RollupResponse = defineEntity({
  name: 'RollupResponse',
  tableName: 'rollup_response',
  properties: {
    at: p.bigint('number').primary(),
    agent_id: p.bigint('number').primary(),
    bin: p.integer().primary(),
    n: p.bigint('number'),
  },
});
