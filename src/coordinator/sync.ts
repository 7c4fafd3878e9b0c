import type { AgentRow, AssignmentRow, TaskRow } from '#domain/model.ts';
import type { OpenItem, Reply, TakenItem } from '#schemas/messages.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import { IS_OPEN, IS_TAKEN } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';
import { TAKEN_MS } from './taken.ts';

/** An agent's answer stays below the payload bound: so many of each at most, newest first. */
const MAX_ITEMS = 100;

/** What an agent owes, and what was taken from it in the last 24 h and by whom it is held now. Reads only. */
export async function syncReply(em: Em, agentId: number, now: number, messageId: string | undefined): Promise<Reply> {
  const d = dialectOf(em);
  const open = await select(em, 'assignment', `agent_id = ? and ${IS_OPEN}`, [agentId], `order by id desc limit ${MAX_ITEMS}`);
  const taken = await select(
    em,
    'assignment',
    `agent_id = ? and ${IS_TAKEN} and closed_at > ?`,
    [agentId, now - TAKEN_MS],
    `order by id desc limit ${MAX_ITEMS}`,
  );
  const taskIds = listOf([...open, ...taken].map((a) => a.task_id));
  const tasks = new Map((await select(em, 'task', inList(d, 'id'), [taskIds])).map((t) => [t.id, t]));
  const held = await select(em, 'assignment', `${inList(d, 'task_id')} and ${IS_OPEN}`, [listOf(taken.map((a) => a.task_id))]);
  const holders = new Map((await select(em, 'agent', inList(d, 'id'), [listOf(held.map((a) => a.agent_id))])).map((a) => [a.id, a]));
  return {
    ok: true,
    command: 'sync',
    message_id: messageId ?? null,
    instruction: 'none',
    open: open.flatMap((a) => openItem(a, tasks.get(a.task_id))),
    taken: taken.flatMap((a) => takenItem(a, tasks.get(a.task_id), holderOf(a.task_id, held, holders))),
  };
}

function holderOf(taskId: number, held: readonly AssignmentRow[], holders: ReadonlyMap<number, AgentRow>): string | null {
  const a = held.find((h) => h.task_id === taskId);
  return a === undefined ? null : (holders.get(a.agent_id)?.name ?? null);
}

function openItem(a: AssignmentRow, task: TaskRow | undefined): OpenItem[] {
  if (task === undefined) return [];
  return [
    {
      assignment_id: a.id,
      task_id: task.id,
      task_name: task.name,
      task_description: task.description,
      status: a.status,
      ping_id: a.ping_id,
      respond_by: isoOrNull(a.respond_by),
      snooze_until: isoOrNull(a.snooze_until),
      priority: task.priority,
      deadline: isoOrNull(task.deadline),
    },
  ];
}

function takenItem(a: AssignmentRow, task: TaskRow | undefined, held_by: string | null): TakenItem[] {
  if (task === undefined) return [];
  return [
    { assignment_id: a.id, task_id: task.id, task_name: task.name, failure_reason: a.failure_reason, taken_at: iso(a.closed_at ?? a.assigned_at), held_by },
  ];
}
