import { once } from 'node:events';
import { connectAsync, type MqttClient } from 'mqtt';
import { request, sendAtOnce } from './server-process.ts';

/**
 * A busy fleet for `dashboard.ts`, in a process of its own: agents over MQTT that beat every 5 s, and commands of theirs and of the admin that come to so
 * many events a second. Told `{ http, mqtt, agents, tasks, rate }` by its parent; answers `{ ready: true }`, then `{ sent }` to every message, and ends with it.
 */
interface Start {
  readonly http: string;
  readonly mqtt: string;
  readonly agents: number;
  readonly tasks: number;
  readonly rate: number;
}
interface Member {
  readonly id: number;
  readonly name: string;
  readonly client: MqttClient;
  /** Ids of open tasks that it holds. */
  readonly work: number[];
}

const BEAT_SECONDS = 5;
const AT_ONCE = 20;
const TICK_MS = 50;
/** A hostile note: what comes over the wire is not always short and in one script. */
const NOTES = ['on it', 'still at it, half of it is done', '<b>bold</b> \u202Eשלום 👩‍👩‍👧‍👦', 'W'.repeat(300)];

/** Some at a time. */
async function inTurns<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let i = 0; i < count; i += AT_ONCE) made.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => make(i + k)))));
  return made;
}

async function join(http: string, mqtt: string, i: number): Promise<Member> {
  const capabilities = [['python', 'writing', 'review', 'deploy'][i % 4] ?? 'python'];
  const body = { name: `agent-${i}`, max_concurrent: 100, timeout_minutes: 600, capabilities };
  const { id, name, token } = await request<{ id: number; name: string; token: string }>(http, 'POST', '/agents', body);
  const client = await connectAsync(mqtt, { username: name, password: token, clientId: name });
  sendAtOnce(client);
  await client.subscribeAsync(`agents/${name}/ping`, { qos: 1 });
  return { id, name, client, work: [] };
}

function say({ client, name }: Member, leaf: string, payload: object): void {
  client.publish(`agents/${name}/${leaf}`, JSON.stringify(payload), { qos: leaf === 'heartbeat' ? 0 : 1, retain: leaf === 'heartbeat' });
}

const any = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)];

async function giveTask(http: string, member: Member, n: number): Promise<void> {
  const body = { name: `Task ${n}`, agent_name: member.name, ping_interval_minutes: 300, priority: n % 5 };
  member.work.push((await request<{ id: number }>(http, 'POST', '/tasks', body)).id);
}

/** One command; gives how many events it comes to. */
function act(http: string, members: readonly Member[], n: number): number {
  const busy = any(members.filter(({ work }) => work.length > 0));
  const member = any(members);
  if (busy === undefined || member === undefined) return 0;
  const task_id = any(busy.work);
  const dice = n % 20;
  if (dice < 13) {
    say(busy, 'ack', { task_id, progress: Math.random(), note: any(NOTES) });
    return 1;
  }
  if (dice < 15) {
    say(busy, 'snooze', { task_id, minutes: 60, reason: 'later' });
    return 1;
  }
  if (dice < 17) {
    request(http, 'POST', `/tasks/${task_id}/comments`, { content: any(NOTES) }).catch(() => {}); // it may be closed by now
    return 1;
  }
  if (dice === 17) {
    say(busy, 'complete', { task_id: busy.work.shift(), result: { n } });
    return 1;
  }
  if (dice === 18) {
    void giveTask(http, member, n).catch(console.error);
    return 3;
  }
  return 0;
}

if (process.send === undefined) {
  console.error('node test/bench/dashboard.ts starts this');
  process.exit(2);
}
const [{ http, mqtt, agents, tasks, rate }] = (await once(process, 'message')) as [Start]; // as: dashboard.ts sends it
const members = await inTurns(agents, (i) => join(http, mqtt, i));
await inTurns(tasks, (i) => giveTask(http, members[i % agents] as Member, i)); // as: i % agents is one of them
const began = performance.now();
members.forEach((member, i) => {
  const beat = (): void => say(member, 'heartbeat', { status: 'online', session: member.name, interval_seconds: BEAT_SECONDS });
  setTimeout(
    () => {
      beat();
      setInterval(beat, BEAT_SECONDS * 1000);
    },
    (i / agents) * BEAT_SECONDS * 1000,
  );
});
let sent = 0;
let n = 0;
setInterval(() => {
  const due = ((performance.now() - began) / 1000) * rate;
  for (; sent < due; n += 1) sent += act(http, members, n);
}, TICK_MS);
process.on('message', () => process.send?.({ sent }));
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
