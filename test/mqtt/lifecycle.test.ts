import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { PacketGuard } from '#mqtt/packet-guard.ts';
import { selfSigned } from '#test/mqtt/certificate.ts';
import { ALICE, connect, pingMessage, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { attempt, connectPacket, connectRaw, openSocket, publishPacket } from '#test/mqtt/raw-client.ts';

describe('packets that are too large', () => {
  test('close the connection on the header alone', async () => {
    const started = await startBroker({ maxPayloadBytes: 1000 });
    const raw = await connectRaw(started, 'alice');
    raw.send(Buffer.from([0x30, 0x81, 0x7d])); // PUBLISH of 16,001 bytes, none of them sent
    await raw.closed();
    expect(started.warnings.join()).toContain('packet too large');
    const fits = await connectRaw(started, 'alice');
    fits.send(Buffer.from([0x30, 0x80, 0x7d]));
    await fits.socket.write(''); // 16,000 are waited for
    expect(fits.isClosed).toBe(false);
  });

  test('also as the first packet, and with a length MQTT does not know', async () => {
    const started = await startBroker();
    const huge = await openSocket(started);
    huge.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await huge.closed();
    const malformed = await connectRaw(started, 'alice');
    malformed.send(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]));
    await malformed.closed();
  });

  test('a header that arrives byte by byte, behind other packets', async () => {
    const started = await startBroker({ maxPayloadBytes: 1000 });
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 1, 1), Buffer.from([0x30]));
    await raw.next('puback');
    raw.send(Buffer.from([0x81]));
    await until(() => raw.socket.writableLength === 0);
    raw.send(Buffer.from([0x7d]));
    await raw.closed();
  });

  test('the guard follows packets however they are cut', () => {
    const stream = Buffer.concat([
      Buffer.from([0xc0, 0]),
      Buffer.from([0x30, 0x05]),
      Buffer.alloc(5, 0xff),
      Buffer.from([0x30, 0x80, 0x01]),
      Buffer.alloc(128, 0xff),
      Buffer.from([0x30, 0x81, 0x01]),
    ]);
    for (let size = 1; size <= stream.length; size++) {
      const guard = new PacketGuard(128);
      let admitted = 0;
      while (admitted < stream.length && guard.admits(stream.subarray(admitted, admitted + size))) admitted += size;
      expect(admitted).toBe(Math.floor((stream.length - 1) / size) * size);
    }
  });
});

describe('connections', () => {
  test('half a CONNECT, or none, is closed after connectTimeoutMs; a whole one is not', async () => {
    const started = await startBroker({ connectTimeoutMs: 200 });
    const [half, none, whole] = [await openSocket(started), await openSocket(started), await connectRaw(started, 'alice')];
    half.send(Buffer.from([0x10, 0x20, 0x00]));
    await half.closed();
    await none.closed();
    await whole.pinged();
  });

  test('a first packet that is no CONNECT closes', async () => {
    const started = await startBroker();
    for (const packet of [publishPacket('agents/alice/ack', '{}', 1, 1), { cmd: 'pingreq' as const }, Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const raw = await openSocket(started);
      raw.send(packet);
      await raw.closed();
    }
    expect(started.coordinator.commands).toEqual([]);
  });

  test('commands sent right behind the CONNECT are taken after it', async () => {
    const started = await startBroker();
    const raw = await openSocket(started);
    raw.send(connectPacket('alice'), publishPacket('agents/alice/ack', '{}', 1, 1), {
      cmd: 'subscribe',
      messageId: 2,
      subscriptions: [{ topic: 'agents/alice/ping', qos: 1 }],
    });
    await raw.next('suback');
    expect(raw.packets.map(({ cmd }) => cmd)).toEqual(expect.arrayContaining(['connack', 'puback']));
    const stranger = await openSocket(started);
    stranger.send(connectPacket('nobody'), publishPacket('agents/alice/ack', '{}', 1, 1));
    await stranger.closed();
    expect(started.coordinator.commands).toHaveLength(1);
  });

  test('beyond maxConnections they are closed, and there is room again when one ends', async () => {
    const started = await startBroker({ maxConnections: 2 });
    const first = await connectRaw(started, 'alice');
    await connectRaw(started, 'Bob');
    const refused = await openSocket(started);
    await refused.closed();
    expect(started.broker.connections()).toBe(2);
    first.socket.destroy();
    await until(() => started.broker.connections() === 1);
    expect((await attempt(started, 'alice')).code).toBe(0);
  });

  test('one agent has so many at most and the others as many as ever; there is room again when one ends, or all are dismissed', async () => {
    const started = await startBroker({ maxConnectionsOfOne: 2 });
    const first = await connectRaw(started, 'alice');
    await connectRaw(started, 'alice');
    expect((await attempt(started, 'alice')).code).toBe(3);
    for (let n = 0; n < 3; n += 1) await connectRaw(started, 'admin');
    await connectRaw(started, 'Bob');
    first.socket.destroy();
    await until(() => started.broker.connections() === 5);
    await connectRaw(started, 'alice');
    expect((await attempt(started, 'alice')).code).toBe(3);
    await started.broker.disconnectAgent('alice');
    await connectRaw(started, 'alice');
    await connectRaw(started, 'alice');
    expect((await attempt(started, 'alice')).code).toBe(3);
  });

  test('maxConnections counts both listeners together', async () => {
    const started = await startBroker({ maxConnections: 1, tls: { port: 0, ...selfSigned() } });
    await connectRaw(started, 'alice');
    await expect(connect({ port: started.tlsPort }, 'Bob', { protocol: 'mqtts', rejectUnauthorized: false })).rejects.toThrow();
    expect(started.broker.connections()).toBe(1);
  });

  test('small answers are not held back by Nagle', async () => {
    const started = await startBroker();
    const alice = await connectRaw(started, 'alice');
    alice.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'agents/alice/ping', qos: 1 }] });
    await alice.next('suback');
    const begun = performance.now();
    for (let n = 0; n < 20; n++) {
      await started.broker.publish(pingMessage(ALICE));
      await alice.next('publish');
      alice.send(publishPacket('agents/alice/ack', '{}', 1, n + 1));
      await alice.next('puback');
    }
    expect(performance.now() - begun).toBeLessThan(20 * 38);
  });

  test('TLS: the same promises on the second listener', async () => {
    const { key, cert } = selfSigned();
    const started = await startBroker({ maxPayloadBytes: 1000, stalledMs: 400, tls: { port: 0, key, cert } });
    const overTls = { port: started.tlsPort };
    const tls = { protocol: 'mqtts', ca: cert, servername: 'localhost' } as const;
    const alice = await connect(overTls, 'alice', tls);
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 1 });
    await started.broker.publish(pingMessage(ALICE, { payload: 'over tls' }));
    await until(() => started.coordinator.receipts.length === 1);
    await alice.client.publishAsync('agents/alice/ack', Buffer.alloc(10_000), { qos: 1 });
    expect(started.coordinator.commands[0]?.payload.length).toBe(10_000);
    alice.client.publish('agents/alice/ack', Buffer.alloc(20_000), { qos: 1 });
    await until(() => !alice.client.connected);
    const deaf = await connect(overTls, 'alice', tls);
    await deaf.client.subscribeAsync('agents/alice/reply', { qos: 1 });
    deaf.client.stream.pause();
    for (let n = 0; n < 200; n++) await started.broker.publish({ topic: 'agents/alice/reply', payload: 'x'.repeat(60_000) });
    await until(() => started.broker.connections() === 0);
    expect(started.warnings.join()).toContain('takes nothing');
  });
});

describe('disconnectAgent', () => {
  test('ends its connections and its stored sessions, and nobody else’s', async () => {
    const started = await startBroker();
    const stored = await connectRaw(started, 'alice', { clientId: 'stored', clean: false });
    stored.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'agents/alice/ping', qos: 1 }] });
    await stored.next('suback');
    stored.socket.destroy();
    await until(() => started.broker.connections() === 0);
    const [live, other] = [await connectRaw(started, 'alice', { clientId: 'live', clean: false }), await connectRaw(started, 'Bob')];
    expect(started.broker.wanted('agents/alice/ping')).toBe(true);
    await started.broker.disconnectAgent('alice');
    await live.closed();
    await other.pinged();
    expect(started.broker.connections()).toBe(1);
    expect(started.broker.wanted('agents/alice/ping')).toBe(false);
    expect((await attempt(started, 'alice', { clientId: 'stored', clean: false })).sessionPresent).toBe(false);
    expect((await attempt(started, 'Bob', { clientId: 'live' })).code).toBe(0);
  });

  test('of nobody resolves', async () => {
    const started = await startBroker();
    await started.broker.disconnectAgent('nobody');
  });
});

describe('close', () => {
  test('what was published before goes out; what was at the gate is answered if it was taken; nothing else is', async () => {
    const started = await startBroker();
    let taken = () => {};
    started.coordinator.answerCommand = () =>
      new Promise((resolve) => {
        taken = resolve;
      });
    const [early, late] = [await connectRaw(started, 'alice'), await connectRaw(started, 'Bob')];
    late.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'coordinator/status', qos: 1 }] });
    await late.next('suback');
    early.send(publishPacket('agents/alice/ack', '{}', 1, 1));
    await until(() => started.coordinator.commands.length === 1);
    await started.broker.publish({ topic: 'coordinator/status', payload: 'offline', retain: true });
    const closing = started.broker.close();
    late.send(publishPacket('agents/Bob/ack', '{}', 1, 1));
    taken();
    await closing;
    await Promise.all([early.closed(), late.closed()]);
    expect(early.has('puback')).toBe(true);
    expect(late.packets).toMatchObject([{ cmd: 'publish', topic: 'coordinator/status' }]);
    expect(started.coordinator.commands).toHaveLength(1);
  });

  test('a large backlog is flushed, a client that takes nothing is not waited for beyond two seconds', async () => {
    const started = await startBroker();
    const [reader, deaf] = [await connectRaw(started, 'admin'), await connectRaw(started, 'admin')];
    for (const raw of [reader, deaf]) {
      raw.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: '#', qos: 1 }] });
      await raw.next('suback');
    }
    deaf.socket.pause();
    for (let n = 0; n < 200; n++) await started.broker.publish({ topic: 'coordinator/events/task/created', payload: 'x'.repeat(60_000) });
    const begun = performance.now();
    await started.broker.close();
    expect(performance.now() - begun).toBeLessThan(2200);
    await reader.closed();
    expect(reader.packets).toHaveLength(200);
  });

  test('the same port can be opened again at once, and clients come back', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice', { reconnectPeriod: 20 });
    await started.broker.close();
    expect(started.broker.connections()).toBe(0);
    const again = await startBroker({ port: started.port });
    expect(again.port).toBe(started.port);
    await until(() => alice.client.connected && again.broker.connections() === 1);
    await settled(alice);
  });

  test('a busy port is an error, not a crash, and closing afterwards is fine', async () => {
    const started = await startBroker();
    await expect(startBroker({ port: started.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('a half-open socket does not hold it up', async () => {
    const started = await startBroker();
    const socket = connectTcp({ host: '127.0.0.1', port: started.port });
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => {});
    await started.broker.close();
    await until(() => socket.destroyed);
  });
});
