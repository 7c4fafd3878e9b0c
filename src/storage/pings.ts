import type { PingRow } from '#domain/model.ts';
import { type Em, run } from './statement.ts';

/** The ping of this assignment that came after that one. */
const AFTER = `with recursive chain as (
    select p.id, p.previous_row from assignment as a join ping as p on p.id = a.last_ping_row where a.id = ?
    union all
    select p.id, p.previous_row from chain as c join ping as p on p.id = c.previous_row where c.previous_row >= ?)
  select id from chain where previous_row = ?`;

/** Deletes pings that were never said, out of the chain of their assignment. One after another: there are few, and only after a crash. */
export async function takeBackPings(em: Em, pings: readonly PingRow[]): Promise<void> {
  const newestFirst = pings.toSorted((a, b) => b.id - a.id);
  for (const { id, assignment_id, previous_row } of newestFirst) {
    await run(em, 'update assignment set last_ping_row = ? where id = ? and last_ping_row = ?', [previous_row, assignment_id, id]);
    await run(em, `update ping set previous_row = ? where id in (${AFTER})`, [previous_row, assignment_id, id, id]);
    await run(em, 'delete from ping where id = ?', [id]);
  }
}
