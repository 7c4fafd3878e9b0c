import { describe, expect, test } from 'vitest';
import { ALICE, connect, pingMessage, type Started, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { attempt, connectRaw, publishPacket } from '#test/mqtt/raw-client.ts';

const mine = { clientId: 'mine', clean: false };
const filter = (topic: string, qos: 0 | 1 | 2 = 1) => ({ cmd: 'subscribe' as const, messageId: 9, subscriptions: [{ topic, qos }] });
const emptied = (started: Started) => until(() => started.broker.connections() === 0);

/** alice's stored session with a subscription to her pings, and no connection. */
async function storedSession(started: Started, topic = 'agents/alice/#', qos: 0 | 1 | 2 = 1): Promise<void> {
  const raw = await connectRaw(started, 'alice', mine);
  raw.send(filter(topic, qos));
  await raw.next('suback');
  raw.send({ cmd: 'disconnect' });
  await raw.closed();
  await emptied(started);
}

describe('offline queues', () => {
  test('per assignment only the newest ping waits', async () => {
    const started = await startBroker();
    await storedSession(started);
    for (let n = 1; n <= 5; n++) {
      await started.broker.publish(pingMessage(ALICE, { assignmentId: 7, payload: `seven ${n}` }));
      await started.broker.publish({ topic: 'agents/alice/reply', payload: `reply ${n}` });
      await started.broker.publish(pingMessage(ALICE, { assignmentId: 8, payload: `eight ${n}` }));
    }
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(back);
    expect(back.received.map(({ payload }) => payload)).toEqual(['reply 1', 'reply 2', 'reply 3', 'reply 4', 'seven 5', 'reply 5', 'eight 5']);
    expect(back.received.every(({ dup, qos, retain }) => !dup && qos === 1 && !retain)).toBe(true);
  });

  test('the rest is bounded: the oldest of more than 1,000 is dropped', async () => {
    const started = await startBroker();
    await storedSession(started);
    for (let n = 0; n < 1500; n++) await started.broker.publish({ topic: 'agents/alice/reply', payload: String(n) });
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await until(() => back.received.length >= 1000);
    await settled(back);
    expect(back.received.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: 1000 }, (_, n) => n + 500));
  });

  test('and by bytes', async () => {
    const started = await startBroker();
    await storedSession(started);
    for (let n = 0; n < 200; n++) await started.broker.publish({ topic: 'agents/alice/reply', payload: `${n} ${'x'.repeat(60_000)}` });
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await until(() => back.received.at(-1)?.payload.startsWith('199 ') === true);
    expect(back.received.length).toBeLessThan(75);
  });

  test('QoS 0 messages queue nothing and displace nothing', async () => {
    const started = await startBroker();
    await storedSession(started);
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'kept' });
    const admin = await connectRaw(started, 'admin');
    for (let n = 0; n < 1100; n++) admin.send(publishPacket('agents/alice/heartbeat', 'beat', 0));
    await until(() => started.coordinator.heartbeats.length === 1100);
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(back);
    expect(back.received.map(({ payload }) => payload)).toEqual(['kept']);
  });

  test('QoS 0 subscriptions queue nothing', async () => {
    const started = await startBroker();
    await storedSession(started, 'agents/alice/#', 0);
    await started.broker.publish(pingMessage(ALICE));
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(back);
    expect(back.received).toEqual([]);
  });

  test('a message two filters match waits once', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', mine);
    raw.send(filter('agents/alice/#'), filter('agents/alice/reply'));
    await raw.next('suback');
    await raw.next('suback');
    raw.socket.destroy();
    await emptied(started);
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'once' });
    const back = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(back);
    expect(back.received).toHaveLength(1);
  });
});

describe('what was not acknowledged', () => {
  test('is repeated on the next connection: same packet ids, DUP, in order, before what came later', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', mine);
    first.send(filter('agents/alice/reply'));
    await first.next('suback');
    for (const payload of ['a', 'b', 'c']) await started.broker.publish({ topic: 'agents/alice/reply', payload });
    const [a, b, c] = [await first.next('publish'), await first.next('publish'), await first.next('publish')];
    first.send({ cmd: 'puback', messageId: b.messageId ?? 0 });
    await first.pinged();
    first.socket.destroy();
    await emptied(started);
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'd' });
    const second = await connectRaw(started, 'alice', mine);
    await second.pinged();
    expect(second.packets.map((packet) => packet.cmd === 'publish' && [packet.payload.toString(), packet.dup])).toEqual([
      ['a', true],
      ['c', true],
      ['d', false],
    ]);
    expect(second.packets.slice(0, 2).map(({ messageId }) => messageId)).toEqual([a.messageId, c.messageId]);
    second.socket.destroy();
    await emptied(started);
    const third = await connectRaw(started, 'alice', mine);
    await third.pinged();
    expect(third.packets).toHaveLength(3);
    third.send(...third.packets.map(({ messageId = 0 }) => ({ cmd: 'puback' as const, messageId })));
    await third.pinged();
    third.socket.destroy();
    await emptied(started);
    const fourth = await connectRaw(started, 'alice', mine);
    await fourth.pinged();
    expect(fourth.packets).toEqual([]);
  });

  test('a ping among it gives way to a newer one of its assignment', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', mine);
    first.send(filter('agents/alice/ping'));
    await first.next('suback');
    await started.broker.publish(pingMessage(ALICE, { assignmentId: 7, payload: 'old' }));
    await first.next('publish');
    first.socket.destroy();
    await emptied(started);
    await started.broker.publish(pingMessage(ALICE, { assignmentId: 7, payload: 'new' }));
    const second = await connectRaw(started, 'alice', mine);
    await second.pinged();
    expect(second.packets.map((packet) => packet.cmd === 'publish' && packet.payload.toString())).toEqual(['new']);
  });

  test('QoS 2 goes on with PUBREL once PUBREC came', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', mine);
    first.send(filter('agents/alice/ack', 2));
    await first.next('suback');
    first.send(publishPacket('agents/alice/ack', 'echo', 2, 1));
    const { messageId = 0 } = await first.next('publish');
    first.send({ cmd: 'pubrec', messageId });
    await until(() => first.has('pubrel'));
    first.socket.destroy();
    await emptied(started);
    const second = await connectRaw(started, 'alice', mine);
    expect((await second.next('pubrel')).messageId).toBe(messageId);
    second.send({ cmd: 'pubcomp', messageId });
    await second.pinged();
    expect(second.packets).toEqual([]);
  });

  test('is forgotten with a clean session', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', { clientId: 'mine' });
    first.send(filter('agents/alice/reply'));
    await first.next('suback');
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'a' });
    await first.next('publish');
    first.socket.destroy();
    await emptied(started);
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'b' });
    const second = await connectRaw(started, 'alice', mine);
    await second.pinged();
    expect(second.packets).toEqual([]);
  });
});

describe('stored sessions', () => {
  test('at most ten per user; the one unused for longest goes', async () => {
    const started = await startBroker();
    for (let n = 0; n < 12; n++) {
      const raw = await connectRaw(started, 'alice', { clientId: `s${n}`, clean: false });
      await raw.pinged();
      raw.socket.destroy();
      await emptied(started);
    }
    const present = [];
    for (let n = 0; n < 12; n++) {
      const { raw, sessionPresent } = await attempt(started, 'alice', { clientId: `s${n}`, clean: false });
      present.push(sessionPresent);
      raw.send({ cmd: 'disconnect' });
      await raw.closed();
      await emptied(started);
      if (n === 1) break; // the two dropped ones come back as new, and push two others out
    }
    expect(present).toEqual([false, false]);
    expect((await attempt(started, 'alice', { clientId: 's11', clean: false })).sessionPresent).toBe(true);
    expect((await attempt(started, 'alice', { clientId: 's2', clean: false })).sessionPresent).toBe(false);
  });

  test('a clean connection ends its own: no subscription and nothing queued is left [MQTT-3.1.2-6]', async () => {
    const started = await startBroker();
    await storedSession(started);
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'before' });
    const clean = await connectRaw(started, 'alice', { ...mine, clean: true });
    await started.broker.publish({ topic: 'agents/alice/reply', payload: 'during' });
    await clean.pinged();
    expect(clean.packets).toEqual([]);
    expect(started.broker.wanted('agents/alice/reply')).toBe(false);
    expect(started.coordinator.listened).toHaveLength(1); // the first one's
  });

  test('another user’s are not counted', async () => {
    const started = await startBroker();
    await storedSession(started);
    for (let n = 0; n < 12; n++) {
      const raw = await connectRaw(started, 'Bob', { clientId: `s${n}`, clean: false });
      raw.socket.destroy();
      await emptied(started);
    }
    expect((await attempt(started, 'alice', mine)).sessionPresent).toBe(true);
  });

  test('survive a takeover by the same user while messages flow, losing none', async () => {
    const started = await startBroker();
    const got = new Set<string>();
    await storedSession(started, 'agents/alice/reply');
    for (let n = 0; n < 300; n++) {
      if (n % 60 === 0) {
        const next = await connect(started, 'alice', { ...mine, resubscribe: false });
        next.client.on('message', (_, payload) => got.add(payload.toString()));
        for (const { payload } of next.received) got.add(payload);
      }
      await started.broker.publish({ topic: 'agents/alice/reply', payload: String(n) });
    }
    await until(() => got.size === 300);
  });
});
