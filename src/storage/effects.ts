import type { Sweeping } from '#domain/draft.ts';
import { type Dialect, dialectOf, type Em, inList, listOf, run } from './statement.ts';

/** Set-based effects of decisions, in the transaction that commits them. */
export async function writeEffects(em: Em, effects: readonly Sweeping[], now: number): Promise<void> {
  if (effects.length === 0) return;
  await answerPings(em, effects);
  if (effects.some((e) => e.op === 'queue')) await run(em, WAKE_QUEUE, [now, now]);
  else await wakeForCapacity(em, effects, now);
  if (effects.some((e) => e.op === 'parked')) await run(em, WAKE_PARKED, [now, now]);
}

async function answerPings(em: Em, effects: readonly Sweeping[]): Promise<void> {
  const answered = effects.filter((e) => e.op === 'answered');
  const at = answered.at(-1)?.at;
  if (at === undefined) return;
  await run(em, `update ping set answered_at = ? where ${inList(dialectOf(em), 'assignment_id')} and answered_at is null`, [
    at,
    listOf(answered.map((e) => e.assignment_id)),
  ]);
}

const WAKE_QUEUE = 'update task set wake_at = ?, due_at = ? where queued_at is not null';
const WAKE_PARKED = `update task set wake_at = ?, due_at = ? where needs_attention = 'no_target'`;

/** The first waiting tasks, by priority and age, that a freed agent is able to do; nothing to look for while nobody waits. */
async function wakeForCapacity(em: Em, effects: readonly Sweeping[], now: number): Promise<void> {
  const slots = new Map<string, number>();
  for (const e of effects) {
    if (e.op !== 'capacity') continue;
    const key = JSON.stringify([...e.capabilities].sort());
    slots.set(key, (slots.get(key) ?? 0) + e.slots);
  }
  if (slots.size === 0) return;
  const [waiting] = await run(em, 'select 1 as x from task where queued_at is not null limit 1');
  if (waiting === undefined) return;
  for (const [capabilities, n] of slots) await run(em, WAKE_CAPABLE[dialectOf(em)], [now, now, capabilities, n]);
}

const WAKE_CAPABLE: Readonly<Record<Dialect, string>> = {
  sqlite: `update task set wake_at = ?, due_at = ? where id in (
    select id from task where queued_at is not null
      and not exists (select 1 from json_each(task.required_capabilities) need where need.value not in (select value from json_each(?)))
    order by priority desc, id limit ?)`,
  postgresql: `update task set wake_at = ?, due_at = ? where id in (
    select id from task where queued_at is not null and required_capabilities <@ ?::jsonb order by priority desc, id limit ?)`,
};
