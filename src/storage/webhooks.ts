import type { AgentRow, AssignmentRow, PingRow, TaskRow } from '#domain/model.ts';
import { select } from './select.ts';
import { type Dialect, dialectOf, type Em, inList, listOf, numberOrNull, run } from './statement.ts';

/** Pings on their way to endpoints: found by their due column, claimed before they are sent, settled afterwards. */

export interface Claimed {
  /** The ping's row. */
  readonly id: number;
  readonly agent_id: number;
  readonly created_at: number;
  /** Times it was sent, this one included. */
  readonly attempts: number;
}

const notOf = (dialect: Dialect): string => `not (${inList(dialect, 'agent_id')})`;

/**
 * Takes the first `limit` that are due, at most `perAgent` of one agent and none of `busy` ones: due again at `until`, so that a crash before they are
 * settled sends them again. Call it in a transaction.
 */
export async function claimWebhooks(em: Em, now: number, until: number, limit: number, perAgent: number, busy: readonly number[]): Promise<Claimed[]> {
  const rows = await run(
    em,
    `update webhook set due_at = ?, attempts = attempts + 1 where id in (
      select id from (
        select id, due_at, row_number() over (partition by agent_id order by due_at, id) as nth from webhook where due_at <= ? and ${notOf(dialectOf(em))}
      ) as due where nth <= ? order by due_at, id limit ?) returning id, agent_id, created_at, attempts`,
    [until, now, listOf(busy), perAgent, limit],
  );
  return rows
    .map((row) => ({ id: Number(row['id']), agent_id: Number(row['agent_id']), created_at: Number(row['created_at']), attempts: Number(row['attempts']) }))
    .sort((a, b) => a.id - b.id);
}

/** The next moment at which one is due, those of `busy` agents aside; null: none. */
export async function nextWebhook(em: Em, busy: readonly number[]): Promise<number | null> {
  const [row] = await run(em, `select min(due_at) as at from webhook where due_at is not null and ${notOf(dialectOf(em))}`, [listOf(busy)]);
  return numberOrNull(row?.['at']);
}

/** It is done with (`due_at` null) or tried again then; `outcome` says what happened, for people. */
export async function settleWebhook(em: Em, id: number, due_at: number | null, outcome: string): Promise<void> {
  await run(em, 'update webhook set due_at = ?, outcome = ? where id = ?', [due_at, outcome, id]);
}

/** A ping with everything that is said in it. */
export interface Asking {
  readonly ping: PingRow;
  readonly assignment: AssignmentRow;
  readonly task: TaskRow;
  readonly agent: AgentRow;
}

/** What these pings ask of whom; one whose assignment is gone is left out. */
export async function askings(em: Em, pings: readonly PingRow[]): Promise<Asking[]> {
  const by = async <T extends 'assignment' | 'task' | 'agent'>(table: T, ids: readonly number[]) =>
    new Map((await select(em, table, inList(dialectOf(em), 'id'), [listOf(ids)])).map((row) => [row.id, row]));
  const assignments = await by(
    'assignment',
    pings.map((p) => p.assignment_id),
  );
  const tasks = await by(
    'task',
    [...assignments.values()].map((a) => a.task_id),
  );
  const agents = await by(
    'agent',
    pings.map((p) => p.agent_id),
  );
  return pings.flatMap((ping) => {
    const assignment = assignments.get(ping.assignment_id);
    const task = tasks.get(assignment?.task_id ?? 0);
    const agent = agents.get(ping.agent_id);
    return assignment === undefined || task === undefined || agent === undefined ? [] : [{ ping, assignment, task, agent }];
  });
}
