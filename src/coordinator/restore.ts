import { alertOf } from '#domain/attention.ts';
import { massStaleAlert } from '#domain/liveness.ts';
import { IS_OPEN } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, listOf } from '#storage/statement.ts';
import type { Outbound } from './port.ts';

/** The embedded broker keeps nothing over a restart: the database is the truth. Puts retained heartbeats and alerts back. */
export async function restoreRetained(em: Em, outbound: Outbound, now: number): Promise<void> {
  const agents = (await select(em, 'agent', 'heartbeat is not null')).filter((agent) => agent.is_active);
  for (const agent of agents) if (agent.heartbeat !== null) await outbound.heartbeat(agent.name, agent.heartbeat);
  const tasks = await select(em, 'task', 'needs_attention is not null and deleted_at is null');
  const holders = await holdersOf(
    em,
    tasks.map((t) => t.id),
  );
  for (const task of tasks) await outbound.alert(task.id, alertOf(task, holders.get(task.id) ?? null));
  const waiting = agents.filter((a) => a.escalate_at !== null);
  const first = waiting[0];
  if (first !== undefined) await outbound.massStale(massStaleAlert(waiting.length, first.offline_since ?? now, first.escalate_at ?? now));
}

async function holdersOf(em: Em, taskIds: number[]): Promise<Map<number, string>> {
  const d = dialectOf(em);
  const open = await select(em, 'assignment', `${inList(d, 'task_id')} and ${IS_OPEN}`, [listOf(taskIds)]);
  const agents = new Map((await select(em, 'agent', inList(d, 'id'), [listOf(open.map((a) => a.agent_id))])).map((a) => [a.id, a.name]));
  return new Map(open.map((a) => [a.task_id, agents.get(a.agent_id) ?? '']));
}
