import { expect, test } from 'vitest';
import { selfSigned } from './certificate.ts';
import { connect, listenFor, type Started, startBroker, until } from './fixture.ts';

const wireOf = ({ broker }: Started) => {
  if (broker.wire === null) throw new Error('the broker is ours');
  return broker.wire;
};
const tell = ({ broker }: Started, agent: string, payload = '{}') => broker.publish({ topic: `agents/${agent}/reply`, payload, to: { agent, kind: 'reply' } });

/** A clock of the server that counts how often it is looked at. */
const counting = () => {
  let ms = Date.UTC(2026, 10, 23);
  return () => (ms += 1);
};

test('of 10,000 agents at most is anything kept; who is forgotten begins anew, and says since when', async () => {
  const started = await startBroker({ serverNow: counting() });
  const wire = wireOf(started);
  const begin = wire.messagesOf('a0').listening_since ?? '';
  for (let n = 0; n < 10_000; n += 1) await tell(started, `a${n}`);
  expect(wire.messagesOf('a0')).toMatchObject({ listening_since: begin, messages: [{ kind: 'reply' }] });
  await tell(started, 'one-more');
  const { listening_since, messages } = wire.messagesOf('a0');
  expect(messages).toEqual([]);
  expect((listening_since ?? '') > begin).toBe(true);
  expect(wire.messagesOf('a1')).toMatchObject({ listening_since: begin, messages: [{ kind: 'reply' }] });
  await tell(started, 'a0');
  expect(wire.messagesOf('a0')).toMatchObject({ listening_since, messages: [{ kind: 'reply' }] });
});

test('and of them 64 MiB at most', async () => {
  const started = await startBroker();
  const wire = wireOf(started);
  const payload = JSON.stringify({ note: 'x'.repeat(1000) });
  for (let n = 0; n < 5000; n += 1) for (let m = 0; m < 20; m += 1) await tell(started, `a${n}`, payload);
  const kept = Array.from({ length: 5000 }, (_, n) => wire.messagesOf(`a${n}`).messages.length).filter((count) => count > 0);
  expect(kept.length * 20 * 1300).toBeLessThan(70_000_000);
  expect(kept.length).toBeGreaterThan(2000);
  expect(wire.messagesOf('a4999').messages).toHaveLength(20);
});

test('a command that could not be committed, and the connection that was closed for it', async () => {
  const started = await startBroker();
  started.coordinator.answerCommand = () => Promise.reject(new Error('disk full'));
  const { client } = await connect(started, 'alice', { clientId: 'a' });
  client.publish('agents/alice/ack', '{}', { qos: 1 });
  const wire = wireOf(started);
  await until(() => wire.connectionsOf('alice').ended.length === 1);
  expect(wire.messagesOf('alice').messages).toMatchObject([{ kind: 'ack', state: 'not_committed', code: null }]);
  expect(wire.connectionsOf('alice')).toMatchObject({ connected: [], ended: [{ client_id: 'a', reason: 'not_committed' }] });
});

test('a Last Will is among the heartbeats; what is pending says so', async () => {
  const started = await startBroker();
  let commit = (): void => {};
  started.coordinator.answerCommand = () => new Promise((resolve) => (commit = resolve));
  const will = { topic: 'agents/alice/heartbeat', payload: Buffer.from('{"status":"offline"}'), qos: 1, retain: true } as const;
  const { client } = await connect(started, 'alice', { will });
  client.publish('agents/alice/ack', '{}', { qos: 1 });
  const wire = wireOf(started);
  await until(() => wire.messagesOf('alice').messages[0]?.state === 'pending');
  commit();
  await until(() => wire.messagesOf('alice').messages[0]?.state === 'taken');
  client.stream.destroy();
  await until(() => wire.messagesOf('alice').heartbeats.length === 1);
  expect(wire.messagesOf('alice').heartbeats).toMatchObject([{ kind: 'last_will', payload: '{"status":"offline"}', state: 'taken', retain: true }]);
});

test('over TLS, and with the address that whoever took the stream knows', async () => {
  const started = await startBroker({ tls: { port: 0, ...selfSigned() } });
  await connect({ port: started.tlsPort }, 'alice', { protocol: 'mqtts', rejectUnauthorized: false });
  const handed = await listenFor(started, '::ffff:10.1.2.3');
  await connect(handed, 'Bob');
  const wire = wireOf(started);
  await until(() => started.broker.connections() === 2);
  expect(wire.connectionsOf('alice').connected).toMatchObject([{ transport: 'tls', remote_address: '127.0.0.1' }]);
  expect(wire.connectionsOf('Bob').connected).toMatchObject([{ transport: 'websocket', remote_address: '10.1.2.3' }]);
});
