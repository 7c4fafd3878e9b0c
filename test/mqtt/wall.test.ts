import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { ISubscribePacket } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { SessionPersistence } from '#mqtt/aedes-port.ts';
import type { Log } from '#mqtt/log.ts';
import { ALICE, type FakeCoordinator, pingMessage, type Started, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectPacket, connectRaw, openSocket, publishPacket, type RawClient } from '#test/mqtt/raw-client.ts';

const BUG = new Error('a bug');
const bug = (): never => {
  throw BUG;
};

/** A broker whose log can be read. */
async function start(): Promise<{ started: Started; errors: object[] }> {
  const errors: object[] = [];
  const log: Log = { debug: () => {}, warn: () => {}, error: (details) => void errors.push(details) };
  return { started: await startBroker({ log }), errors };
}

async function othersNoticeNothing(started: Started): Promise<void> {
  Object.assign(started.coordinator, { answerCommand: async () => {} });
  const bob = await connectRaw(started, 'Bob');
  bob.send(publishPacket('agents/Bob/ack', '{}', 1, 7));
  expect((await bob.next('puback')).messageId).toBe(7);
}

interface Case {
  readonly breaks: (coordinator: FakeCoordinator) => void;
  readonly does: (raw: RawClient, started: Started) => unknown;
}

const will = { topic: 'agents/alice/heartbeat', payload: Buffer.from('x'), qos: 1, retain: true } as const;
const subscribe: ISubscribePacket = { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'agents/alice/ping', qos: 1 }] };
const breaks = (name: keyof FakeCoordinator) => (coordinator: FakeCoordinator) => void Object.assign(coordinator, { [name]: bug });

const CASES: Record<string, Case> = {
  'a command, at each QoS, and what is behind it': {
    breaks: breaks('takeCommand'),
    does: (raw) => raw.send(...([0, 1, 2] as const).map((qos) => publishPacket('agents/alice/ack', '{}', qos, qos || undefined))),
  },
  'a QoS 2 command and its PUBREL': {
    breaks: breaks('takeCommand'),
    does: (raw) => raw.send(publishPacket('agents/alice/ack', '{}', 2, 2), { cmd: 'pubrel', messageId: 2 }),
  },
  'a heartbeat': { breaks: breaks('takeHeartbeat'), does: (raw) => raw.send(publishPacket(will.topic, 'x', 0)) },
  'a Last Will': { breaks: breaks('takeHeartbeat'), does: (raw) => raw.socket.end() },
  'a forbidden message': { breaks: breaks('refusedPublish'), does: (raw) => raw.send(publishPacket('agents/Bob/ack', '{}', 1, 1)) },
  'a subscription': { breaks: breaks('listening'), does: (raw) => raw.send(subscribe) },
  'a receipt': {
    breaks: breaks('delivered'),
    does: async (raw, { broker }) => {
      raw.send(subscribe);
      await raw.next('suback');
      await broker.publish(pingMessage(ALICE));
      raw.send({ cmd: 'puback', messageId: (await raw.next('publish')).messageId ?? 0 });
    },
  },
};

test.each(Object.entries(CASES))('what throws in the coordinator at %s closes that connection, is logged once, and nothing else happens', async (_, tried) => {
  const { started, errors } = await start();
  tried.breaks(started.coordinator);
  const raw = await connectRaw(started, 'alice', { will });
  await tried.does(raw, started);
  await raw.closed();
  await until(() => errors.length > 0 && started.broker.connections() === 0);
  expect(errors).toMatchObject([{ err: BUG }]);
  expect(raw.packets.filter(({ cmd }) => cmd !== 'suback')).toEqual([]);
  Object.assign(started.coordinator, { takeCommand: async () => null });
  await othersNoticeNothing(started);
  expect(errors).toHaveLength(1);
});

test('so does what throws when a stored session comes back, behind its CONNACK', async () => {
  const { started, errors } = await start();
  const session = { clientId: 'alice-1', clean: false };
  const first = await connectRaw(started, 'alice', session);
  first.send(subscribe);
  await first.next('suback');
  first.socket.destroy();
  breaks('listening')(started.coordinator);
  const second = await openSocket(started);
  second.send(connectPacket('alice', session));
  await second.closed();
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ err: BUG }]);
  await othersNoticeNothing(started);
});

test.each([
  ['by itself', false],
  ['in one chunk with the CONNECT', true],
])('so does what throws in the handling of a packet outside our code: a DISCONNECT, %s, on a stream that cannot be destroyed', async (_, together) => {
  const { started, errors } = await start();
  const server = createServer((socket) => {
    const destroy = socket.destroy.bind(socket);
    let destroyed = 0;
    socket.destroy = (error) => (destroyed++ === 0 ? bug() : destroy(error));
    started.broker.acceptStream?.(socket, { transport: 'websocket', address: null, guest: null });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const raw = await openSocket(server.address() as AddressInfo); // it listens on TCP
  const connect = connectPacket('alice');
  if (together) raw.send(connect, { cmd: 'disconnect' });
  else raw.send(connect);
  await raw.next('connack');
  if (!together) raw.send({ cmd: 'disconnect' });
  await raw.closed();
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ err: BUG }]);
  await othersNoticeNothing(started);
});

test('so does what throws where Aedes goes on after our answer: it misses a method of ours', async () => {
  const { started, errors } = await start();
  const { incomingDelPacket } = SessionPersistence.prototype;
  onTestFinished(() => void Object.assign(SessionPersistence.prototype, { incomingDelPacket }));
  Object.assign(SessionPersistence.prototype, { incomingDelPacket: undefined });
  const raw = await connectRaw(started, 'alice');
  raw.send({ cmd: 'pubrel', messageId: 2 });
  await raw.closed();
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ err: expect.any(TypeError) }]);
  await othersNoticeNothing(started);
});
