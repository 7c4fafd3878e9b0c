import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ADMIN, cpuOf, pass, request, startServer, stopServer } from './server-process.ts';

/**
 * The live feed under many readers, with the readers in this process and the server in its own.
 *
 *   npm run bench -- feed [readers] [events a second] [seconds]
 *
 * An event's delay is from its `at`, which is read before its commit, to its arrival; looked at for every twentieth reader.
 */
const [readers = 500, rate = 200, seconds = 10] = process.argv.slice(2).map(Number);
const server = await startServer('durable');
const { child, http } = server;

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
  const socket = new WebSocket(`${http.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${ADMIN}` }, skipUTF8Validation: true });
  socket.on('message', (data: Buffer) => {
    const id = idOf(data);
    if (id !== null) arrived(reader, id, data);
  });
  await once(socket, 'message');
  return socket;
}

const { id: task } = await request<{ id: number }>(http, 'POST', '/tasks', { name: 'task of the benchmark', is_ping_enabled: false });
const sockets: WebSocket[] = [];
for (let n = 0; n < readers; n += 50) sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, readers - n) }, (_, i) => open(n + i)))));
console.log(`${readers} readers, ${rate} events/s, ${seconds} s`);

const cpuBefore = cpuOf(child);
const began = performance.now();
const ownBefore = process.cpuUsage();
const pending: Promise<unknown>[] = [];
let made = 0;
while (performance.now() - began < seconds * 1000) {
  for (; made < ((performance.now() - began) / 1000) * rate; made += 1) {
    // A comment is one event.
    pending.push(request<unknown>(http, 'POST', `/tasks/${task}/comments`, { content: String(made) }));
  }
  await pass(5);
}
await Promise.all(pending);
const took = (performance.now() - began) / 1000;
const expected = made * readers;
const end = performance.now() + 15_000;
while (arrivals < expected && performance.now() < end) await pass(20);
const cpu = cpuOf(child) - cpuBefore;
const own = process.cpuUsage(ownBefore);

delays.sort((a, b) => a - b);
const at = (q: number): string => `${delays[Math.floor(delays.length * q)]} ms`;
console.log(
  `events ${made} (${(made / took).toFixed(0)}/s), delivered ${arrivals} of ${expected}, gaps ${gaps}; delay p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(0.999999)}`,
);
console.log(`server CPU ${((100 * cpu) / took).toFixed(0)} % of a core, this process ${((own.user + own.system) / 1e4 / took).toFixed(0)} %`);
for (const socket of sockets) socket.terminate();
await stopServer(server);
