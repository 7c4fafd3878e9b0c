import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import mqtt from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '#test/cli/spawned.ts';
import { startBroker, until } from '#test/mqtt/fixture.ts';
import { attempt, connectRaw, publishPacket, type RawClient } from '#test/mqtt/raw-client.ts';
import { temporaryDir } from '#test/support/config.ts';

/** Packets of QoS 2 in any order, on connection after connection of one client id. FUZZ_SEED and FUZZ_RUNS choose another or a longer run. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_701);
const CONNECTIONS = Number(process.env['FUZZ_RUNS'] ?? 400);

const CONFIRMATIONS = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;
const CMDS = ['publish', 'repetition', 'pubrel', 'puback', 'pubrec', 'pubcomp'] as const;

interface Sent {
  readonly cmd: (typeof CMDS)[number];
  readonly id: number;
}

/** What one connection says, chunk by chunk, and how it goes. */
interface Talk {
  readonly clean: boolean;
  readonly chunks: readonly (readonly Sent[])[];
  /** The broker has answered all, or read all, or perhaps nothing; then the socket is destroyed, or another takes its client id. */
  readonly until: 'answered' | 'read' | 'sent';
  readonly hangsUp: boolean;
}

const talks = (lowestId: number): Talk[] => {
  const cmd = fc.constantFrom(...CMDS, 'publish', 'pubrel');
  const sent = fc.record({ cmd, id: fc.integer({ min: lowestId, max: 4 }) });
  const chunks = fc.array(fc.array(sent, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
  const end = fc.constantFrom<Talk['until']>('answered', 'read', 'sent');
  return fc.sample(fc.record({ clean: fc.nat(4).map((n) => n === 0), chunks, until: end, hangsUp: fc.boolean() }), { seed: SEED, numRuns: CONNECTIONS });
};

/** By hand: mqtt-packet does not write packet identifier 0. */
function bytesOf({ cmd, id }: Sent): Buffer {
  if (cmd !== 'publish' && cmd !== 'repetition') return Buffer.from([CONFIRMATIONS[cmd], 2, 0, id]);
  const packet = mqttPacket.generate(publishPacket('agents/alice/sync', '', 2, 1, { dup: cmd === 'repetition' }));
  packet[packet.length - 1] = id; // the packet ends with its identifier, as the payload is empty
  return packet;
}

const answersTo = (sent: readonly Sent[]): number => sent.filter(({ cmd }) => cmd !== 'puback' && cmd !== 'pubcomp').length;

async function say(raw: RawClient, { chunks, until: end }: Talk): Promise<void> {
  for (const chunk of chunks) raw.send(...chunk.map(bytesOf));
  if (end === 'sent') return;
  await raw.pinged();
  const answers = answersTo(chunks.flat());
  if (end === 'answered') await until(() => raw.packets.length === answers);
}

/** What is taken, by the words of MQTT 3.1.1 §4.3.3 for a receiver: a packet id is one message until its PUBREL. */
class Model {
  taken = 0;
  #open = new Set<number>();
  #isStored = false;

  connected(clean: boolean): void {
    if (clean || !this.#isStored) this.#open = new Set();
    this.#isStored = !clean;
  }

  said({ cmd, id }: Sent): void {
    if (cmd === 'pubrel') this.#open.delete(id);
    else if (cmd === 'publish' || cmd === 'repetition') {
      if (!this.#open.has(id)) this.taken += 1;
      this.#open.add(id);
    }
  }
}

test('every message is taken once', { timeout: 120_000 }, async () => {
  const started = await startBroker();
  const model = new Model();
  let commits = 0;
  // some at once, some a few turns of the event loop later: after the next chunk, or the end of the connection
  started.coordinator.answerCommand = async () => {
    commits += 1;
    for (let turns = commits % 5; turns > 0; turns -= 1) await new Promise(setImmediate);
  };
  for (const talk of talks(1)) {
    const { raw, sessionPresent } = await attempt(started, 'alice', { clientId: 'alice-1', clean: talk.clean });
    if (talk.clean) expect(sessionPresent).toBe(false);
    model.connected(talk.clean);
    for (const sent of talk.chunks.flat()) model.said(sent);
    await say(raw, talk.until === 'sent' ? { ...talk, until: 'read' } : talk);
    expect(started.coordinator.commands).toHaveLength(model.taken);
    if (talk.hangsUp) raw.socket.destroy();
  }
  expect(model.taken).toBeGreaterThan(CONNECTIONS);
  expect(started.warnings).toEqual([]);
});

test('the process lives, and others notice nothing', { timeout: 120_000 }, async () => {
  await using dir = await temporaryDir();
  await using server = serve(dir.path);
  const [http, port] = [await server.port('http'), await server.port('mqtt')];
  const token = (await readFile(join(dir.path, 'data', 'admin-token'), 'utf8')).trim();
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${http}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { id: number; token: string }; // as: of an agent; a task has an id as well
  };
  const [alice, bob] = [await post('/agents', { name: 'alice' }), await post('/agents', { name: 'bob' })];
  const listener = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'bob', password: bob.token, reconnectPeriod: 0 });
  onTestFinished(() => listener.endAsync(true));
  const replies: unknown[] = [];
  listener.on('message', (_topic, payload) => replies.push(JSON.parse(String(payload))));
  await listener.subscribeAsync('agents/bob/reply', { qos: 1 });
  for (const talk of talks(0)) {
    const raw = await connectRaw({ port }, 'alice', { clientId: 'alice-1', clean: talk.clean, password: Buffer.from(alice.token) });
    await say(raw, { ...talk, until: 'sent' }); // packet identifier 0 ends the connection, so nothing further is sure to be read
    if (talk.hangsUp) raw.socket.destroy();
  }
  const { id } = await post('/tasks', { name: 'for bob', agent_name: 'bob' });
  await listener.publishAsync('agents/bob/ack', JSON.stringify({ task_id: id }), { qos: 2 });
  await until(() => replies.length === 1);
  expect(replies).toMatchObject([{ command: 'ack', ok: true }]);
  expect(server.child.exitCode).toBeNull();
  expect(server.stderr).toBe('');
});
