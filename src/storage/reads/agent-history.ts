import type { Assignment } from '#schemas/resources.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import { among, firstOf, type Ids, keptIds, sizeOf } from '#storage/blocks.ts';
import { ALL, and } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, numberOrNull, run } from '#storage/statement.ts';
import type { Page } from './reads.ts';
import { assignmentViews } from './tasks.ts';
import { breathe } from './turn.ts';

/** What one agent was given, and how it was pinged: pages by key, newest first, up to `limit + 1` rows. */
export interface AgentHistory {
  assignmentsOf(agentId: number, page: Page): Promise<Assignment[]>;
  pingsOf(agentId: number, page: Page): Promise<SentPing[]>;
}

export function agentHistory(fork: () => Em): AgentHistory {
  return {
    assignmentsOf: async (agentId, page) => {
      const em = fork();
      const own = and(ALL, 'agent_id = ?', agentId);
      const { where, params } = page.beyond === null ? own : and(own, 'id < ?', page.beyond);
      return assignmentViews(em, await select(em, 'assignment', where, [...params, page.limit + 1], 'order by id desc limit ?'));
    },
    pingsOf: async (agentId, { limit, beyond }) => {
      const em = fork();
      const { low, high } = await keptIds(em, 'ping');
      let rest: Ids = { low, high: Math.min(beyond ?? high, high) };
      const pings: SentPing[] = [];
      for (let n = 0; pings.length <= limit && rest.high - rest.low > 1; n++) {
        if (n > 0) await breathe();
        const ids = firstOf(rest, sizeOf(n), true);
        pings.push(...(await pingsAmong(em, agentId, ids, limit + 1 - pings.length)));
        rest = { low: rest.low, high: ids.low + 1 };
      }
      return pings;
    },
  };
}

/** Newest first, `wanted` at most. */
async function pingsAmong(em: Em, agentId: number, ids: Ids, wanted: number): Promise<SentPing[]> {
  const { where, params } = among(and(ALL, 'agent_id = ?', agentId), dialectOf(em), ids);
  const rows = await run(
    em,
    `select p.*, a.task_id, w.attempts as tries, w.outcome, w.due_at as next_try_at
      from (select id from ping where ${where} order by id desc limit ?) as newest
      join ping as p on p.id = newest.id join assignment as a on a.id = p.assignment_id left join webhook as w on w.id = p.id order by p.id desc`,
    [...params, wanted],
  );
  return rows.map(pingView);
}

const pingView = (row: Record<string, unknown>): SentPing => ({
  id: Number(row['id']),
  ping_id: String(row['ping_id']),
  task_id: Number(row['task_id']),
  assignment_id: Number(row['assignment_id']),
  kind: row['kind'] as SentPing['kind'], // as: the column is written from PING_KINDS alone
  attempt: Number(row['attempt']),
  created_at: iso(Number(row['created_at'])),
  respond_by: isoOrNull(numberOrNull(row['respond_by'])),
  published_at: isoOrNull(numberOrNull(row['published_at'])),
  delivered_at: isoOrNull(numberOrNull(row['delivered_at'])),
  answered_at: isoOrNull(numberOrNull(row['answered_at'])),
  webhook: row['tries'] === null ? null : webhookView(row),
});

const webhookView = (row: Record<string, unknown>): NonNullable<SentPing['webhook']> => ({
  tries: Number(row['tries']),
  outcome: row['outcome'] === null ? null : String(row['outcome']),
  next_try_at: isoOrNull(numberOrNull(row['next_try_at'])),
});
