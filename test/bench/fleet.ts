import { connectAsync, type MqttClient } from 'mqtt';
import { until } from '#test/support/until.ts';
import { cpuOf, pass, request, sendAtOnce, startServer, stopServer } from './server-process.ts';

/**
 * A fleet at rest: agents that beat every 5 s and tasks that are not due. How much of a core the coordinator needs, how soon after its moment a stale
 * agent is escalated, and how soon a first ping arrives.
 *
 *   npm run bench -- fleet [agents] [tasks] [seconds]
 */
const [agents = 1000, tasks = 10_000, seconds = 20] = process.argv.slice(2).map(Number);
const BEAT_SECONDS = 5;

interface Member {
  readonly name: string;
  readonly client: MqttClient;
}

async function join(http: string, mqtt: string, i: number): Promise<Member> {
  const { name, token } = await request<{ name: string; token: string }>(http, 'POST', '/agents', {
    name: `agent-${i}`,
    max_concurrent: 100,
    timeout_minutes: 600,
  });
  const client = await connectAsync(mqtt, { username: name, password: token, clientId: name });
  sendAtOnce(client);
  await client.subscribeAsync(`agents/${name}/ping`, { qos: 1 });
  return { name, client };
}

const beat = ({ name, client }: Member): void =>
  void client.publish(
    `agents/${name}/heartbeat`,
    JSON.stringify({ status: 'online', session: name, interval_seconds: BEAT_SECONDS, sent_at: new Date().toISOString() }),
    { retain: true },
  );

async function firstPing(http: string, { name, client }: Member): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const arrived = new Promise((resolve) => client.once('message', resolve));
    const began = performance.now();
    await request(http, 'POST', '/tasks', { name: `first ping ${i}`, agent_name: name, ping_interval_minutes: 600 });
    await arrived;
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

/** Milliseconds from `stale_at` (its last beat + 3 intervals) to the event. */
async function staleness(http: string, member: Member, lastBeat: number): Promise<number> {
  const stale = async (): Promise<{ at: string } | undefined> =>
    (await request<{ items: { at: string }[] }>(http, 'GET', '/events?kind=agent.stale&limit=1')).items[0];
  const { at } = await until(`${member.name} is stale`, stale, 60_000);
  return Date.parse(at) - (lastBeat + 3 * BEAT_SECONDS * 1000);
}

const server = await startServer('durable');
const { child, mqtt, http } = server;
const members: Member[] = [];
for (let i = 0; i < agents; i += 20) members.push(...(await Promise.all(Array.from({ length: Math.min(20, agents - i) }, (_, k) => join(http, mqtt, i + k)))));
for (let i = 0; i < tasks; i += 20) {
  await Promise.all(
    Array.from({ length: Math.min(20, tasks - i) }, (_, k) =>
      request(http, 'POST', '/tasks', { name: `task ${i + k}`, agent_name: `agent-${(i + k) % agents}`, ping_interval_minutes: 300 }),
    ),
  );
}
console.log(`${agents} agents, ${tasks} open tasks`);
const alive = [...members];
const timers = members.map((member, i) => {
  let timer: NodeJS.Timeout;
  const start = setTimeout(
    () => {
      beat(member);
      timer = setInterval(() => alive.includes(member) && beat(member), BEAT_SECONDS * 1000);
    },
    (i / agents) * BEAT_SECONDS * 1000,
  );
  return () => {
    clearTimeout(start);
    clearInterval(timer);
  };
});
await pass(2 * BEAT_SECONDS * 1000); // everybody has beaten
const began = { cpu: cpuOf(child), at: performance.now() };
await pass(seconds * 1000);
const share = ((cpuOf(child) - began.cpu) / (performance.now() - began.at)) * 100_000;
console.log(`idle: ${share.toFixed(1)} % of one core over ${seconds} s`);
const [first] = members;
if (first !== undefined) {
  const times = await firstPing(http, first);
  console.log(`POST /tasks to the ping at the agent: median ${times[10]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms of 20`);
  alive.splice(alive.indexOf(first), 1);
  beat(first);
  console.log(`stale: noticed ${await staleness(http, first, Date.now())} ms after its moment`);
}
for (const stop of timers) stop();
for (const { client } of members) client.end(true);
await stopServer(server);
