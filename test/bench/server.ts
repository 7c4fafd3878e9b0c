import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { createEmbeddedBroker } from '#mqtt/embedded.ts';
import type { Transport, TransportHandlers } from '#mqtt/transport.ts';
import { startApp } from '#src/app.ts';
import { every, systemClock } from '#src/clock.ts';
import { loadConfig } from '#src/config.ts';

/**
 * The server of a benchmark in a process of its own. `durable`: the product. `bare`: the same broker with nothing behind it, that answers each ack with
 * a reply and a new ping of the same size. `stock`: Aedes as it comes, with its own delivery, doing the same. Says `{ mqtt, http }` when it listens, answers
 * `gauges` with what it has used and counted so far, and ends on SIGTERM.
 */
const mode = process.argv[2];
const ADMIN = 'bench-admin-token';
const clock = systemClock();

/** What the clients' process may ask of a broker: the gauges, or a ping. */
type Asked = 'gauges' | { readonly agent: string; readonly task: number };

/** With the CPU time of this process so far, µs. */
function sayGauges({ commits, commands } = { commits: 0, commands: 0 }): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ commits, commands, cpu: user + system });
}

async function durable(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ping-bench-'));
  const config = loadConfig({ DATA_DIR: dataDir, HTTP_PORT: '0', MQTT_PORT: '0', API_AUTH_TOKEN: ADMIN, LOG_LEVEL: 'warn', MAX_COMMANDS_PER_SECOND: '0' }, {});
  const app = await startApp(config);
  const url = (name: string): string => app.listeners.find((l) => l.name === name)?.url ?? '';
  process.send?.({ mqtt: url('mqtt'), http: url('http') });
  process.on('message', () => sayGauges(app.gauges));
  process.once('SIGTERM', () => {
    void app
      .close()
      .then(() => rm(dataDir, { recursive: true, force: true }))
      .then(() => process.exit(0));
  });
}

async function bare(): Promise<void> {
  let transport: Transport | null = null;
  const ping = (agent: string, task: number): Promise<void> =>
    transport?.publish({
      topic: `agents/${agent}/ping`,
      payload: JSON.stringify({ ...PING, task_id: task, ping_time: new Date(clock.now()).toISOString() }),
    }) ?? Promise.resolve();
  const handlers: TransportHandlers = {
    authenticate: async (username) => ({ kind: 'agent', id: 1, name: username ?? '', type: 'sub_agent' }),
    isAgent: () => true,
    takeCommand: async (message) => {
      const { task_id, message_id } = JSON.parse(message.payload.toString());
      void transport?.publish({ topic: `agents/${message.agent}/reply`, payload: JSON.stringify({ ...REPLY, message_id, task_id }) });
      void ping(message.agent, task_id);
      return null;
    },
    takeHeartbeat: () => 'keep',
    refusedPublish: async () => undefined,
    listening: (_id, _connection) => undefined,
    listeningToReplies: () => undefined,
    delivered: () => undefined,
  };
  transport = await createEmbeddedBroker(
    {
      host: '127.0.0.1',
      port: 0,
      maxPayloadBytes: 65_536,
      log: { debug: () => {}, warn: () => {}, error: console.error },
      now: () => clock.monotonic(),
      serverNow: () => clock.now(),
      mask: (text) => text,
      every: (ms, run) => every(clock, ms, run),
    },
    handlers,
  );
  const [listener] = await transport.listen();
  process.send?.({ mqtt: listener?.url, http: '' });
  process.on('message', (asked: Asked) => (asked === 'gauges' ? sayGauges() : void ping(asked.agent, asked.task)));
  process.once('SIGTERM', () => process.exit(0));
}

const PING = {
  ping_id: '0198c2a0-0000-7000-8000-000000000000',
  assignment_id: 7,
  task_id: 1,
  task_name: 'task of the benchmark',
  task_description: null,
  kind: 'check_in',
  attempt: 1,
  ping_time: '',
  timeout_minutes: 30,
  respond_by: '2026-11-23T09:30:00.000Z',
  priority: 0,
  deadline: null,
  escalation: null,
};
const REPLY = {
  ok: true,
  command: 'ack',
  message_id: null,
  task_id: 1,
  instruction: 'continue',
  assignment: {
    id: 7,
    status: 'acknowledged',
    failure_reason: null,
    acknowledged_at: '2026-11-23T09:00:00.000Z',
    respond_by: '2026-11-23T09:30:00.000Z',
    snooze_until: null,
    version: 3,
  },
};

async function stock(): Promise<void> {
  const aedes = await Aedes.createBroker({ concurrency: 0, drainTimeout: 5000 });
  const send = (topic: string, value: object): void =>
    aedes.publish({ cmd: 'publish', dup: false, retain: false, qos: 1, topic, payload: Buffer.from(JSON.stringify(value)) }, () => {});
  const ping = (agent: string, task: number): void => send(`agents/${agent}/ping`, { ...PING, task_id: task, ping_time: new Date(clock.now()).toISOString() });
  aedes.on('publish', (packet, client) => {
    const [, agent, leaf] = packet.topic.split('/');
    if (client === null || agent === undefined || leaf !== 'ack') return;
    const { task_id, message_id } = JSON.parse(packet.payload.toString());
    send(`agents/${agent}/reply`, { ...REPLY, message_id, task_id });
    ping(agent, task_id);
  });
  const server = createServer({ noDelay: true }, (socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.({ mqtt: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, http: '' });
  process.on('message', (asked: Asked) => (asked === 'gauges' ? sayGauges() : ping(asked.agent, asked.task)));
  process.once('SIGTERM', () => process.exit(0));
}

if (mode === 'bare') await bare();
else if (mode === 'stock') await stock();
else await durable();
