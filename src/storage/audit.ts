import { IS_OPEN, isOpenTask } from './conditions.ts';
import { type Em, run } from './statement.ts';

/** Open tasks with pinging on that break the promise: nobody and nothing will act on them, or should have long ago. */
interface Orphans {
  readonly tasks: number[];
  readonly assignments: number[];
}

/** A moment that passed so long ago was missed. */
const LONG_PAST_MS = 60_000;

export async function findOrphans(em: Em, now: number, limit: number): Promise<Orphans> {
  const open = `${isOpenTask('t')} and t.is_ping_enabled`;
  const held = `exists (select 1 from assignment a where a.task_id = t.id and a.${IS_OPEN})`;
  const blocked = `exists (select 1 from task_blocker b join task o on o.id = b.blocker_id where b.task_id = t.id and ${isOpenTask('o')})`;
  const tasks = await run(em, `select t.id as id from task t where ${open} and not ${held} and not ${blocked} and (t.due_at is null or t.due_at < ?) limit ?`, [
    now - LONG_PAST_MS,
    limit,
  ]);
  const assignments = await run(
    em,
    `select a.id as id from assignment a join task t on t.id = a.task_id where a.${IS_OPEN} and ${open} and (a.due_at is null or a.due_at < ?) limit ?`,
    [now - LONG_PAST_MS, limit],
  );
  return { tasks: tasks.map((r) => Number(r['id'])), assignments: assignments.map((r) => Number(r['id'])) };
}

/** Gives each a next moment: now. The sweep then decides what it is. */
export async function repair(em: Em, orphans: Orphans, now: number): Promise<void> {
  for (const id of orphans.tasks) await run(em, 'update task set wake_at = ?, due_at = ? where id = ?', [now, now, id]);
  for (const id of orphans.assignments) await run(em, 'update assignment set due_at = ? where id = ?', [now, id]);
}
