import { earliest } from '#domain/moments.ts';
import { type Em, numberOrNull, run } from './statement.ts';

/** What is due, by the indexed due columns: the cost is that of the rows due, not of all rows. */

export interface DueIds {
  readonly agents: number[];
  readonly tasks: number[];
  readonly assignments: number[];
}

/** Rows whose moment has come, at most `limit` of each kind; tasks by priority, then age. */
export async function dueNow(em: Em, now: number, limit: number): Promise<DueIds> {
  const ids = async (sql: string): Promise<number[]> => (await run(em, sql, [now, limit])).map((row) => Number(row['id']));
  return {
    agents: await ids('select id from agent where due_at <= ? order by due_at limit ?'),
    tasks: await ids('select id from (select id, priority from task where due_at <= ?) as due order by priority desc, id limit ?'),
    assignments: await ids('select id from assignment where due_at <= ? order by due_at limit ?'),
  };
}

/** The next moment anything is due; null when nothing is. */
export async function nextDue(em: Em): Promise<number | null> {
  const [row] = await run(
    em,
    `select (select min(due_at) from agent where due_at is not null) as agent, (select min(due_at) from task where due_at is not null) as task,
      (select min(due_at) from assignment where due_at is not null) as assignment`,
  );
  return earliest(numberOrNull(row?.['agent']), numberOrNull(row?.['task']), numberOrNull(row?.['assignment']));
}

/** A row whose evaluation throws must not stop the sweep: it is looked at again later. */
export async function pushForward(em: Em, table: 'agent' | 'task' | 'assignment', id: number, until: number): Promise<void> {
  await run(em, `update ${table} set due_at = ? where id = ?`, [until, id]);
}
