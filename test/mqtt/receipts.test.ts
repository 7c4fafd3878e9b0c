import { describe, expect, test } from 'vitest';
import { ALICE, connect, pingMessage, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw } from '#test/mqtt/raw-client.ts';

const filter = (topic: string, qos: 0 | 1 | 2 = 1) => ({ cmd: 'subscribe' as const, messageId: 9, subscriptions: [{ topic, qos }] });
const mine = { clientId: 'mine', clean: false };

describe('receipts', () => {
  test.each([true, false])('the PUBACK of that very packet, once (clean session: %s)', async (clean) => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', { clientId: 'mine', clean });
    raw.send(filter('agents/alice/ping'));
    await raw.next('suback');
    for (const pingId of ['one', 'two', 'three']) await started.broker.publish(pingMessage(ALICE, { pingId }));
    const packets = [await raw.next('publish'), await raw.next('publish'), await raw.next('publish')];
    expect(started.coordinator.receipts).toEqual([]);
    const two = packets[1]?.messageId ?? 0;
    raw.send({ cmd: 'puback', messageId: two }, { cmd: 'puback', messageId: two }, { cmd: 'puback', messageId: 4242 });
    await raw.pinged();
    expect(started.coordinator.receipts).toEqual(['receipt-two']);
    raw.send({ cmd: 'puback', messageId: packets[0]?.messageId ?? 0 });
    await raw.pinged();
    expect(started.coordinator.receipts).toEqual(['receipt-two', 'receipt-one']);
  });

  test('others reading along prove nothing; two connections of the agent prove it once', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#', { qos: 1 });
    await started.broker.publish(pingMessage(ALICE, { pingId: 'unheard' }));
    await until(() => admin.received.length === 1);
    await settled(admin);
    expect(started.coordinator.receipts).toEqual([]);
    const [first, second] = [await connect(started, 'alice'), await connect(started, 'alice')];
    for (const { client } of [first, second]) await client.subscribeAsync('agents/alice/ping', { qos: 1 });
    await started.broker.publish(pingMessage(ALICE, { pingId: 'heard' }));
    await until(() => first.received.length === 1 && second.received.length === 1);
    await Promise.all([settled(first), settled(second)]);
    expect(started.coordinator.receipts).toEqual(['receipt-heard']);
  });

  test('of a ping meant for another agent id, or by the wrong kind of acknowledgement, there is none', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(filter('agents/alice/ping'));
    await raw.next('suback');
    await started.broker.publish(pingMessage({ id: 99, name: 'alice' }));
    raw.send({ cmd: 'puback', messageId: (await raw.next('publish')).messageId ?? 0 });
    await started.broker.publish(pingMessage(ALICE, { pingId: 'hers' }));
    const { messageId = 0 } = await raw.next('publish');
    raw.send({ cmd: 'pubcomp', messageId });
    await raw.pinged();
    expect(started.coordinator.receipts).toEqual([]);
    raw.send({ cmd: 'puback', messageId });
    await raw.pinged();
    expect(started.coordinator.receipts).toEqual(['receipt-hers']);
  });

  test('none from a QoS 0 subscription', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 0 });
    await started.broker.publish(pingMessage(ALICE));
    await until(() => alice.received.length === 1);
    await settled(alice);
    expect(started.coordinator.receipts).toEqual([]);
  });

  test('of a ping that waited for a persistent session, and of one repeated on its next connection', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', mine);
    first.send(filter('agents/alice/#'));
    await first.next('suback');
    await started.broker.publish(pingMessage(ALICE, { pingId: 'repeated' }));
    await first.next('publish');
    first.socket.destroy();
    await until(() => started.broker.connections() === 0);
    await started.broker.publish(pingMessage(ALICE, { pingId: 'waited' }));
    const second = await connect(started, 'alice', { ...mine, resubscribe: false });
    await settled(second);
    await until(() => started.coordinator.receipts.length === 2);
    expect(started.coordinator.receipts).toEqual(['receipt-repeated', 'receipt-waited']);
  });

  test('a QoS 2 subscription still gets pings at QoS 1, with a receipt', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 2 });
    await started.broker.publish(pingMessage(ALICE));
    await until(() => started.coordinator.receipts.length === 1);
    expect(alice.received[0]?.qos).toBe(1);
  });
});

describe('listening', () => {
  test('on each SUBSCRIBE with a granted filter that matches its own ping topic, and only then', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/reply');
    await alice.client.subscribeAsync('coordinator/status');
    expect(started.coordinator.listened).toEqual([]);
    for (const topic of ['agents/alice/ping', 'agents/alice/ping', 'agents/alice/+', 'agents/alice/#']) await alice.client.subscribeAsync(topic, { qos: 1 });
    expect(started.coordinator.listened).toHaveLength(4);
    expect(new Set(started.coordinator.listened.map(({ agentId, connection }) => `${agentId} ${connection}`)).size).toBe(1);
    expect(started.coordinator.listened[0]?.agentId).toBe(ALICE.id);
  });

  test('never for the admin, nor for another agent, nor for a refused filter', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync(['#', 'agents/alice/ping']);
    const bob = await connectRaw(started, 'Bob');
    bob.send(filter('agents/alice/ping'), filter('#'));
    await bob.next('suback');
    await bob.next('suback');
    expect(started.coordinator.listened).toEqual([]);
  });

  test('when it comes back to a stored session, after what waited for it was written', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', mine);
    first.send(filter('agents/alice/ping'));
    await first.next('suback');
    await started.broker.publish(pingMessage(ALICE, { pingId: 'sent' }));
    await first.next('publish');
    const before = started.coordinator.listened[0];
    expect([before?.has('sent'), before?.has('waited')]).toEqual([true, false]);
    first.socket.destroy();
    await until(() => started.broker.connections() === 0);
    await started.broker.publish(pingMessage(ALICE, { pingId: 'waited' }));
    const second = await connectRaw(started, 'alice', mine);
    await until(() => started.coordinator.listened.length === 2);
    const after = started.coordinator.listened[1];
    expect([after?.has('sent'), after?.has('waited'), after?.has('other')]).toEqual([true, true, false]);
    expect(after?.connection).not.toBe(before?.connection);
    expect(before?.has('sent')).toBe(false); // that connection is gone
    await second.pinged();
    expect(second.packets).toHaveLength(2);
  });

  test('has() remembers what was acknowledged on this connection, not what an earlier one got', async () => {
    const started = await startBroker();
    const first = await connect(started, 'alice', mine);
    await first.client.subscribeAsync('agents/alice/ping', { qos: 1 });
    await started.broker.publish(pingMessage(ALICE, { pingId: 'early' }));
    await until(() => started.coordinator.receipts.length === 1);
    expect(started.coordinator.listened[0]?.has('early')).toBe(true);
    await first.client.endAsync();
    await until(() => started.broker.connections() === 0);
    await connect(started, 'alice', { ...mine, resubscribe: false });
    await until(() => started.coordinator.listened.length === 2);
    expect(started.coordinator.listened[1]?.has('early')).toBe(false);
  });

  test('a ping published from within listening() reaches that very subscriber', async () => {
    const started = await startBroker();
    const listening = started.coordinator.listening.bind(started.coordinator);
    started.coordinator.listening = (...args) => {
      listening(...args);
      void started.broker.publish(pingMessage(ALICE, { pingId: 'resent' }));
      expect(args[2]('resent')).toBe(true);
    };
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 1 });
    await until(() => alice.received.length === 1);
  });

  test('a QoS 0 ping was written too', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/ping', { qos: 0 });
    await started.broker.publish(pingMessage(ALICE, { pingId: 'light' }));
    expect(started.coordinator.listened[0]?.has('light')).toBe(true);
  });
});

describe('listening to replies', () => {
  const withdrawal = (withdraws: number) => ({ topic: 'agents/alice/reply', payload: '{}', to: { agent: 'alice', kind: 'withdraw' } as const, withdraws });

  test('on each SUBSCRIBE of the agent itself that matches its own reply topic, and only then', async () => {
    const started = await startBroker();
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync(['agents/alice/ping', 'coordinator/status']);
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#');
    expect(started.coordinator.repliesHeard).toEqual([]);
    for (const topic of ['agents/alice/reply', 'agents/alice/#']) await alice.client.subscribeAsync(topic, { qos: 1 });
    expect(started.coordinator.repliesHeard.map(({ agentId }) => agentId)).toEqual([ALICE.id, ALICE.id]);
  });

  test('a withdrawal is there while it is on its way to that connection, and for every connection once it was acknowledged', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', mine);
    raw.send(filter('agents/alice/reply'));
    await raw.next('suback');
    for (const id of [1, 2]) await started.broker.publish(withdrawal(id));
    const [one] = [await raw.next('publish'), await raw.next('publish')];
    raw.send({ cmd: 'puback', messageId: one.messageId ?? 0 });
    await raw.pinged();
    const other = await connect(started, 'alice');
    await other.client.subscribeAsync('agents/alice/reply', { qos: 1 });
    const known = () => started.coordinator.repliesHeard.map(({ has }) => [1, 2, 3].filter(has));
    expect(known()).toEqual([[1, 2], [1]]);
    raw.socket.destroy();
    await until(() => started.broker.connections() === 1);
    await started.broker.publish(withdrawal(3));
    await settled(other);
    const back = await connectRaw(started, 'alice', mine);
    await until(() => started.coordinator.repliesHeard.length === 3);
    await back.pinged();
    await until(() => started.coordinator.repliesHeard[0]?.has(3) === true);
    expect(known()).toEqual([
      [1, 3],
      [1, 3],
      [1, 2, 3],
    ]);
  });

  test('one that others took, or that nobody took, has not arrived', async () => {
    const started = await startBroker();
    await started.broker.publish(withdrawal(1));
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#', { qos: 1 });
    await started.broker.publish(withdrawal(2));
    await settled(admin);
    const alice = await connect(started, 'alice');
    await alice.client.subscribeAsync('agents/alice/reply', { qos: 0 });
    await started.broker.publish(withdrawal(3));
    expect([1, 2, 3].filter((id) => started.coordinator.repliesHeard[0]?.has(id))).toEqual([3]);
  });
});
