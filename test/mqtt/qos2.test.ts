import type { Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { startBroker, until } from '#test/mqtt/fixture.ts';
import { connectRaw, publishPacket, type RawClient } from '#test/mqtt/raw-client.ts';

const publish = (id: number, dup = false): Packet => publishPacket('agents/alice/sync', '{}', 2, id, { dup });
const pubrel = (id: number): Packet => ({ cmd: 'pubrel', messageId: id });
const STORED = { clientId: 'alice-1', clean: false };

const answers = async (raw: RawClient, count: number): Promise<(string | number | undefined)[][]> => {
  await until(() => raw.packets.length >= count);
  await raw.pinged();
  return raw.packets.splice(0).map(({ cmd, messageId }) => [cmd, messageId]);
};

describe('PUBLISH and PUBREL that do not wait for one another', () => {
  test.each([true, false])('over and over in one chunk on connections of one client id (clean session: %s): each pair is one message', async (clean) => {
    const started = await startBroker();
    for (let round = 1; round <= 4; round++) {
      const raw = await connectRaw(started, 'alice', { clientId: 'alice-1', clean });
      raw.send(publish(9, true), pubrel(9));
      expect(await answers(raw, 2)).toEqual([
        ['pubrec', 9],
        ['pubcomp', 9],
      ]);
      expect(started.coordinator.commands).toHaveLength(round);
      raw.socket.destroy();
    }
  });

  test('a repetition on the next connection and its PUBREL in one chunk: not taken again', async () => {
    const started = await startBroker();
    for (let round = 1; round <= 3; round++) {
      const first = await connectRaw(started, 'alice', STORED);
      first.send(publish(9));
      await first.next('pubrec');
      first.socket.destroy();
      const second = await connectRaw(started, 'alice', STORED);
      second.send(publish(9, true), pubrel(9));
      expect(await answers(second, 2)).toEqual([
        ['pubrec', 9],
        ['pubcomp', 9],
      ]);
      expect(started.coordinator.commands).toHaveLength(round);
      second.socket.destroy();
    }
  });

  test('one id again and again in one chunk: as many messages as PUBRELs, and repetitions are none', async () => {
    const started = await startBroker();
    const raw = await connectRaw(started, 'alice', STORED);
    raw.send(publish(9), publish(9, true), pubrel(9), publish(9), pubrel(9), pubrel(9), publish(9));
    const answered = await answers(raw, 7);
    expect(answered.filter(([cmd]) => cmd === 'pubrec')).toHaveLength(4);
    expect(answered.filter(([cmd]) => cmd === 'pubcomp')).toHaveLength(3);
    expect(started.coordinator.commands).toHaveLength(3);
  });

  test('PUBREL while its PUBLISH is at the gate, on this connection or an earlier one: PUBCOMP waits, keepalive does not, and the id is free afterwards', async () => {
    const started = await startBroker();
    const open: (() => void)[] = [];
    started.coordinator.answerCommand = () => new Promise((resolve) => open.push(resolve));
    const first = await connectRaw(started, 'alice', STORED);
    first.send(publish(8), publish(9));
    await until(() => open.length === 2);
    first.send(pubrel(8));
    await first.pinged();
    await first.pinged();
    expect(first.packets).toEqual([]);
    first.socket.destroy();
    const second = await connectRaw(started, 'alice', STORED);
    second.send(pubrel(9));
    await second.pinged();
    await second.pinged();
    expect(second.packets).toEqual([]);
    for (const resolve of open) resolve();
    expect(await answers(second, 1)).toEqual([['pubcomp', 9]]);
    started.coordinator.answerCommand = async () => {};
    second.send(publish(8), publish(9));
    expect(await answers(second, 2)).toEqual([
      ['pubrec', 8],
      ['pubrec', 9],
    ]);
    expect(started.coordinator.commands).toHaveLength(4);
  });

  test.each([
    ['on its connection', false],
    ['on the next one', true],
  ])('PUBREL of a message that storage refused, %s: no PUBCOMP, the connection closes', async (_, next) => {
    const started = await startBroker();
    const open: ((error: Error) => void)[] = [];
    started.coordinator.answerCommand = () => new Promise((_resolve, reject) => open.push(reject));
    const first = await connectRaw(started, 'alice', STORED);
    first.send(publish(9));
    await until(() => open.length === 1);
    const last = next ? await connectRaw(started, 'alice', STORED) : first;
    last.send(pubrel(9));
    await last.pinged();
    open[0]?.(new Error('disk full'));
    await last.closed();
    expect(last.packets).toEqual([]);
  });
});
