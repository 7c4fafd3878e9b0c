import { describe, expect, test } from 'vitest';
import { connect, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw, publishPacket } from '#test/mqtt/raw-client.ts';

const beat = 'agents/alice/heartbeat';
const withWill = { will: { topic: beat, payload: Buffer.from('gone'), qos: 1 as const, retain: false } };

describe('heartbeats', () => {
  test('kept: forwarded, and retained even if the sender forgot to ask', async () => {
    const started = await startBroker();
    const ruto = await connect(started, 'Ruto');
    await ruto.client.subscribeAsync('agents/+/heartbeat', { qos: 1 });
    const alice = await connect(started, 'alice');
    await alice.client.publishAsync(beat, 'here', { qos: 1, retain: false });
    await until(() => ruto.received.length === 1);
    expect(ruto.received[0]).toMatchObject({ payload: 'here', retain: false, qos: 1 });
    const late = await connect(started, 'Ruto');
    await late.client.subscribeAsync('agents/+/heartbeat', { qos: 1 });
    await until(() => late.received.length === 1);
    expect(late.received[0]).toMatchObject({ payload: 'here', retain: true });
    expect(started.coordinator.heartbeats).toMatchObject([{ will: false, message: { agent: 'alice', leaf: 'heartbeat', qos: 1, retain: false } }]);
  });

  test('dropped: acknowledged, neither forwarded nor retained; what was retained stays', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    const alice = await connect(started, 'alice');
    await alice.client.publishAsync(beat, 'first', { qos: 1, retain: true });
    await admin.client.subscribeAsync(beat);
    await until(() => admin.received.length === 1);
    started.coordinator.answerHeartbeat = () => 'drop';
    await alice.client.publishAsync(beat, '', { qos: 1, retain: true });
    await alice.client.publishAsync(beat, 'second', { qos: 0, retain: true });
    await alice.client.publishAsync(beat, 'third', { qos: 1, retain: true });
    expect(started.coordinator.heartbeats).toHaveLength(4);
    await settled(admin);
    expect(admin.received).toHaveLength(1);
    const late = await connect(started, 'admin');
    await late.client.subscribeAsync(beat);
    await until(() => late.received.length === 1);
    expect(late.received[0]).toMatchObject({ payload: 'first', retain: true });
  });

  test('one that throws at the judge closes the connection instead of the process', async () => {
    const started = await startBroker();
    started.coordinator.answerHeartbeat = () => {
      throw new Error('a bug');
    };
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket(beat, 'x', 1, 1));
    await raw.closed();
    expect(raw.packets).toEqual([]);
  });
});

describe('Last Wills', () => {
  test('of a broken connection goes to takeHeartbeat as a will; kept, it is retained', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync(beat, { qos: 1 });
    const raw = await connectRaw(started, 'alice', withWill);
    raw.socket.destroy();
    await until(() => admin.received.length === 1);
    expect(admin.received[0]).toMatchObject({ topic: beat, payload: 'gone' });
    expect(started.coordinator.heartbeats).toMatchObject([{ will: true, message: { agent: 'alice', leaf: 'heartbeat', packetId: null } }]);
    const late = await connect(started, 'admin');
    await late.client.subscribeAsync(beat);
    await until(() => late.received.length === 1);
    expect(late.received[0]).toMatchObject({ payload: 'gone', retain: true });
  });

  test('dropped, nobody hears of it', async () => {
    const started = await startBroker();
    started.coordinator.answerHeartbeat = () => 'drop';
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync(beat);
    const raw = await connectRaw(started, 'alice', withWill);
    raw.socket.destroy();
    await until(() => started.coordinator.heartbeats.length === 1);
    await settled(admin);
    expect(admin.received).toEqual([]);
  });

  test('not after a DISCONNECT', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', withWill);
    raw.send({ cmd: 'disconnect' });
    await raw.closed();
    await until(() => started.broker.connections() === 0);
    expect(started.coordinator.heartbeats).toEqual([]);
  });

  test('after a protocol error and after silence beyond the keepalive', async () => {
    const started = await startBroker();
    const rude = await connectRaw(started, 'alice', withWill);
    rude.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'x', keepalive: 0 });
    await until(() => started.coordinator.heartbeats.length === 1);
    await connectRaw(started, 'alice', { ...withWill, keepalive: 1 });
    await until(() => started.coordinator.heartbeats.length === 2);
    expect(started.coordinator.heartbeats.every(({ will }) => will)).toBe(true);
  });

  test('by takeover: the old will comes before the new birth', async () => {
    const started = await startBroker();
    const old = await connectRaw(started, 'alice', { ...withWill, clientId: 'mine' });
    const young = await connectRaw(started, 'alice', { ...withWill, clientId: 'mine' });
    young.send(publishPacket(beat, 'born', 1, 1));
    await young.next('puback');
    await old.closed();
    expect(started.coordinator.heartbeats.map(({ will, message }) => [will, message.payload.toString()])).toEqual([
      [true, 'gone'],
      [false, 'born'],
    ]);
    expect(started.coordinator.heartbeats[0]?.message.connection).not.toBe(started.coordinator.heartbeats[1]?.message.connection);
  });

  test('ignored when the agent was disconnected by us, and while we stop', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', withWill);
    await started.broker.disconnectAgent('alice');
    await raw.closed();
    const other = await connectRaw(started, 'alice', withWill);
    await started.broker.close();
    await other.closed();
    expect(started.coordinator.heartbeats).toEqual([]);
  });
});

describe('retained messages of ours', () => {
  test('published before listen(), found by exact topic and by pattern, cleared by an empty payload', async () => {
    const started = await startBroker();
    const { broker } = started;
    await broker.publish({ topic: 'coordinator/status', payload: 'online', retain: true });
    await broker.publish({ topic: 'coordinator/alerts/1', payload: 'one', retain: true });
    await broker.publish({ topic: 'coordinator/alerts/2', payload: 'two', retain: true });
    await broker.publish({ topic: 'coordinator/events/task/created', payload: 'not retained' });
    const ruto = await connect(started, 'Ruto');
    await ruto.client.subscribeAsync('coordinator/alerts/1', { qos: 1 });
    await ruto.client.subscribeAsync('coordinator/#', { qos: 0 });
    await until(() => ruto.received.length === 4);
    expect(ruto.received.map(({ payload, retain, qos }) => [payload, retain, qos])).toEqual([
      ['one', true, 1],
      ['online', true, 0],
      ['one', true, 0],
      ['two', true, 0],
    ]);
    await broker.publish({ topic: 'coordinator/alerts/1', payload: '', retain: true });
    await until(() => ruto.received.length === 5);
    expect(ruto.received[4]).toMatchObject({ payload: '', retain: false, qos: 1 });
    const late = await connect(started, 'Ruto');
    await late.client.subscribeAsync('coordinator/alerts/+', { qos: 1 });
    await until(() => late.received.length === 1);
    await settled(late);
    expect(late.received.map(({ payload }) => payload)).toEqual(['two']);
  });

  test('a restored session gets none again', async () => {
    const started = await startBroker();
    await started.broker.publish({ topic: 'coordinator/status', payload: 'online', retain: true });
    const mine = { clientId: 'mine', clean: false };
    const first = await connect(started, 'alice', mine);
    await first.client.subscribeAsync('coordinator/status', { qos: 1 });
    await until(() => first.received.length === 1);
    await first.client.endAsync();
    const second = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(second);
    expect(second.received).toEqual([]);
  });

  test('however much they are together, a subscriber gets them all', async () => {
    const started = await startBroker();
    const payload = 'x'.repeat(60_000);
    for (let n = 0; n < 400; n++) await started.broker.publish({ topic: `coordinator/alerts/${n}`, payload, retain: true });
    const ruto = await connect(started, 'Ruto');
    await ruto.client.subscribeAsync('coordinator/alerts/+', { qos: 1 });
    await until(() => ruto.received.length === 400);
  });

  test('10,000 of them cost a subscriber of its own topics nothing to speak of', async () => {
    const started = await startBroker();
    for (let n = 0; n < 10_000; n++) await started.broker.publish({ topic: `agents/a${n}/heartbeat`, payload: 'x', retain: true });
    const alice = await connect(started, 'alice');
    const begun = performance.now();
    for (let n = 0; n < 50; n++) await alice.client.subscribeAsync('agents/alice/#');
    expect((performance.now() - begun) / 50).toBeLessThan(20); // a scan of 10,000 takes more than that on any machine that is this slow
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('agents/+/heartbeat', { qos: 1 });
    await until(() => admin.received.length === 10_000);
  });
});
