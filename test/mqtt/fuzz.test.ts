import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_LEAVES } from '#schemas/vocabulary.ts';
import { Product } from '#test/http/product.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';

/**
 * Every command and heartbeat topic with bytes, JSON and near misses: each is acknowledged and answered on the agent's reply topic, the
 * connection stays, others notice nothing, and the coordinator goes on. A longer run: FUZZ_RUNS=5000; FUZZ_SEED repeats a failure.
 */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const SEED = process.env['FUZZ_SEED'];
const PARAMETERS = { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };

interface Heard {
  readonly ok: boolean;
  readonly command: string;
  readonly error?: { readonly code: string };
}

class Client {
  readonly client: MqttClient;
  readonly name: string;
  readonly replies: Heard[] = [];
  readonly beats: string[] = [];
  closed = 0;

  private constructor(client: MqttClient, name: string) {
    this.client = client;
    this.name = name;
    if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') client.stream.setNoDelay(true); // else each answer waits for a delayed ACK
    client.on('error', () => {});
    client.on('close', () => {
      this.closed += 1;
    });
    client.on('message', (topic, payload) => {
      if (topic.endsWith('/reply')) this.replies.push(JSON.parse(String(payload)));
      if (topic.endsWith('/heartbeat')) this.beats.push(String(payload));
    });
  }

  static async connect(url: string, username: string, password: string): Promise<Client> {
    const client = new Client(await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0 }), username);
    await client.client.subscribeAsync(`agents/${username}/#`, { qos: 1 });
    return client;
  }

  say(leaf: string, payload: Buffer | string, qos: 0 | 1 | 2 = 1, retain = false): Promise<unknown> {
    return this.client.publishAsync(`agents/${this.name}/${leaf}`, payload, { qos, retain });
  }

  /** What was answered to this; the answer comes after the PUBACK, or before. */
  async answerTo(leaf: string, payload: Buffer | string, qos: 0 | 1 | 2): Promise<Heard> {
    const before = this.replies.length;
    await this.say(leaf, payload, qos);
    await until(`a reply to ${leaf}`, () => this.replies.filter(({ command }) => command !== 'withdraw').length > this.#answers(before), 5_000);
    return this.replies.findLast(({ command }) => command !== 'withdraw') as Heard; // just waited for
  }
  #answers = (upTo: number): number => this.replies.slice(0, upTo).filter(({ command }) => command !== 'withdraw').length;
}

let product: Product;
let alice: Client;
let ruto: Client;
let bob: Client;

beforeAll(async () => {
  product = await Product.start();
  const [main] = (await product.ok('GET', '/agents')).items;
  const { token } = await product.ok('POST', `/agents/${main.id}/token`);
  ruto = await Client.connect(product.mqttUrl, 'Ruto', token);
  alice = await Client.connect(product.mqttUrl, 'alice', (await product.ok('POST', '/agents', { name: 'alice', max_concurrent: 5 })).token);
  bob = await Client.connect(product.mqttUrl, 'bob', (await product.ok('POST', '/agents', { name: 'bob' })).token);
  for (let i = 0; i < 6; i++) await product.ok('POST', '/tasks', { name: `task ${i}`, agent_name: 'alice' });
});
afterAll(async () => {
  await Promise.all([alice, bob, ruto].map(({ client }) => client.endAsync(true)));
  await product[Symbol.asyncDispose]();
});

const field = fc.constantFrom(
  'task_id',
  'assignment_id',
  'message_id',
  'ping_id',
  'note',
  'progress',
  'busy_until',
  'minutes',
  'reason',
  'result',
  'agent_name',
  'status',
  'session',
  'interval_seconds',
  'info',
  '__proto__',
  'x',
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 1, max: 8 }),
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    '2026-12-31T23:59:60Z',
    '9999-12-31T23:59:59.999Z',
    'online',
    'offline',
    '\0',
    '\ud800',
    'alice',
    'Ruto',
    'x'.repeat(70_000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
);
const near = fc.dictionary(field, value, { maxKeys: 5 }).map((object) => JSON.stringify(object));
const deep = fc.tuple(field, fc.integer({ min: 1, max: 30_000 })).map(([name, levels]) => `{"${name}":${'['.repeat(levels)}${']'.repeat(levels)}}`);
const payload: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 6, arbitrary: near },
    { weight: 1, arbitrary: deep },
    { weight: 2, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 70_000 }).map((size) => Buffer.alloc(size, 0x20)) },
  )
  .map((some) => Buffer.from(some as Buffer)); // a string or bytes: Buffer.from takes either

const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);

describe('whatever an agent publishes', () => {
  test.each([...COMMAND_LEAVES])('%s is answered, and the connection stays', { timeout: 60_000 + RUNS * 500 }, async (leaf) => {
    const who = leaf === 'assign' ? ruto : alice;
    await fc.assert(
      fc.asyncProperty(payload, qos, async (bytes, level) => {
        const answer = await who.answerTo(leaf, bytes, level);
        expect(answer.command).toBe(leaf);
        if (!answer.ok) expect(answer.error?.code, JSON.stringify(answer)).not.toBe('internal_error');
        expect(who.closed).toBe(0);
      }),
      PARAMETERS,
    );
  });

  test('a heartbeat that is none is answered, and the retained one stays', { timeout: 60_000 + RUNS * 500 }, async () => {
    const session = randomUUID();
    await alice.say('heartbeat', JSON.stringify({ status: 'online', session, interval_seconds: 3600 }), 1, true);
    const wrong = payload.filter((bytes) => !isBeat(bytes));
    await fc.assert(
      fc.asyncProperty(wrong, fc.constantFrom<0 | 1>(0, 1), async (bytes, level) => {
        const { ok, command } = await alice.answerTo('heartbeat', bytes, level);
        expect({ ok, command }).toEqual({ ok: false, command: 'heartbeat' });
        expect(alice.closed).toBe(0);
      }),
      PARAMETERS,
    );
    const admin = await Client.connect(product.mqttUrl, 'admin', ADMIN);
    await admin.client.subscribeAsync('agents/alice/heartbeat', { qos: 1 });
    await until('the retained heartbeat', () => admin.beats[0]);
    expect(JSON.parse(admin.beats[0] ?? '')).toMatchObject({ session });
    await admin.client.endAsync(true);
  });

  test('JSON nested thousands deep is refused and kept nowhere', async () => {
    for (const levels of [65, 1_000, 10_000, 32_000]) {
      const result = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      const answer = await alice.answerTo('complete', `{"task_id":1,"result":${result}}`, 1);
      expect(answer, String(levels)).toMatchObject({ ok: false, error: { code: 'invalid_payload' } });
    }
  });

  test('others noticed nothing, no task is lost, and the log is empty', async () => {
    const { id } = await product.ok('POST', '/tasks', { name: 'for bob', agent_name: 'bob' });
    expect(await bob.answerTo('ack', JSON.stringify({ task_id: id }), 1)).toMatchObject({ ok: true });
    expect([alice.closed, bob.closed, ruto.closed]).toEqual([0, 0, 0]);
    await product.isWell();
    expect(await product.orphans()).toEqual({ tasks: [], assignments: [] });
    expect(product.errors).toEqual([]);
  });
});

/** A heartbeat that would be taken: it says online or offline. */
function isBeat(bytes: Buffer): boolean {
  try {
    return ['online', 'offline'].includes(JSON.parse(bytes.toString()).status);
  } catch {
    return false;
  }
}
