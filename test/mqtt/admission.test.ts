import { describe, expect, test } from 'vitest';
import { ALICE, connect, startBroker, until } from '#test/mqtt/fixture.ts';
import { attempt, connectBytes, connectPacket, connectRaw, openSocket } from '#test/mqtt/raw-client.ts';

const will = (topic: string) => ({ will: { topic, payload: Buffer.from('{"status":"offline"}'), qos: 1 as const, retain: true } });

describe('who may connect', () => {
  test('known names with their token; anyone else gets CONNACK 5', async () => {
    const started = await startBroker();
    expect((await attempt(started, 'alice')).code).toBe(0);
    expect((await attempt(started, 'admin')).code).toBe(0);
    for (const [username, options] of [
      ['alice', { password: Buffer.from('wrong') }],
      ['ALICE', {}],
      ['nobody', {}],
    ] as const) {
      const refused = await attempt(started, username, options);
      expect(refused.code).toBe(5);
      await refused.raw.closed();
    }
    const nameless = await openSocket(started);
    nameless.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'n', keepalive: 0 });
    expect((await nameless.next('connack')).returnCode).toBe(5);
    expect(started.broker.connections()).toBe(2);
  });

  test('CONNACK 3 when credentials cannot be looked up', async () => {
    const started = await startBroker();
    started.coordinator.lookUp = () => Promise.reject(new Error('no database'));
    expect((await attempt(started, 'alice')).code).toBe(3);
    expect(started.warnings.join()).toContain('authentication failed');
  });

  test('MQTT 3.1 is spoken, with its 23 characters; MQTT 5 gets CONNACK 1', async () => {
    const started = await startBroker();
    const old = { protocolId: 'MQIsdp', protocolVersion: 3 } as const;
    expect((await attempt(started, 'alice', { ...old, clientId: 'x'.repeat(23) })).code).toBe(0);
    expect((await attempt(started, 'alice', { ...old, clientId: 'x'.repeat(24) })).code).toBe(2);
    expect((await attempt(started, 'alice', { protocolVersion: 5 })).code).toBe(1);
  });

  test('whose token was renewed while it was being looked up is looked up again', async () => {
    const started = await startBroker();
    const lookups: (() => void)[] = [];
    let isRenewed = false;
    started.coordinator.lookUp = () => {
      const answer = isRenewed ? null : ALICE;
      return new Promise((resolve) => lookups.push(() => resolve(answer)));
    };
    const raw = await openSocket(started);
    raw.send(connectPacket('alice'));
    await until(() => lookups.length === 1);
    isRenewed = true;
    await started.broker.disconnectAgent('alice');
    lookups[0]?.();
    await until(() => lookups.length === 2);
    lookups[1]?.();
    expect((await raw.next('connack')).returnCode).toBe(5);
  });
});

describe('client ids', () => {
  test.each<[string, string, boolean, number]>([
    ['128 bytes', 'x'.repeat(128), true, 0],
    ['129 bytes', 'x'.repeat(129), true, 2],
    ['NUL', 'a\0b', true, 2],
    ['empty with a clean session', '', true, 0],
    ['a name objects have', '__proto__', true, 0],
  ])('%s', async (_, clientId, clean, code) => {
    const started = await startBroker();
    const first = await attempt(started, 'alice', { clientId, clean });
    expect(first.code).toBe(code);
    if (code !== 0) await first.raw.closed();
  });

  test.each<[string, 3 | 4, number, Buffer]>([
    ['empty without a clean session [MQTT-3.1.3-8]', 4, 0, Buffer.alloc(0)],
    ['empty in MQTT 3.1', 3, 2, Buffer.alloc(0)],
    ['ill-formed UTF-8', 4, 2, Buffer.from([0xc3, 0x28])],
  ])('%s is refused', async (_, version, flags, clientId) => {
    const started = await startBroker();
    const raw = await openSocket(started);
    raw.send(connectBytes(version, flags, clientId));
    expect((await raw.next('connack')).returnCode).toBe(2);
    await raw.closed();
  });

  test('belongs to its user while it is connected', async () => {
    const started = await startBroker();
    const alice = await connectRaw(started, 'alice', { clientId: 'mine' });
    expect((await attempt(started, 'Bob', { clientId: 'mine' })).code).toBe(2);
    expect((await attempt(started, 'admin', { clientId: 'mine', clean: false })).code).toBe(2);
    await alice.pinged();
    alice.socket.destroy();
    await until(() => started.broker.connections() === 0);
    expect((await attempt(started, 'Bob', { clientId: 'mine' })).code).toBe(0);
  });

  test('belongs to its user while its session is stored, and is free when that was ended', async () => {
    const started = await startBroker();
    const alice = await connectRaw(started, 'alice', { clientId: 'mine', clean: false });
    alice.socket.destroy();
    await until(() => started.broker.connections() === 0);
    expect((await attempt(started, 'Bob', { clientId: 'mine', clean: false })).code).toBe(2);
    expect((await attempt(started, 'Bob', { clientId: 'mine' })).code).toBe(2);
    const back = await attempt(started, 'alice', { clientId: 'mine', clean: true });
    expect(back).toMatchObject({ code: 0, sessionPresent: false });
    back.raw.socket.destroy();
    await until(() => started.broker.connections() === 0);
    expect((await attempt(started, 'Bob', { clientId: 'mine' })).code).toBe(0);
  });

  test('of two users who ask at once only one gets it', async () => {
    const started = await startBroker();
    const codes = await Promise.all(['alice', 'Bob', 'admin', 'Ruto'].map(async (username) => (await attempt(started, username, { clientId: 'same' })).code));
    expect(codes.toSorted()).toEqual([0, 2, 2, 2]);
    expect(started.broker.connections()).toBe(1);
  });

  test('the same user takes its own over; the older connection is closed', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', { clientId: 'mine' });
    const second = await connectRaw(started, 'alice', { clientId: 'mine' });
    await first.closed();
    await second.pinged();
    expect(started.broker.connections()).toBe(1);
    const third = await connectRaw(started, 'alice', { clientId: 'mine' });
    await second.closed();
    await third.pinged();
  });

  test('takeovers in a storm end with one connection and a session that works', async () => {
    const started = await startBroker();
    const all = await Promise.all(Array.from({ length: 30 }, () => openSocket(started)));
    for (const raw of all) raw.send(connectPacket('alice', { clientId: 'mine', clean: false }));
    await until(() => all.filter((raw) => raw.isClosed).length === 29 && started.broker.connections() === 1);
    const last = all.find((raw) => !raw.isClosed);
    last?.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'agents/alice/ping', qos: 1 }] });
    await last?.next('suback');
    await started.broker.publish({ topic: 'agents/alice/ping', payload: 'x' });
    expect((await last?.next('publish'))?.payload.toString()).toBe('x');
  });

  test('session present only tells of a stored session, with or without subscriptions', async () => {
    const started = await startBroker();
    const mine = { clientId: 'mine', clean: false };
    const first = await attempt(started, 'alice', mine);
    expect(first.sessionPresent).toBe(false);
    first.raw.socket.destroy();
    await until(() => started.broker.connections() === 0);
    expect((await attempt(started, 'alice', mine)).sessionPresent).toBe(true);
    expect((await attempt(started, 'alice', { ...mine, clean: true })).sessionPresent).toBe(false);
    expect((await attempt(started, 'alice', mine)).sessionPresent).toBe(false);
  });
});

describe('Last Wills', () => {
  test.each([
    ['alice', 'agents/alice/heartbeat', 0],
    ['alice', 'agents/Bob/heartbeat', 5],
    ['alice', 'agents/alice/ack', 5],
    ['alice', 'agents/alice/complete', 5],
    ['alice', 'coordinator/status', 5],
    ['alice', 'agents/+/heartbeat', 5],
    ['admin', 'agents/alice/heartbeat', 0],
    ['admin', 'agents/alice/ack', 5],
    ['admin', 'anything', 5],
  ])('of %s on %s: CONNACK %i', async (username, topic, code) => {
    const started = await startBroker();
    expect((await attempt(started, username, will(topic))).code).toBe(code);
    expect(started.coordinator.heartbeats).toEqual([]);
  });

  test('a real client learns of it', async () => {
    const started = await startBroker();
    await expect(connect(started, 'alice', { will: { topic: 'agents/Bob/heartbeat', payload: Buffer.from('x') } })).rejects.toMatchObject({ code: 5 });
  });
});
