import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { pass, request, said, sendAtOnce, startServer, stopServer } from './server-process.ts';

/**
 * Durable acks per second: N clients ack every ping as it comes; the server runs in its own process. Beside it the same loop against the bare broker,
 * which answers with the same messages and stores nothing: the ratio is the price of durability. `stock` is Aedes as it comes instead of our delivery.
 * The CPU time of the server tells the same on a machine that is busy with other things, where rates do not. Rounds are interleaved; the median is shown.
 *
 * What bounds it is the one thread that does everything. A ping and its ack cost it three to four times the CPU time that they cost the bare broker. By the
 * clock a quarter of that is SQLite's statements, a twelfth its commits (one fsync for 330 acks), a tenth the collection of garbage, and the rest takes
 * packets, loads, decides and binds rows, and says what is to be said, in a flat profile. What is written per ack has a budget, which
 * test/coordinator/budget.test.ts keeps.
 *
 * Tried on two cores and not kept: SQLite on a thread of its own, all writes of a batch on one journey (88 to 97 µs of CPU an ack against 71 to 76, and
 * 10,800 to 11,400 acks/s against 13,600 to 14,500, as decisions wait for rows and rows for decisions); pages of 1, 2 and 8 kB; a cache of rows; larger
 * batches; a larger young generation.
 *
 *   npm run bench -- acks [clients] [tasks per client] [seconds] [rounds]
 */
const [clients = 100, tasks = 60, seconds = 8, rounds = 1] = process.argv.slice(2).map(Number);
/** Until the code is compiled. */
const WARM_UP_MS = 3000;

interface Result {
  readonly acks: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the server per ack, µs. */
  readonly cpu: number;
  /** 0 where nothing is stored. */
  readonly commits: number;
  /** Acks and what the sweep decided (each ping is one). */
  readonly commands: number;
}

type Mode = 'durable' | 'bare' | 'stock';

/** One agent that acks each ping the moment it arrives, without waiting for anything. */
async function agent(url: string, name: string, password: string, times: number[]): Promise<MqttClient> {
  const client = await connectAsync(url, { username: name, password, clientId: `${name}-${randomUUID().slice(0, 8)}` });
  sendAtOnce(client);
  await client.subscribeAsync([`agents/${name}/ping`, `agents/${name}/reply`], { qos: 1 });
  client.on('message', (topic, payload) => {
    if (!topic.endsWith('/ping')) return;
    const { task_id } = JSON.parse(payload.toString());
    const began = performance.now();
    client.publish(`agents/${name}/ack`, JSON.stringify({ task_id, message_id: uuidv7() }), { qos: 1 }, () => times.push(performance.now() - began));
  });
  return client;
}

async function run(mode: Mode): Promise<Result> {
  const server = await startServer(mode);
  const { child, mqtt, http } = server;
  const times: number[] = [];
  const names = Array.from({ length: clients }, (_, i) => `bench-${i}`);
  const agents: MqttClient[] = [];
  const give = async (name: string): Promise<void> => {
    for (let t = 1; t <= tasks; t += 1) {
      if (mode !== 'durable') child.send({ agent: name, task: t });
      else await request(http, 'POST', '/tasks', { name: 'task of the benchmark', agent_name: name, ping_interval_minutes: 0.005 });
    }
  };
  for (const name of names) {
    const token = mode !== 'durable' ? 'x' : (await request<{ token: string }>(http, 'POST', '/agents', { name, max_concurrent: 10_000 })).token;
    agents.push(await agent(mqtt, name, token, times));
  }
  await Promise.all(names.map((name) => give(name)));
  await pass(WARM_UP_MS);
  const before = await gaugesOf(child);
  times.length = 0;
  const began = performance.now();
  await pass(seconds * 1000);
  const took = (performance.now() - began) / 1000;
  const sorted = times.slice().sort((a, b) => a - b);
  const after = await gaugesOf(child);
  for (const client of agents) client.end(true);
  await stopServer(server);
  const at = (q: number): number => sorted[Math.floor(sorted.length * q)] ?? Number.NaN;
  return {
    acks: sorted.length,
    rate: sorted.length / took,
    p50: at(0.5),
    p99: at(0.99),
    cpu: (after.cpu - before.cpu) / sorted.length,
    commits: after.commits - before.commits,
    commands: after.commands - before.commands,
  };
}

interface Gauges {
  readonly commits: number;
  readonly commands: number;
  readonly cpu: number;
}

function gaugesOf(child: ChildProcess): Promise<Gauges> {
  child.send('gauges');
  return said(child);
}

function show(name: string, r: Result): void {
  const { acks, commits, commands } = r;
  const batch = commits === 0 ? '' : `, ${commits} commits, ${(acks / commits).toFixed(1)} acks and ${(commands / commits).toFixed(1)} commands per commit`;
  const times = `publish to PUBACK p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms`;
  console.log(`${name.padEnd(8)} ${r.rate.toFixed(0)} acks/s, ${times}, server CPU ${r.cpu.toFixed(1)} µs an ack${batch}`);
}

const MODES = ['durable', 'bare', 'stock'] as const;
const results: Record<Mode, Result[]> = { durable: [], bare: [], stock: [] };
console.log(`${clients} clients, ${tasks} tasks each, ${seconds} s, ${rounds} rounds`);
for (let round = 0; round < rounds; round += 1) {
  for (const mode of MODES) {
    const result = await run(mode);
    results[mode].push(result);
    show(mode, result);
  }
}
const median = (mode: Mode, of: (r: Result) => number): number => results[mode].map(of).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
const rateTo = (mode: Mode): string => (median('durable', (r) => r.rate) / median(mode, (r) => r.rate)).toFixed(2);
const cpuTo = (mode: Mode): string => (median(mode, (r) => r.cpu) / median('durable', (r) => r.cpu)).toFixed(2);
console.log(`ratio    ${rateTo('bare')} of the bare broker's rate, ${rateTo('stock')} of stock Aedes'; by CPU an ack ${cpuTo('bare')} and ${cpuTo('stock')}`);
