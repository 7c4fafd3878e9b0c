import type { Change } from '#domain/draft.ts';
import type { PingRow } from '#domain/model.ts';
import { dialectOf, type Em, inList, listOf, numberOrNull, run } from './statement.ts';
import { writeChanges } from './write.ts';

/** An agent answers what it was asked lately: so many of its assignments are looked through, and so many pings of each. */
const RECENT = { assignments: 100, pings: 20 } as const;

const ASSIGNMENT_OF_PING = `with recursive recent as (select id, last_ping_row from assignment where agent_id = ? order by id desc limit ${RECENT.assignments}),
  chain as (
    select r.id as assignment_id, p.ping_id, p.previous_row, 1 as n from recent as r join ping as p on p.id = r.last_ping_row
    union all
    select c.assignment_id, p.ping_id, p.previous_row, c.n + 1 from chain as c join ping as p on p.id = c.previous_row where c.ping_id <> ? and c.n < ${RECENT.pings})
  select assignment_id from chain where ping_id = ? limit 1`;

/** The assignment, open or closed, about which this agent got a ping of this id lately; null where it got none. An index of ping ids would cost every ping. */
export async function assignmentOfPing(em: Em, agentId: number, pingId: string): Promise<number | null> {
  const [row] = await run(em, ASSIGNMENT_OF_PING, [agentId, pingId, pingId]);
  return numberOrNull(row?.['assignment_id']);
}

/**
 * Deletes pings that were never said, out of the chain of their assignment. For the start, before anything else is written: what came after them is looked
 * for among all later pings, of which a crash leaves few.
 */
export async function takeBackPings(em: Em, pings: readonly PingRow[]): Promise<void> {
  if (pings.length === 0) return;
  const before = new Map(pings.map(({ id, previous_row }) => [id, previous_row]));
  const lastKept = (row: unknown): number | null => {
    let id = row === null ? null : Number(row);
    while (id !== null && before.has(id)) id = before.get(id) ?? null;
    return id;
  };
  const is = (column: string): string => inList(dialectOf(em), column);
  const gone = listOf(before.keys());
  const later = await run(em, `select id, previous_row from ping where id > ? and ${is('previous_row')}`, [Math.min(...before.keys()), gone]);
  const heads = await run(em, `select id, last_ping_row from assignment where ${is('id')} and ${is('last_ping_row')}`, [
    listOf(pings.map(({ assignment_id }) => assignment_id)),
    gone,
  ]);
  await writeChanges(em, [
    ...later.map(({ id, previous_row }): Change => ({ op: 'update', table: 'ping', id: Number(id), patch: { previous_row: lastKept(previous_row) } })),
    ...heads.map(({ id, last_ping_row }): Change => ({ op: 'update', table: 'assignment', id: Number(id), patch: { last_ping_row: lastKept(last_ping_row) } })),
  ]);
  await run(em, `delete from ping where ${is('id')} and published_at is null`, [gone]);
}
