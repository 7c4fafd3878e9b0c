import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { incrementsOf, type Measure } from '#domain/figures.ts';
import { startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { addToRollup } from '#storage/rollup.ts';
import { run } from '#storage/statement.ts';

/**
 * GET /stats over 1,000,000 events in 30 days (a ping, its answer, and their receipts, of 200 agents): the time of each window; and what counting costs
 * a commit.
 *
 *   npm run bench -- stats [events]
 */
const [events = 1_000_000] = process.argv.slice(2).map(Number);
const AGENTS = 200;
const DAYS = 30;
const TOKEN = 'bench-admin-token';
const now = Date.now();
const dataDir = await mkdtemp(join(tmpdir(), 'ping-bench-'));
const config = loadConfig({ DATA_DIR: dataDir, HTTP_PORT: '0', MQTT_PORT: '0', API_AUTH_TOKEN: TOKEN, LOG_LEVEL: 'error' }, {});

/** Every second event is an answer: pinged, answered after some seconds to minutes. */
function measures(from: number, to: number): Measure[] {
  return Array.from({ length: to - from }, (_, i): Measure[] => {
    const at = now - DAYS * 86_400_000 + Math.floor(((from + i) / (events / 2)) * DAYS * 86_400_000);
    const agent_id = 2 + ((from + i) % AGENTS);
    const response_ms = Math.floor(1000 * 2 ** (Math.random() * 10));
    return [
      { of: 'published', agent_id, at, receipt: true },
      { of: 'delivered', agent_id, at },
      { of: 'answer', agent_id, at, command: 'ack', outcome: 'in_time', response_ms },
    ];
  }).flat();
}

async function fill(storage: Storage): Promise<void> {
  await storage.em().transactional((em) =>
    run(
      em,
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       insert into event (id, kind, at, task_id, agent_id, assignment_id, actor, channel, data)
       select i, case i % 2 when 0 then 'assignment.pinged' else 'assignment.acknowledged' end, ? + i * 2592, i % 10000 + 1, i % 200 + 2, i % 10000 + 1, 'bench', 'mqtt', '{}' from n`,
      [events, now - DAYS * 86_400_000],
    ),
  );
  for (let from = 0; from < events / 2; from += 5000) {
    const some = measures(from, Math.min(from + 5000, events / 2));
    await storage.em().transactional((em) => addToRollup(em, incrementsOf(some)));
  }
}

async function size(storage: Storage): Promise<string> {
  const n = async (table: string): Promise<number> => Number((await run(storage.em(), `select count(*) as n from ${table}`))[0]?.['n']);
  return `${await n('event')} events, ${await n('rollup')} roll-up rows, ${await n('rollup_response')} bins`;
}

/** A commit of so many acks, all in one bucket, as most are. */
async function counting(storage: Storage, acks: number): Promise<void> {
  const some = measures(0, acks).map((m) => ({ ...m, at: now }));
  const times: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    await storage.em().transactional(async (em) => {
      const began = performance.now();
      await addToRollup(em, incrementsOf(some));
      times.push(performance.now() - began);
    });
  }
  times.sort((a, b) => a - b);
  const [median = 0] = times.slice(100);
  console.log(`counting ${String(acks).padStart(4)} acks of a commit: ${median.toFixed(2)} ms, ${((1000 * median) / acks).toFixed(1)} µs each`);
}

async function ask(http: string, path: string): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 11; i += 1) {
    const began = performance.now();
    const answer = await fetch(http + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    const body = (await answer.json()) as { ack_rate: { denominator: number } }; // as: what this path answers
    times.push(performance.now() - began);
    if (path.includes('30d') && body.ack_rate.denominator === 0) throw new Error('it counted nothing');
  }
  const sorted = times.slice(1).sort((a, b) => a - b);
  console.log(`${path.padEnd(32)} first ${times[0]?.toFixed(1)} ms, then median ${sorted[5]?.toFixed(1)} ms, worst ${sorted.at(-1)?.toFixed(1)} ms`);
}

{
  await using storage = await openStorage({ database: config.database, dataDir });
  await fill(storage);
  console.log(await size(storage));
}
const app = await startApp(config);
const http = app.listeners.find(({ name }) => name === 'http')?.url ?? '';
await fetch(`${http}/agents`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }, body: '{"name":"alice"}' });
for (const window of ['1h', '24h', '7d', '30d']) await ask(http, `/stats?window=${window}`);
await ask(http, '/agents/2/stats?window=30d');
await app.close();
{
  await using storage = await openStorage({ database: config.database, dataDir });
  for (const acks of [1, 36, 100, 250]) await counting(storage, acks);
}
await rm(dataDir, { recursive: true, force: true });
