import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '#domain/draft.ts';
import { nextIds } from '#storage/ids.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { select } from '#storage/select.ts';
import { inList, listOf, run } from '#storage/statement.ts';
import { writeChanges } from '#storage/write.ts';
import { ROWS } from '#test/storage/rows.ts';

/**
 * What storage alone costs on SQLite: a ping and its ack, many to a transaction, and reading a row.
 *
 *   npm run bench -- storage
 */
const BATCH = 100;
const ROUNDS = 30;
const ids = Array.from({ length: BATCH }, (_, i) => i + 1);

/** 100 agents, each with a task of its own. */
const fleet = (): Change[] =>
  ids.flatMap((id): Change[] => [
    { op: 'insert', table: 'agent', row: { ...ROWS.agent, id, name: `agent-${id}`, name_key: `agent-${id}`, token_hash: `t${id}` } },
    { op: 'insert', table: 'task', row: { ...ROWS.task, id, queued_at: null, needs_attention: null } },
    { op: 'insert', table: 'assignment', row: { ...ROWS.assignment, id, task_id: id, agent_id: id, result: null } },
  ]);

/** What a ping and its ack leave behind: one assignment patch, two events, one ping. */
function pair(id: number, at: number, [pinged = 0, acknowledged = 0]: readonly number[], ping: number): Change[] {
  const event = { ...ROWS.event, at, task_id: id, agent_id: id, assignment_id: id, actor: `agent-${id}` };
  return [
    {
      op: 'update',
      table: 'assignment',
      id,
      patch: {
        status: 'acknowledged',
        last_ack_at: at,
        answered_at: at,
        window_start: at,
        respond_by: at,
        remind_at: at,
        due_at: at,
        ping_id: null,
        attempt: 0,
      },
    },
    { op: 'insert', table: 'event', row: { ...event, id: pinged, kind: 'assignment.pinged', message_key: null, reply: null } },
    { op: 'insert', table: 'event', row: { ...event, id: acknowledged, message_key: `${acknowledged}:${id}` } },
    {
      op: 'insert',
      table: 'ping',
      row: { ...ROWS.ping, id: ping, assignment_id: id, agent_id: id, created_at: at, published_at: null, delivered_at: null, answered_at: null },
    },
  ];
}

async function batch(storage: Storage, round: number): Promise<void> {
  await storage.em().transactional(async (em) => {
    await select(em, 'assignment', inList(storage.dialect, 'id'), [listOf(ids)]);
    const pings = await nextIds(em, 'ping', BATCH);
    const events = await nextIds(em, 'event', 2 * BATCH);
    const at = ROWS.event.at + round;
    await writeChanges(
      em,
      ids.flatMap((id, i) => pair(id, at, events.slice(2 * i), pings[i] ?? 0)),
    );
  });
}

/** Microseconds of this process's time and of the clock, per `n`. */
async function measured(n: number, work: () => Promise<unknown>): Promise<string> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return `${((user + system) / n).toFixed(1)} µs of CPU, ${(((performance.now() - start) * 1000) / n).toFixed(1)} µs in all`;
}

const dataDir = await mkdtemp(join(tmpdir(), 'ping-bench-'));
try {
  await using storage = await openStorage({ database: { kind: 'sqlite', file: join(dataDir, 'bench.sqlite') }, dataDir });
  await storage.em().transactional((em) => writeChanges(em, fleet()));
  for (let round = 0; round < 5; round++) await batch(storage, round); // warm
  const writing = await measured(BATCH * ROUNDS, async () => {
    for (let round = 0; round < ROUNDS; round++) await batch(storage, round);
  });
  const reading = await measured(BATCH * ROUNDS, async () => {
    for (let round = 0; round < ROUNDS; round++) await select(storage.em(), 'assignment', inList(storage.dialect, 'id'), [listOf(ids)]);
  });
  const [kept] = await run(storage.em(), 'select count(*) as n from event');
  if (kept?.['n'] !== 2 * BATCH * (ROUNDS + 5)) throw new Error(`${kept?.['n']} events were kept`);
  console.log(`${BATCH} pings and acks per transaction, each ${writing}; reading a row ${reading}`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
