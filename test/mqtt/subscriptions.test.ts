import { describe, expect, test } from 'vitest';
import { connect, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw, publishPacket } from '#test/mqtt/raw-client.ts';

const subscribe = (...topics: string[]) => ({ cmd: 'subscribe' as const, messageId: 9, subscriptions: topics.map((topic) => ({ topic, qos: 1 as const })) });
/** A SUBSCRIBE whose one filter has these bytes. */
const subscribeBytes = (filter: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from([0, 9, filter.length >> 8, filter.length & 255]), filter, Buffer.from([1])]);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([0x82, ...length]), body]);
};

describe('SUBSCRIBE', () => {
  test('a refused filter gets 0x80 alone, the others in the same packet are granted', async () => {
    const started = await startBroker();
    const alice = await connectRaw(started, 'alice');
    alice.send(subscribe('agents/alice/ping', 'agents/Bob/ping', '$share/g/agents/alice/ping', '$SYS/#', '#', 'coordinator/status'));
    expect((await alice.next('suback')).granted).toEqual([1, 128, 128, 128, 128, 1]);
    await started.broker.publish({ topic: 'agents/Bob/ping', payload: 'secret' });
    await started.broker.publish({ topic: 'agents/alice/ping', payload: 'hers' });
    expect((await alice.next('publish')).payload.toString()).toBe('hers');
    await alice.pinged();
    expect(alice.packets).toEqual([]);
    expect(started.broker.wanted('agents/Bob/ping')).toBe(false);
  });

  test('nobody gets $share, the admin everything else', async () => {
    const started = await startBroker();
    const admin = await connectRaw(started, 'admin');
    admin.send(subscribe('$share/g/#', '#', '$SYS/#', 'agents/+/ping'));
    expect((await admin.next('suback')).granted).toEqual([128, 1, 1, 1]);
  });

  test('a refused filter is never stored: not queued for, not there after a reconnect', async () => {
    const started = await startBroker();
    const mine = { clientId: 'mine', clean: false };
    const first = await connectRaw(started, 'alice', mine);
    first.send(subscribe('agents/alice/ping', 'agents/Bob/ping'));
    expect((await first.next('suback')).granted).toEqual([1, 128]);
    first.socket.destroy();
    await until(() => started.broker.connections() === 0);
    await started.broker.publish({ topic: 'agents/Bob/ping', payload: 'secret' });
    await started.broker.publish({ topic: 'agents/alice/ping', payload: 'hers' });
    const second = await connectRaw(started, 'alice', mine);
    expect((await second.next('publish')).payload.toString()).toBe('hers');
    await started.broker.publish({ topic: 'agents/Bob/ping', payload: 'secret' });
    await second.pinged();
    expect(second.packets).toEqual([]);
  });

  test('what a stored session holds is judged again when its agent comes back with less', async () => {
    const started = await startBroker();
    const mine = { clientId: 'mine', clean: false };
    const first = await connectRaw(started, 'Ruto', mine);
    first.send(subscribe('coordinator/#', 'agents/Ruto/ping'));
    await first.next('suback');
    first.socket.destroy();
    await until(() => started.broker.connections() === 0);
    started.coordinator.lookUp = async () => ({ kind: 'agent', id: 3, name: 'Ruto', type: 'sub_agent' });
    const second = await connectRaw(started, 'Ruto', mine);
    await started.broker.publish({ topic: 'coordinator/events/task/created', payload: 'x' });
    await started.broker.publish({ topic: 'agents/Ruto/ping', payload: 'hers' });
    expect((await second.next('publish')).topic).toBe('agents/Ruto/ping');
  });

  test.each([
    ['a#', Buffer.from('a#')],
    ['+a', Buffer.from('+a')],
    ['agents/#/x', Buffer.from('agents/#/x')],
    ['NUL', Buffer.from('agents/\0')],
    ['ill-formed UTF-8', Buffer.from([0x61, 0xff])],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['empty', Buffer.alloc(0)],
    ['1,025 bytes', Buffer.alloc(1025, 'x')],
    ['33 levels', Buffer.from('/'.repeat(32))],
    ['101 levels', Buffer.from('/'.repeat(100))],
  ])('an invalid filter closes the connection: %s', async (_, filter) => {
    const started = await startBroker();
    const admin = await connectRaw(started, 'admin');
    admin.send(subscribeBytes(filter));
    await admin.closed();
    expect(admin.has('suback')).toBe(false);
  });

  test('a SUBSCRIBE without a filter closes the connection [MQTT-3.8.3-3]', async () => {
    const started = await startBroker();
    const admin = await connectRaw(started, 'admin');
    admin.send(Buffer.from([0x82, 2, 0, 9]));
    await admin.closed();
  });

  test('a session holds a bounded number of filters', async () => {
    const started = await startBroker();
    const alice = await connectRaw(started, 'alice');
    alice.send(subscribe(...Array.from({ length: 1100 }, (_, index) => `agents/alice/${index}`)));
    const { granted } = await alice.next('suback');
    expect(granted.filter((code) => code === 1)).toHaveLength(1000);
    expect(granted.slice(1000)).toEqual(new Array(100).fill(128));
  });

  test('UNSUBSCRIBE ends it, for a stored session too', async () => {
    const started = await startBroker();
    const mine = { clientId: 'mine', clean: false };
    const alice = await connect(started, 'alice', mine);
    await alice.client.subscribeAsync(['agents/alice/ping', 'agents/alice/reply'], { qos: 1 });
    await alice.client.unsubscribeAsync('agents/alice/ping');
    expect(started.broker.wanted('agents/alice/ping')).toBe(false);
    await alice.client.endAsync();
    expect(started.broker.wanted('agents/alice/reply')).toBe(true);
    expect(started.broker.wanted('agents/alice/ping')).toBe(false);
  });

  test('wanted() knows connected, stored and wildcard subscriptions, and forgets clean sessions', async () => {
    const started = await startBroker();
    expect(started.broker.wanted('coordinator/events/task/created')).toBe(false);
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('coordinator/#');
    expect(started.broker.wanted('coordinator/events/task/created')).toBe(true);
    await admin.client.endAsync();
    await until(() => !started.broker.wanted('coordinator/events/task/created'));
  });

  test('$SYS: nothing of the kind reaches anyone', async () => {
    const started = await startBroker();
    const [admin, alice] = [await connect(started, 'admin'), await connect(started, 'alice')];
    await admin.client.subscribeAsync(['$SYS/#', '#']);
    await alice.client.subscribeAsync('agents/alice/#');
    await (await connect(started, 'Bob')).client.endAsync();
    await settled(admin);
    await settled(alice);
    expect([...admin.received, ...alice.received]).toEqual([]);
  });
});

describe('PUBLISH', () => {
  test.each([
    ['alice', 'agents/Bob/ack'],
    ['alice', 'agents/alice/assign'],
    ['alice', 'agents/ALICE/ack'],
    ['alice', 'agents/alice/ping'],
    ['admin', 'agents/alice/ping'],
    ['admin', 'agents/alice/reply'],
    ['admin', 'coordinator/status'],
    ['Ruto', 'coordinator/alerts/1'],
    ['admin', '$SYS/x'],
    ['admin', 'elsewhere'],
  ])('%s may not publish %s: recorded, then closed without a PUBACK', async (username, topic) => {
    const started = await startBroker();
    let release = () => {};
    started.coordinator.answerRefused = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#');
    const raw = await connectRaw(started, username);
    raw.send(publishPacket(topic, 'payload', 1, 3));
    await until(() => started.coordinator.refused.length === 1);
    await raw.pinged();
    release();
    await raw.closed();
    expect(raw.packets).toEqual([]); // no PUBACK [MQTT-3.3.5-2]
    expect(started.coordinator.refused[0]).toMatchObject({ topic, principal: { kind: username === 'admin' ? 'admin' : 'agent' } });
    expect(started.coordinator.refused[0]?.payload.toString()).toBe('payload');
    expect(started.coordinator.commands).toEqual([]);
    await settled(admin);
    expect(admin.received).toEqual([]);
  });

  test('what came before a forbidden one is acknowledged first', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 1, 1), publishPacket('agents/Bob/ack', '{}', 1, 2));
    await raw.closed();
    expect(raw.packets).toMatchObject([{ cmd: 'puback', messageId: 1 }]);
  });

  test('the admin may speak for any agent', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    await admin.client.publishAsync('agents/alice/assign', '{}', { qos: 1 });
    expect(started.coordinator.commands).toMatchObject([{ agent: 'alice', leaf: 'assign', principal: { kind: 'admin' } }]);
  });

  test.each([
    ['NUL', Buffer.from('agents/alice/\0')],
    ['ill-formed UTF-8', Buffer.from([...Buffer.from('agents/alice/'), 0xc3, 0x28])],
    ['a wildcard', Buffer.from('agents/alice/+')],
    ['1,025 bytes', Buffer.alloc(1025, 'x')],
    ['too many levels', Buffer.from('/'.repeat(32))],
    ['empty', Buffer.alloc(0)],
  ])('an invalid topic closes the connection: %s', async (_, topic) => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'admin');
    const body = Buffer.concat([Buffer.from([topic.length >> 8, topic.length & 255]), topic, Buffer.from([0, 1])]);
    raw.send(Buffer.concat([Buffer.from(body.length < 128 ? [0x32, body.length] : [0x32, (body.length & 127) | 128, body.length >> 7]), body]));
    await raw.closed();
    expect(raw.has('puback')).toBe(false);
    expect(started.coordinator.refused).toEqual([]);
  });
});
