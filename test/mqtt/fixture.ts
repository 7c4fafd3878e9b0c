import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setInterval } from 'node:timers';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import type { Principal } from '#domain/principal.ts';
import { createEmbeddedBroker, type EmbeddedOptions } from '#mqtt/embedded.ts';
import type { InboundMessage, Transport, TransportHandlers } from '#mqtt/transport.ts';
import type { Code } from '#schemas/vocabulary.ts';
import { until as untilNamed } from '#test/support/until.ts';

export const ALICE = { kind: 'agent', id: 1, name: 'alice', type: 'sub_agent' } as const satisfies Principal;
export const BOB = { kind: 'agent', id: 2, name: 'Bob', type: 'sub_agent' } as const satisfies Principal;
export const RUTO = { kind: 'agent', id: 3, name: 'Ruto', type: 'main_agent' } as const satisfies Principal;
export const ADMIN = { kind: 'admin' } as const satisfies Principal;

/** Every principal's password is `secret`. */
const PRINCIPALS: Record<string, Principal> = { alice: ALICE, Bob: BOB, Ruto: RUTO, admin: ADMIN };

/** The coordinator's side: notes everything; a test may replace what it answers. */
export class FakeCoordinator implements TransportHandlers {
  readonly commands: InboundMessage[] = [];
  readonly heartbeats: { message: InboundMessage; will: boolean }[] = [];
  readonly refused: { principal: Principal; topic: string; payload: Buffer }[] = [];
  readonly listened: { agentId: number; connection: string; has: (pingId: string) => boolean }[] = [];
  readonly repliesHeard: { agentId: number; has: (assignmentId: number) => boolean }[] = [];
  readonly receipts: string[] = [];
  answerCommand: (message: InboundMessage) => Promise<void> = async () => {};
  /** With which it refuses commands. */
  code: Code | null = null;
  answerHeartbeat: (message: InboundMessage, will: boolean) => 'keep' | 'drop' = () => 'keep';
  answerRefused: () => Promise<void> = async () => {};
  lookUp: (username: string | null) => Promise<Principal | null> = async (username) => PRINCIPALS[username ?? ''] ?? null;

  authenticate(username: string | null, password: string | null): Promise<Principal | null> {
    return password === 'secret' ? this.lookUp(username) : Promise.resolve(null);
  }

  isAgent(name: string): boolean {
    return PRINCIPALS[name]?.kind === 'agent';
  }

  async takeCommand(message: InboundMessage): Promise<Code | null> {
    this.commands.push(message);
    await this.answerCommand(message);
    return this.code;
  }

  takeHeartbeat(message: InboundMessage, will: boolean): 'keep' | 'drop' {
    this.heartbeats.push({ message, will });
    return this.answerHeartbeat(message, will);
  }

  refusedPublish(message: { principal: Principal; topic: string; payload: Buffer }): Promise<void> {
    this.refused.push(message);
    return this.answerRefused();
  }

  listening(agentId: number, connection: string, has: (pingId: string) => boolean): void {
    this.listened.push({ agentId, connection, has });
  }

  listeningToReplies(agentId: number, has: (assignmentId: number) => boolean): void {
    this.repliesHeard.push({ agentId, has });
  }

  delivered(receipt: string): void {
    this.receipts.push(receipt);
  }
}

export interface Started {
  readonly broker: Transport;
  readonly coordinator: FakeCoordinator;
  readonly port: number;
  readonly tlsPort: number;
  readonly warnings: string[];
}

export const portOf = (url: string): number => Number(new URL(url.replace(/^mqtts?:/, 'http:')).port);

export function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
}

/** A broker on free ports, closed when the test ends. */
export async function startBroker(overrides: Partial<EmbeddedOptions> = {}): Promise<Started> {
  const coordinator = new FakeCoordinator();
  const warnings: string[] = [];
  const log = {
    debug: () => {},
    warn: (details: object, message: string) => void warnings.push(`${message} ${JSON.stringify(details)}`),
    error: (details: object, message: string) => void warnings.push(`${message} ${JSON.stringify(details)}`),
  };
  const broker = await createEmbeddedBroker(
    {
      host: '127.0.0.1',
      port: 0,
      maxPayloadBytes: 65_536,
      log,
      now: () => performance.now(),
      serverNow: () => Date.now(),
      every,
      mask: (text) => text,
      ...overrides,
    },
    coordinator,
  );
  const listeners = await broker.listen();
  onTestFinished(() => broker.close());
  const [port = 0, tlsPort = 0] = listeners.map(({ url }) => portOf(url));
  return { broker, coordinator, port, tlsPort, warnings };
}

/** Another door to the broker: streams come to it as from this address. */
export async function listenFor({ broker }: Started, address: string): Promise<{ port: number }> {
  const server = createServer((socket) => broker.acceptStream?.(socket, { transport: 'websocket', address, guest: null }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port }; // it listens on TCP
}

/** Until the condition holds, which says itself what is awaited. */
export const until = (condition: () => boolean): Promise<boolean> => untilNamed(condition.toString(), condition);

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

export interface RealClient {
  readonly client: MqttClient;
  readonly received: Received[];
}

/** A real mqtt.js client that is connected; it does not reconnect by itself unless told so. */
export async function connect({ port }: { port: number }, username: string, options: IClientOptions = {}): Promise<RealClient> {
  const client = mqtt.connect({ host: '127.0.0.1', port, username, password: 'secret', reconnectPeriod: 0, ...options });
  const received: Received[] = [];
  client.on('message', (topic, payload, { qos, retain, dup }) => received.push({ topic, payload: payload.toString(), qos, retain, dup }));
  client.on('error', () => {});
  onTestFinished(() => client.endAsync(true));
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before CONNACK')));
  });
  return { client, received };
}

/** A round trip: what the broker wrote to this client before has arrived (a client with a backlog may be answered ahead of it). */
export async function settled({ client }: RealClient): Promise<void> {
  await client.unsubscribeAsync('nothing/here');
}

let pings = 0;

export const pingMessage = (agent: { id: number; name: string }, fields: { assignmentId?: number; pingId?: string; payload?: string } = {}) => {
  pings += 1;
  const pingId = fields.pingId ?? `ping-${pings}`;
  return {
    topic: `agents/${agent.name}/ping`,
    payload: fields.payload ?? pingId,
    ping: { agentId: agent.id, pingId, assignmentId: fields.assignmentId ?? pings, receipt: `receipt-${pingId}` },
  };
};
