import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { openStorage, type Storage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';

/**
 * GET /events?q= over 1,000,000 events (pings and answers with notes, of 200 agents): how long a request takes, how long the one thread
 * is held at most, and how long it is until all were looked through. The words: found nowhere, in one event, in every event, and in every event but
 * only in the name of a field, which is the most work there can be.
 *
 *   npm run bench -- search [events]
 */
const [events = 1_000_000] = process.argv.slice(2).map(Number);
const TOKEN = 'bench-admin-token';
const BEGAN = Date.now() - 30 * 86_400_000; // younger than what is pruned
const dataDir = await mkdtemp(join(tmpdir(), 'ping-bench-'));
const config = loadConfig({ DATA_DIR: dataDir, HTTP_PORT: '0', MQTT_PORT: '0', API_AUTH_TOKEN: TOKEN, LOG_LEVEL: 'error' }, {});

const PINGED = `json_object('kind', 'reminder', 'attempt', 1, 'ping_id', lower(hex(randomblob(16))))`;
const ACKED = `json_object('note', case i when 51 then 'the needle' else 'still at it, so far ' || i || ' lines' end, 'progress', 0.25, 'respond_by', '2026-11-23T09:30:00.000Z')`;

async function fill(storage: Storage): Promise<void> {
  const counted = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)';
  await storage.em().transactional(async (em) => {
    await run(em, `${counted} insert into agent (${AGENT_COLUMNS}) select i + 1, 'agent-' || i, 'agent-' || i, ${AGENT_VALUES} from n`, [200]);
    await run(
      em,
      `${counted} insert into event (kind, at, task_id, agent_id, assignment_id, actor, channel, data)
       select case i % 2 when 0 then 'assignment.pinged' else 'assignment.acknowledged' end, ? + i * 2500, i % 10000 + 1, i % 200 + 1, i % 10000 + 1,
         'agent-' || (i % 200 + 1), 'mqtt', case i % 2 when 0 then ${PINGED} else ${ACKED} end from n`,
      [events, BEGAN],
    );
  });
}
const AGENT_COLUMNS =
  'id, name, name_key, type, capabilities, token_hash, webhook_secret, timeout_minutes, max_concurrent, is_active, created_at, is_offline, in_grace, returned_unproven, revision';
const AGENT_VALUES = `'sub_agent', '[]', 'hash' || i, 'secret', 30, 1, 1, 0, 0, 0, 0, 1`;

async function search(http: string, q: string, most: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  let found = 0;
  let cursor: string | null = '';
  delay.enable();
  while (cursor !== null && times.length < most) {
    const began = performance.now();
    const path = `/events?order=desc&limit=100&q=${encodeURIComponent(q)}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const answer = await fetch(http + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    const page = (await answer.json()) as { items: unknown[]; next_cursor: string | null }; // as: what this path answers
    times.push(performance.now() - began);
    found += page.items.length;
    cursor = page.next_cursor;
  }
  delay.disable();
  const sorted = times.toSorted((a, b) => a - b);
  const all = times.reduce((sum, time) => sum + time, 0);
  const ms = (n = 0): string => `${n.toFixed(0)} ms`;
  console.log(
    `${q.padEnd(24)} ${String(found).padStart(6)} found by ${String(times.length).padStart(3)} requests in ${ms(all)}: median ${ms(sorted[sorted.length >> 1])}, worst ${ms(sorted.at(-1))}; the thread held ${ms(delay.max / 1e6)} at most`,
  );
}

{
  await using storage = await openStorage({ database: config.database, dataDir });
  await fill(storage);
}
const app = await startApp(config);
const http = app.listeners.find(({ name }) => name === 'http')?.url.replace(/\/$/, '') ?? '';
for (const [q, most] of [
  ['nowhere', 1000],
  ['needle', 1000],
  ['agent-7', 50],
  ['at', 50],
  ['assignment', 50],
  ['ag as at so la fa pr nowhere', 1000],
  ['progress', 1000],
  ['é', 1000],
] as const)
  await search(http, q, most);
await app.close();
await rm(dataDir, { recursive: true, force: true });
