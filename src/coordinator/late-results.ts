import type { Request } from '#domain/command.ts';
import type { Facts } from '#domain/facts.ts';
import { lateResult } from '#domain/work.ts';
import { type Em, run } from '#storage/statement.ts';
import type { Mask } from './masking.ts';

/** So far back in a task's conversation a late result is looked for. */
const NEWEST = 500;

/** Which late results stand in the conversation already, said by the same agent since the same assignment was closed. */
export async function loadLateResults(em: Em, facts: Facts, requests: readonly Request[], mask: Mask): Promise<void> {
  for (const { command } of requests) {
    const late = command.type === 'complete' ? lateResult(facts, command) : null;
    if (late === null) continue;
    const found = await run(
      em,
      `select 1 as x from comment where id in (select id from comment where task_id = ? order by id desc limit ${NEWEST})
        and author = ? and created_at >= ? and content = ? limit 1`,
      [late.a.task_id, late.author, late.a.closed_at ?? 0, mask(late.content)],
    );
    if (found.length > 0) facts.lateResults.add(late.key);
  }
}
