import { describe, expect, test } from 'vitest';
import { Stall } from '#mqtt/stall.ts';
import { ALICE, connect, every, pingMessage, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw, publishPacket } from '#test/mqtt/raw-client.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

const filters = (...topics: [string, 0 | 1 | 2][]) => ({
  cmd: 'subscribe' as const,
  messageId: 9,
  subscriptions: topics.map(([topic, qos]) => ({ topic, qos })),
});

describe('delivery', () => {
  test.each([
    ['clean', { clean: true }],
    ['persistent', { clean: false, clientId: 'watcher' }],
  ])('none of 2,000 pings is missed or doubled between QoS 0 heartbeats of others (%s session)', async (_, options) => {
    const started = await startBroker();
    const all = await connect(started, 'admin', options);
    await all.client.subscribeAsync('#', { qos: 1 });
    const overlapping = await connect(started, 'admin', { clean: options.clean, clientId: 'overlapping' });
    await overlapping.client.subscribeAsync(['agents/alice/ping', 'coordinator/#', 'agents/+/ping'], { qos: 1 });
    const alice = await connect(started, 'alice');
    for (let n = 0; n < 2000; n++) {
      await started.broker.publish(pingMessage(ALICE, { payload: `ping ${n}` }));
      alice.client.publish('agents/alice/heartbeat', `beat ${n}`, { qos: 0 });
      if (n % 100 === 0) await started.broker.publish({ topic: 'coordinator/events/task/created', payload: `event ${n}` });
      if (n % 50 === 0) await settled(alice);
    }
    await until(() => all.received.length === 4020 && overlapping.received.length === 2020);
    const expected = Array.from({ length: 2000 }, (_, n) => `ping ${n}`);
    for (const { received } of [all, overlapping]) {
      expect(received.filter(({ topic }) => topic.endsWith('ping')).map(({ payload }) => payload)).toEqual(expected);
    }
    await settled(all);
    expect(all.received).toHaveLength(4020);
  });

  test('overlapping filters: once, at the highest QoS of those that match [MQTT-3.3.5-1]', async () => {
    const started = await startBroker();
    const overlapping = ['#', 'agents/+/ping', 'agents/alice/ping'];
    for (const highest of overlapping) {
      const raw = await connectRaw(started, 'admin');
      raw.send(filters(...overlapping.map((filter): [string, 0 | 2] => [filter, filter === highest ? 2 : 0])));
      await raw.next('suback');
      await started.broker.publish(pingMessage(ALICE));
      expect((await raw.next('publish')).qos).toBe(1); // the message's own
      await raw.pinged();
      expect(raw.packets).toEqual([]);
      raw.socket.destroy();
    }
  });

  test('never at a higher QoS than granted, retained ones included; a new QoS replaces the old', async () => {
    const started = await startBroker();
    await started.broker.publish({ topic: 'coordinator/status', payload: 'retained', retain: true });
    const raw = await connectRaw(started, 'Ruto');
    raw.send(filters(['coordinator/#', 0]));
    expect(await raw.next('publish')).toMatchObject({ qos: 0, retain: true });
    await started.broker.publish({ topic: 'coordinator/status', payload: 'live' });
    expect(await raw.next('publish')).toMatchObject({ qos: 0, retain: false });
    raw.send(filters(['coordinator/#', 1]));
    expect(await raw.next('publish')).toMatchObject({ qos: 1, retain: true });
  });

  test('QoS 2 goes through its whole handshake, in clean and persistent sessions', async () => {
    const started = await startBroker();
    for (const clean of [true, false]) {
      const admin = await connect(started, 'admin', { clean, clientId: `admin-${clean}` });
      await admin.client.subscribeAsync('agents/+/ack', { qos: 2 });
      const alice = await connect(started, 'alice');
      for (let n = 0; n < 50; n++) await alice.client.publishAsync('agents/alice/ack', String(n), { qos: 2 });
      await until(() => admin.received.length === 50);
      expect(admin.received.every(({ qos }) => qos === 2)).toBe(true);
      await admin.client.unsubscribeAsync('agents/+/ack');
    }
  });

  test('at most 1,000 packets are unacknowledged; the others wait, and newer pings take the place of older ones', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(filters(['agents/alice/#', 1]));
    await raw.next('suback');
    for (let n = 0; n < 1000; n++) await started.broker.publish({ topic: 'agents/alice/reply', payload: String(n) });
    for (let n = 0; n < 5; n++) await started.broker.publish(pingMessage(ALICE, { assignmentId: 7, payload: `ping ${n}` }));
    await until(() => raw.packets.length === 1000);
    await raw.pinged();
    expect(raw.packets).toHaveLength(1000);
    raw.send({ cmd: 'puback', messageId: raw.packets[0]?.messageId ?? 0 });
    await until(() => raw.packets.length === 1001);
    await raw.pinged();
    expect(raw.packets.at(-1)).toMatchObject({ payload: Buffer.from('ping 4') });
  });

  test('packet ids of what is in flight are not used twice', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(filters(['agents/alice/ping', 1]));
    await raw.next('suback');
    for (let n = 0; n < 900; n++) await started.broker.publish(pingMessage(ALICE));
    await until(() => raw.packets.length === 900);
    const kept = raw.packets.slice(0, 450).map(({ messageId }) => messageId);
    // acknowledge the second half over and over until the identifiers have wrapped around
    let seen = raw.packets.slice(450).map(({ messageId }) => messageId);
    raw.packets.length = 0;
    for (let round = 0; round < 150; round++) {
      raw.send(...seen.map((messageId = 0) => ({ cmd: 'puback' as const, messageId })));
      await raw.pinged();
      for (let n = 0; n < 450; n++) await started.broker.publish(pingMessage(ALICE));
      await until(() => raw.packets.length === 450);
      seen = raw.packets.map(({ messageId }) => messageId);
      raw.packets.length = 0;
      expect(seen.some((id) => kept.includes(id) || id === 0)).toBe(false);
    }
  });
});

describe('slow readers', () => {
  test('are told from stalled ones by progress, not by their backlog', () => {
    const stall = new Stall();
    expect([stall.look(0, 0), stall.look(100, 1000), stall.look(100, 4000), stall.look(200, 9000)]).toEqual([0, 0, 3000, 8000]);
    expect([stall.look(199, 10_000), stall.look(300, 11_000)]).toEqual([0, 1000]); // it took some
    stall.drained(); // and here all, though more came before anyone looked
    expect([stall.look(300, 12_000), stall.look(300, 13_000), stall.look(0, 14_000), stall.look(1, 15_000)]).toEqual([0, 1000, 0, 0]);
  });

  test('one that stops reading delays nobody and is closed after stalledMs', async () => {
    const clock = new ManualClock(); // as long as it stands still, nobody is taken for stalled
    const started = await startBroker({ stalledMs: 4000, now: () => clock.monotonic() });
    const deaf = await connectRaw(started, 'admin');
    deaf.send(filters(['agents/+/ping', 1]));
    await deaf.next('suback');
    deaf.socket.pause();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 1 });
    const payload = 'x'.repeat(60_000);
    for (let n = 0; n < 200; n++) {
      await started.broker.publish(pingMessage(ALICE, { payload }));
      await until(() => alice.received.length === n + 1);
    }
    expect(started.broker.connections()).toBe(2); // it was not by ending it that the other went on
    await until(() => {
      clock.skip(100);
      return started.broker.connections() === 1;
    });
    expect(started.warnings.join()).toContain('takes nothing');
    expect(alice.received).toHaveLength(200);
  });

  test('one that is too far behind is closed at once', async () => {
    const started = await startBroker({ stalledMs: 60_000 });
    const deaf = await connectRaw(started, 'admin');
    deaf.send(filters(['agents/+/ping', 1]));
    await deaf.next('suback');
    deaf.socket.pause();
    for (let n = 0; n < 600; n++) await started.broker.publish(pingMessage(ALICE, { payload: 'x'.repeat(60_000) }));
    await until(() => started.broker.connections() === 0);
    expect(started.warnings.join()).toContain('too far behind');
  });

  test('QoS 0 messages to it are skipped, QoS 1 messages wait and come in order when it reads again', async () => {
    const started = await startBroker({ stalledMs: 60_000 });
    const slow = await connectRaw(started, 'admin');
    slow.send(filters(['agents/alice/ping', 1], ['agents/alice/heartbeat', 0]));
    await slow.next('suback');
    slow.socket.pause();
    const alice = await connectRaw(started, 'alice');
    for (let n = 0; n < 150; n++) {
      await started.broker.publish(pingMessage(ALICE, { payload: `${n} ${'x'.repeat(50_000)}` }));
      alice.send(publishPacket('agents/alice/heartbeat', 'x'.repeat(50_000), 1, n + 1));
      await alice.next('puback');
    }
    slow.socket.resume();
    await until(() => slow.packets.filter((packet) => packet.cmd === 'publish' && packet.qos === 1).length === 150);
    const got = slow.packets.filter((packet) => packet.cmd === 'publish');
    expect(got.filter(({ qos }) => qos === 1).map(({ payload }) => Number.parseInt(payload.toString(), 10))).toEqual(Array.from({ length: 150 }, (_, n) => n));
    expect(got.filter(({ qos }) => qos === 0).length).toBeLessThan(150);
    await slow.pinged();
  });

  test('one that reads slowly but reads is not closed', async () => {
    const started = await startBroker({ stalledMs: 300 });
    const slow = await connectRaw(started, 'admin');
    slow.send(filters(['agents/alice/ping', 1]));
    await slow.next('suback');
    slow.socket.pause();
    for (let n = 0; n < 200; n++) await started.broker.publish(pingMessage(ALICE, { payload: 'x'.repeat(60_000) }));
    const stop = every(10, () => {
      slow.socket.resume();
      setImmediate(() => slow.socket.pause());
    });
    await until(() => slow.packets.length === 200);
    stop();
    expect(started.warnings).toEqual([]);
    expect(started.broker.connections()).toBe(1);
  });
});
