import type { TaskCounts } from '#schemas/answers.ts';
import { ALL, and, type Conditions, IS_OPEN } from '#storage/conditions.ts';
import { type Em, run } from '#storage/statement.ts';
import type { TaskFilter } from './reads.ts';
import { breathe } from './turn.ts';

/** Of each state, so many are counted at most. */
export const MAX_COUNTED = 100_000;
/** Open tasks counted in one statement, which takes 2 ms, as long as closed ones take 40 times as many: SQLite holds up everyone meanwhile. */
const CHUNK = 2_500;

type Word = Exclude<keyof TaskCounts, 'done' | 'cancelled'>;

/** How many tasks stand where; with `owner` those that this agent holds or has held.  */
export async function taskCounts(em: Em, owner: TaskFilter['owner_id']): Promise<TaskCounts> {
  const own = owner === null ? ALL : and(ALL, 't.id in (select held.task_id from assignment as held where held.agent_id = ?)', owner);
  const counts = { todo: 0, in_progress: 0, unassigned: 0, pending: 0, acknowledged: 0, snoozed: 0, needs_attention: 0 };
  for (const status of ['todo', 'in_progress'] as const) {
    for (let last: number | null = 0; last !== null && counts[status] < MAX_COUNTED; ) {
      const chunk = await openTasks(em, own, status, last);
      for (const { word, n } of chunk.words) {
        counts[word] += n;
        counts[status] += n;
      }
      last = chunk.last;
      if (last !== null) await breathe();
    }
  }
  return { ...counts, done: await closedTasks(em, own, 'done'), cancelled: await closedTasks(em, own, 'cancelled') };
}

/** So many beyond this id; `last`: where to go on, null at the end. */
async function openTasks(em: Em, { where, params }: Conditions, status: 'todo' | 'in_progress', beyond: number) {
  const rows = await run(
    em,
    `select word, count(*) as n, max(id) as last from (
       select t.id, case when t.needs_attention is not null then 'needs_attention' else coalesce(a.status, 'unassigned') end as word
         from task as t left join (select task_id, status from assignment where ${IS_OPEN}) as a on a.task_id = t.id
        where t.deleted_at is null and t.status = ? and t.id > ? and ${where} order by t.id limit ?) as chunk group by word`,
    [status, beyond, ...params, CHUNK],
  );
  const words = rows.map((row) => ({ word: String(row['word']) as Word, n: Number(row['n']) })); // as: the statement makes no others
  const isFull = words.reduce((sum, { n }) => sum + n, 0) === CHUNK;
  return { words, last: isFull ? Math.max(...rows.map((row) => Number(row['last']))) : null };
}

async function closedTasks(em: Em, { where, params }: Conditions, status: 'done' | 'cancelled'): Promise<number> {
  const sql = `select count(*) as n from (select t.id from task as t where t.deleted_at is null and t.status = ? and ${where} limit ?) as closed`;
  const [row] = await run(em, sql, [status, ...params, MAX_COUNTED]);
  return Number(row?.['n'] ?? 0);
}
