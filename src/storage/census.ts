import type { AgentStatus, AttentionReason, OpenStatus } from '#schemas/vocabulary.ts';
import { IS_OPEN } from './conditions.ts';
import { type Em, run } from './statement.ts';

/** How many there are of each now; a word that nothing has is not in it. */
export interface Census {
  /** Active ones. */
  readonly agents: ReadonlyMap<AgentStatus, number>;
  readonly assignments: ReadonlyMap<OpenStatus, number>;
  readonly attention: ReadonlyMap<AttentionReason, number>;
  readonly queued: number;
  /** Pings that the transport has not taken. */
  readonly unsent: number;
}

/** Counted by indexes of what is open, so that the cost is that of the agents and of what is open, not of history. The status of an agent is derived as in domain/agent-status.ts. */
export async function census(em: Em): Promise<Census> {
  const agents = await counts<AgentStatus>(
    em,
    `select case when a.is_offline then 'offline' when w.acknowledged > 0 then 'working' when w.held > 0 then 'busy' else 'idle' end as word, count(*) as n
       from agent as a
       left join (select agent_id, count(*) as held, sum(case when status = 'acknowledged' then 1 else 0 end) as acknowledged
                    from assignment where ${IS_OPEN} group by agent_id) as w on w.agent_id = a.id
      where a.is_active group by 1`,
  );
  return {
    agents,
    assignments: await counts<OpenStatus>(em, `select status as word, count(*) as n from assignment where ${IS_OPEN} group by status`),
    attention: await counts<AttentionReason>(
      em,
      'select needs_attention as word, count(*) as n from task where needs_attention is not null group by needs_attention',
    ),
    queued: await one(em, 'select count(*) as n from task where queued_at is not null'),
    unsent: await one(em, 'select count(*) as n from ping where published_at is null'),
  };
}

async function counts<Word extends string>(em: Em, sql: string): Promise<Map<Word, number>> {
  // as: the column holds nothing but these words
  return new Map((await run(em, sql)).map((row) => [String(row['word']) as Word, Number(row['n'])]));
}

async function one(em: Em, sql: string): Promise<number> {
  const [row] = await run(em, sql);
  return Number(row?.['n'] ?? 0);
}
