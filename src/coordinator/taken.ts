import type { Facts } from '#domain/facts.ts';
import { IS_TAKEN } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';

/** So far back an agent is told what was taken from it. */
export const TAKEN_MS = 24 * 3_600_000;
/** So many of an agent's losses are looked through, the latest ones. */
const MAX_LOOKED = 500;

/** What was taken from each of these agents lately, as it was taken. */
export async function loadTaken(em: Em, facts: Facts, agents: ReadonlySet<number>, now: number): Promise<void> {
  const newest = `select id, row_number() over (partition by agent_id order by closed_at desc, id desc) as n
    from assignment where ${inList(dialectOf(em), 'agent_id')} and ${IS_TAKEN} and closed_at > ?`;
  const where = `id in (select id from (${newest}) as lately where n <= ${MAX_LOOKED})`;
  for (const row of await select(em, 'assignment', where, [listOf(agents), now - TAKEN_MS], 'order by closed_at, id')) {
    const taken = facts.taken.get(row.agent_id);
    if (taken === undefined) facts.taken.set(row.agent_id, [row]);
    else taken.push(row);
  }
}
