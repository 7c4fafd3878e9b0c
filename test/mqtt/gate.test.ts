import { describe, expect, test } from 'vitest';
import { connect, settled, startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw, publishPacket } from '#test/mqtt/raw-client.ts';

const LEAVES = ['ack', 'snooze', 'complete', 'fail', 'assign', 'sync'];

/** Promises the test settles by hand, in the order they were asked for. */
function latches() {
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const next = () => new Promise<void>((resolve, reject) => open.push({ resolve, reject }));
  return { open, next };
}

describe('a command is acknowledged when it was taken, not before', () => {
  test.each(LEAVES)('%s: PUBACK follows takeCommand', async (leaf) => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'Ruto');
    raw.send(publishPacket(`agents/Ruto/${leaf}`, '{"task_id":1}', 1, 7));
    await until(() => gate.open.length === 1);
    await raw.pinged();
    expect(raw.has('puback')).toBe(false);
    gate.open[0]?.resolve();
    expect((await raw.next('puback')).messageId).toBe(7);
    expect(started.coordinator.commands).toMatchObject([
      { agent: 'Ruto', leaf, topic: `agents/Ruto/${leaf}`, qos: 1, retain: false, dup: false, packetId: 7, principal: { name: 'Ruto' } },
    ]);
    expect(started.coordinator.commands[0]?.payload.toString()).toBe('{"task_id":1}');
  });

  test('a rejected one gets none, and the connection closes', async () => {
    const started = await startBroker();
    started.coordinator.answerCommand = () => Promise.reject(new Error('storage refuses'));
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 1, 7), publishPacket('agents/alice/ack', '{}', 1, 8));
    await raw.closed();
    expect(raw.has('puback')).toBe(false);
  });

  test('one that fails while another before it is still at the gate waits its turn, and then closes', async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 1, 7), publishPacket('agents/alice/ack', '{}', 1, 8), publishPacket('agents/alice/ack', '{}', 1, 9));
    await until(() => gate.open.length === 3);
    gate.open[1]?.reject(new Error('storage refuses'));
    gate.open[2]?.reject(new Error('storage refuses'));
    await raw.pinged();
    gate.open[0]?.resolve();
    await raw.closed();
    expect(raw.packets).toMatchObject([{ cmd: 'puback', messageId: 7 }]);
  });

  test('an empty payload and QoS 0 are fine; a PUBLISH before a DISCONNECT is taken', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '', 0), { cmd: 'disconnect' });
    await raw.closed();
    await until(() => started.coordinator.commands.length === 1);
    expect(started.coordinator.commands).toMatchObject([{ leaf: 'ack', qos: 0, packetId: null }]);
  });

  test('keepalive is answered while many commands are at the gate, in one segment and in many', async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'alice');
    raw.send(...Array.from({ length: 40 }, (_, index) => publishPacket('agents/alice/ack', '{}', 1, index + 1)));
    for (let id = 41; id <= 50; id++) raw.send(publishPacket('agents/alice/ack', '{}', 1, id));
    await until(() => gate.open.length === 50);
    await raw.pinged();
    await raw.pinged();
    expect(raw.has('puback')).toBe(false);
    for (const { resolve } of gate.open) resolve();
    await until(() => raw.packets.filter(({ cmd }) => cmd === 'puback').length === 50);
  });

  test('a flood is not read beyond a bound until the gate lets some through, and nothing of it is lost', async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'alice');
    const payload = 'x'.repeat(50_000);
    for (let id = 1; id <= 1000; id++) raw.send(publishPacket('agents/alice/ack', payload, 1, id));
    await until(() => raw.socket.writableLength > 0 && gate.open.length >= 20);
    const other = await connectRaw(started, 'Bob'); // a round trip elsewhere: whatever was readable has been read by now
    await other.pinged();
    expect(gate.open.length).toBeLessThan(60);
    started.coordinator.answerCommand = async () => {};
    for (const { resolve } of gate.open) resolve();
    await until(() => raw.packets.length === 1000);
    expect(raw.packets.map((packet) => packet.messageId)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  });

  test("one client's commands are handed over, and acknowledged, in its order", async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'alice');
    raw.send(
      publishPacket('agents/alice/ack', '1', 1, 11),
      publishPacket('agents/alice/snooze', '2', 2, 12),
      publishPacket('agents/alice/complete', '3', 1, 13),
    );
    await until(() => gate.open.length === 3);
    expect(started.coordinator.commands.map(({ payload }) => payload.toString())).toEqual(['1', '2', '3']);
    gate.open[2]?.resolve();
    gate.open[1]?.resolve();
    await raw.pinged();
    expect(raw.packets).toEqual([]);
    gate.open[0]?.resolve();
    await until(() => raw.packets.length === 3);
    expect(raw.packets.map(({ cmd, messageId }) => [cmd, messageId])).toEqual([
      ['puback', 11],
      ['pubrec', 12],
      ['puback', 13],
    ]);
  });

  test('a retained command is not replayed to later subscribers, but present ones see it', async () => {
    const started = await startBroker();
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#', { qos: 1 });
    const alice = await connect(started, 'alice');
    await alice.client.publishAsync('agents/alice/ack', '{}', { qos: 1, retain: true });
    await until(() => admin.received.length === 1);
    expect(admin.received[0]).toMatchObject({ topic: 'agents/alice/ack', retain: false });
    const late = await connect(started, 'admin');
    await late.client.subscribeAsync('#', { qos: 1 });
    await settled(late);
    expect(late.received).toEqual([]);
  });

  test('what is larger than MAX_PAYLOAD_BYTES reaches takeCommand, up to 16 times, and nobody else', async () => {
    const started = await startBroker({ maxPayloadBytes: 1000 });
    const admin = await connect(started, 'admin');
    await admin.client.subscribeAsync('#');
    const alice = await connect(started, 'alice');
    await alice.client.publishAsync('agents/alice/ack', Buffer.alloc(15_900), { qos: 1 });
    expect(started.coordinator.commands[0]?.payload.length).toBe(15_900);
    await settled(admin);
    expect(admin.received).toEqual([]);
  });

  test('packet identifier 0 closes the connection', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(Buffer.from([0x32, 20, 0, 16, ...Buffer.from('agents/alice/ack'), 0, 0])); // [MQTT-2.3.1-1]
    await raw.closed();
    expect(started.coordinator.commands).toEqual([]);
  });
});

describe('QoS 2: a command is taken once', () => {
  test('repeated before its PUBREL', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 2, 5));
    await raw.next('pubrec');
    raw.send(publishPacket('agents/alice/ack', '{}', 2, 5, { dup: true }));
    await raw.next('pubrec');
    raw.send({ cmd: 'pubrel', messageId: 5 });
    await raw.next('pubcomp');
    expect(started.coordinator.commands).toHaveLength(1);
    raw.send(publishPacket('agents/alice/ack', '{}', 2, 5)); // a new message under a free id
    await raw.next('pubrec');
    expect(started.coordinator.commands).toHaveLength(2);
  });

  test('repeated while the first is still at the gate: both are answered when it was taken', async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const raw = await connectRaw(started, 'alice');
    raw.send(publishPacket('agents/alice/ack', '{}', 2, 5), publishPacket('agents/alice/ack', '{}', 2, 5, { dup: true }));
    await raw.pinged();
    expect(raw.packets).toEqual([]);
    gate.open[0]?.resolve();
    await raw.next('pubrec');
    await raw.next('pubrec');
    expect(started.coordinator.commands).toHaveLength(1);
  });

  test('repeated on the next connection of a persistent session, while the first is at the gate and after', async () => {
    const started = await startBroker();
    const gate = latches();
    started.coordinator.answerCommand = gate.next;
    const session = { clientId: 'alice-1', clean: false };
    const first = await connectRaw(started, 'alice', session);
    first.send(publishPacket('agents/alice/ack', '{}', 2, 5));
    await until(() => gate.open.length === 1);
    first.socket.destroy();
    const second = await connectRaw(started, 'alice', session);
    second.send(publishPacket('agents/alice/ack', '{}', 2, 5, { dup: true }));
    await second.pinged();
    expect(second.packets).toEqual([]);
    gate.open[0]?.resolve();
    await second.next('pubrec');
    second.socket.destroy();
    const third = await connectRaw(started, 'alice', session);
    third.send(publishPacket('agents/alice/ack', '{}', 2, 5, { dup: true }));
    await third.next('pubrec');
    third.send({ cmd: 'pubrel', messageId: 5 });
    await third.next('pubcomp');
    expect(started.coordinator.commands).toHaveLength(1);
  });

  test('one that was refused by storage is taken when it is repeated', async () => {
    const started = await startBroker();
    const session = { clientId: 'alice-1', clean: false };
    started.coordinator.answerCommand = () => Promise.reject(new Error('disk full'));
    const first = await connectRaw(started, 'alice', session);
    first.send(publishPacket('agents/alice/ack', '{}', 2, 5));
    await first.closed();
    started.coordinator.answerCommand = async () => {};
    const second = await connectRaw(started, 'alice', session);
    second.send(publishPacket('agents/alice/ack', '{}', 2, 5, { dup: true }));
    await second.next('pubrec');
    expect(started.coordinator.commands).toHaveLength(2);
  });

  test('a clean session forgets its packet ids', async () => {
    const started = await startBroker();
    const first = await connectRaw(started, 'alice', { clientId: 'a' });
    first.send(publishPacket('agents/alice/ack', '{}', 2, 5));
    await first.next('pubrec');
    first.socket.destroy();
    const second = await connectRaw(started, 'alice', { clientId: 'a' });
    second.send(publishPacket('agents/alice/ack', '{}', 2, 5));
    await second.next('pubrec');
    expect(started.coordinator.commands).toHaveLength(2);
  });

  test('half-open exchanges are bounded', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice');
    for (let id = 1; id <= 1001; id++) raw.send(publishPacket('agents/alice/ack', '{}', 2, id));
    await raw.closed();
    expect(started.coordinator.commands).toHaveLength(1000);
  });
});
