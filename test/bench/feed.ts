import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { WebSocket } from 'ws';

/**
 * The live feed under many readers, with the readers in this process and the server in its own.
 *
 *   node test/bench/feed.ts [readers] [events a second] [seconds]
 *
 * An event's delay is from its `at`, which is read before its commit, to its arrival; looked at for every twentieth reader.
 */
const [readers = 500, rate = 200, seconds = 10] = process.argv.slice(2).map(Number);
const ADMIN = 'bench-admin-token';
const HEADERS = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };

const child = fork(new URL('./server.ts', import.meta.url), ['durable'], { execArgv: process.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const [{ http }] = (await once(child, 'message')) as [{ http: string }];

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(http + path, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** CPU of the server so far, in seconds: utime and stime, in ticks of 10 ms (proc(5)). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Without a parser: a reader in this process must cost less than the server it measures. */
const EVENT = Buffer.from('{"type":"event","event":{"id":');
function idOf(message: Buffer): number | null {
  if (!message.subarray(0, EVENT.length).equals(EVENT)) return null;
  let id = 0;
  for (let at = EVENT.length; message[at] !== undefined && message[at] !== 0x2c; at++) id = id * 10 + (message[at] ?? 0) - 0x30;
  return id;
}

const SAMPLED = 20;
const AT = Buffer.from('"at":"');
const last: number[] = [];
const delays: number[] = [];
let gaps = 0;
let arrivals = 0;

function arrived(reader: number, id: number, message: Buffer): void {
  const before = last[reader];
  if (before !== undefined && id !== before + 1) gaps += 1;
  last[reader] = id;
  arrivals += 1;
  if (reader % SAMPLED !== 0) return;
  const at = message.indexOf(AT) + AT.length;
  delays.push(Date.now() - Date.parse(message.toString('latin1', at, at + 24)));
}

async function open(reader: number): Promise<WebSocket> {
  const socket = new WebSocket(`${http.replace('http', 'ws')}/ws`, { headers: HEADERS, skipUTF8Validation: true });
  socket.on('message', (data: Buffer) => {
    const id = idOf(data);
    if (id !== null) arrived(reader, id, data);
  });
  await once(socket, 'message');
  return socket;
}

const { id: task } = await post('/tasks', { name: 'task of the benchmark', is_ping_enabled: false });
const sockets: WebSocket[] = [];
for (let n = 0; n < readers; n += 50) sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, readers - n) }, (_, i) => open(n + i)))));
console.log(`${readers} readers, ${rate} events/s, ${seconds} s`);

const [cpuBefore, began] = [await cpuOf(child.pid ?? 0), performance.now()];
const ownBefore = process.cpuUsage();
const pending: Promise<void>[] = [];
let made = 0;
while (performance.now() - began < seconds * 1000) {
  for (; made < ((performance.now() - began) / 1000) * rate; made += 1) {
    // A comment is one event.
    pending.push(post(`/tasks/${task}/comments`, { content: String(made) }).then(() => undefined));
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await Promise.all(pending);
const took = (performance.now() - began) / 1000;
const expected = made * readers;
const end = performance.now() + 15_000;
while (arrivals < expected && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
const cpu = (await cpuOf(child.pid ?? 0)) - cpuBefore;
const own = process.cpuUsage(ownBefore);

delays.sort((a, b) => a - b);
const at = (q: number): string => `${delays[Math.floor(delays.length * q)]} ms`;
console.log(
  `events ${made} (${(made / took).toFixed(0)}/s), delivered ${arrivals} of ${expected}, gaps ${gaps}; delay p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(0.999999)}`,
);
console.log(`server CPU ${((100 * cpu) / took).toFixed(0)} % of a core, this process ${((own.user + own.system) / 1e4 / took).toFixed(0)} %`);
for (const socket of sockets) socket.terminate();
child.kill('SIGTERM');
await once(child, 'exit');
