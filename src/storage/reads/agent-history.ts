import type { Assignment } from '#schemas/resources.ts';
import type { SentPing } from '#schemas/sent-ping.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import { ALL, and, IS_OPEN } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { type Dialect, dialectOf, type Em, numberOrNull, run } from '#storage/statement.ts';
import type { Page } from './reads.ts';
import { assignmentViews } from './tasks.ts';

/** What one agent was given, and how it was pinged: pages by key, newest first, up to `limit + 1` rows. */
export interface AgentHistory {
  assignmentsOf(agentId: number, page: Page): Promise<Assignment[]>;
  /** Of its newest ASSIGNMENTS assignments, and as many of its open ones. */
  pingsOf(agentId: number, page: Page): Promise<SentPing[]>;
}

/** Pings are found by their assignment: an index by agent would cost every ping that is written. */
export const ASSIGNMENTS = 100;

const OF_EACH: Readonly<Record<Dialect, string>> = {
  sqlite: 'join ping p on p.id in (select id from ping where assignment_id = a.id and id < ? order by id desc limit ?)',
  postgresql: 'cross join lateral (select * from ping where assignment_id = a.id and id < ? order by id desc limit ?) p',
};
const newest = (which: string): string => `select id, task_id from (select id, task_id from assignment where ${which} order by id desc limit ?) as latest`;

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
      const below = beyond ?? Number.MAX_SAFE_INTEGER;
      const rows = await run(
        em,
        `select p.*, a.task_id, w.attempts as tries, w.outcome, w.due_at as next_try_at from (${newest('agent_id = ?')} union ${newest(`agent_id = ? and ${IS_OPEN}`)}) as a ${OF_EACH[dialectOf(em)]} left join webhook w on w.id = p.id order by p.id desc limit ?`,
        [agentId, ASSIGNMENTS, agentId, ASSIGNMENTS, below, limit + 1, limit + 1],
      );
      return rows.map(pingView);
    },
  };
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
