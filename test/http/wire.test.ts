import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AgentCreated } from '#schemas/resources.ts';
import type { AgentConnections, AgentMessages, WireMessage } from '#schemas/wire.ts';
import { ADMIN } from '#test/support/config.ts';
import { findService } from '#test/support/services.ts';
import { until } from '#test/support/until.ts';
import { startHttp } from './fixture.ts';
import { bearer, LiveApp } from './live.ts';

const run = promisify(execFile);
const hasMosquitto = findService('mosquitto_pub') !== null;

let app: LiveApp;
let began = 0;
beforeAll(async () => {
  began = Date.now();
  app = await LiveApp.start({ MAX_PAYLOAD_BYTES: '4000' });
});
afterAll(() => app[Symbol.asyncDispose]());

const mqttUrl = (): string => app.app.listeners.find(({ name }) => name === 'mqtt')?.url ?? '';
const messagesOf = ({ id }: { id: number }, token = ADMIN) => app.ok<AgentMessages>('GET', `/agents/${id}/messages`, undefined, bearer(token));
const connectionsOf = ({ id }: { id: number }) => app.ok<AgentConnections>('GET', `/agents/${id}/connections`);
const kinds = (list: readonly WireMessage[]) => list.map(({ kind, state }) => `${kind} ${state}`);

async function join({ name, token }: AgentCreated, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(mqttUrl(), { username: name, password: token, reconnectPeriod: 0, ...options });
  client.on('error', () => {}); // how it ended is asked over REST
  onTestFinished(() => client.endAsync(true));
  return client;
}

/** Listens to its own topics at QoS 1, as agents do. */
async function listen(agent: AgentCreated, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await join(agent, options);
  await client.subscribeAsync(`agents/${agent.name}/#`, { qos: 1 });
  return client;
}

const say = (client: MqttClient, name: string, leaf: string, body: object | string | Buffer, qos: 0 | 1 | 2 = 1): Promise<unknown> =>
  client.publishAsync(`agents/${name}/${leaf}`, typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), { qos });

describe('messages', () => {
  test('none, and since when nothing was heard', async () => {
    const nobody = await app.agent('none-1');
    const { listening_since, messages, heartbeats } = await messagesOf(nobody);
    expect(Date.parse(listening_since ?? '')).toBeGreaterThanOrEqual(began);
    expect(Date.parse(listening_since ?? '')).toBeLessThanOrEqual(Date.now());
    expect([messages, heartbeats]).toEqual([[], []]);
    expect(await connectionsOf(nobody)).toEqual({ listening_since, connected: [], stored: [], ended: [], refused: [] });
  });

  test('a ping, its ack and the reply, as they were on the wire; heartbeats apart', async () => {
    const made = await app.agent('wera');
    const client = await listen(made, { clientId: 'wera-1' });
    const task = await app.task('wera', { description: 'äöü' });
    await until('the ping', async () => kinds((await messagesOf(made)).messages).join() === 'ping acknowledged');
    await client.publishAsync('agents/wera/heartbeat', '{"status":"online","session":"s"}', { qos: 0 });
    const body = JSON.stringify({ task_id: task.id, note: 'schön' });
    await client.publishAsync('agents/wera/ack', body, { qos: 2, retain: true });
    const { messages, heartbeats } = await until('the reply', async () => {
      const all = await messagesOf(made);
      return all.messages[0]?.state === 'acknowledged' && all.messages.length === 3 ? all : null;
    });
    expect(kinds(messages)).toEqual(['reply acknowledged', 'ack taken', 'ping acknowledged']);
    const [reply, ack, ping] = messages;
    expect(ack).toMatchObject({ direction: 'in', topic: 'agents/wera/ack', qos: 2, retain: true, dup: false, bytes: Buffer.byteLength(body), payload: body });
    expect(ack).toMatchObject({ is_cut: false, by: 'wera', client_id: 'wera-1', code: null });
    expect(ping).toMatchObject({ direction: 'out', topic: 'agents/wera/ping', qos: 1, retain: false, dup: false, by: null, client_id: null });
    expect(JSON.parse(ping?.payload ?? '')).toMatchObject({ task_id: task.id, task_description: 'äöü', kind: 'assigned' });
    expect(JSON.parse(reply?.payload ?? '')).toMatchObject({ ok: true, command: 'ack' });
    expect(heartbeats).toMatchObject([{ kind: 'heartbeat', state: 'taken', qos: 0, payload: '{"status":"online","session":"s"}' }]);
    const ns = [...messages, ...heartbeats].map(({ n }) => n).sort((a, b) => a - b);
    expect(new Set(ns).size).toBe(4);
    expect(messages.map(({ n }) => n)).toEqual(messages.map(({ n }) => n).toSorted((a, b) => b - a));
  });

  test('what nobody heard, what waits, what a newer one replaced, what was read at QoS 0, what came late', async () => {
    const made = await app.agent('ludwig', { max_concurrent: 10 });
    const last = async () => kinds((await messagesOf(made)).messages)[0];
    const first = await app.task('ludwig');
    await until('unheard', async () => (await last()) === 'ping unheard');
    const stored = await join(made, { clientId: 'ludwig-1', clean: false });
    await stored.subscribeAsync('agents/ludwig/ping', { qos: 1 }); // the ping comes again
    await until('again', async () => (await last()) === 'ping acknowledged');
    await stored.endAsync();
    await app.ok('POST', `/tasks/${first.id}/ping`);
    await until('waiting', async () => (await last()) === 'ping waiting');
    await app.ok('DELETE', `/tasks/${first.id}`); // its withdrawal is heard by nobody: the session listens to pings alone
    await until('withdrawn', async () => (await last()) === 'withdraw unheard');
    const second = await join(made, { clientId: 'ludwig-1', clean: false });
    await until('came late', async () => kinds((await messagesOf(made)).messages)[1] === 'ping acknowledged');
    await second.endAsync();
    const fresh = await join(made, { clientId: 'ludwig-1', clean: true });
    await fresh.subscribeAsync('agents/ludwig/ping', { qos: 0 });
    await app.task('ludwig');
    await until('at QoS 0', async () => (await last()) === 'ping sent');
    expect((await messagesOf(made)).messages[0]).toMatchObject({ qos: 0 });
    expect(await connectionsOf(made)).toMatchObject({ connected: [{ client_id: 'ludwig-1', is_clean: true }], stored: [] });
  });

  test('a stored session keeps the newest ping of an assignment: the older one was dropped', async () => {
    await using other = await LiveApp.start();
    const made = await other.agent('dina');
    const url = other.app.listeners.find(({ name }) => name === 'mqtt')?.url ?? '';
    const client = await connectAsync(url, { username: 'dina', password: made.token, clientId: 'dina-1', clean: false });
    await client.subscribeAsync('agents/dina/ping', { qos: 1 });
    await client.endAsync();
    await other.task('dina', { ping_interval_minutes: 0.005 });
    const seen = async () => kinds((await other.ok<AgentMessages>('GET', `/agents/${made.id}/messages`)).messages);
    await until('two pings', async () => (await seen()).length >= 2 && (await seen()).at(-1) === 'ping dropped' && (await seen())[0] === 'ping waiting');
    const { stored } = await other.ok<AgentConnections>('GET', `/agents/${made.id}/connections`);
    expect(stored).toMatchObject([{ client_id: 'dina-1', waiting: 1, unacknowledged: 0, subscriptions: [{ filter: 'agents/dina/ping', qos: 1 }] }]);
    await other.ok('POST', `/agents/${made.id}/token`);
    await until('all dropped', async () => (await seen()).some((each) => each === 'ping dropped' || each === 'ping unheard'));
    expect((await other.ok<AgentConnections>('GET', `/agents/${made.id}/connections`)).stored).toEqual([]);
  });

  test('what was refused, with its code; what was forbidden; and what the admin said in its name', async () => {
    const made = await app.agent('rita');
    const client = await listen(made);
    await say(client, 'rita', 'ack', 'not JSON');
    await say(client, 'rita', 'complete', { task_id: 987_654 });
    await say(client, 'rita', 'heartbeat', '');
    const admin = await connectAsync(mqttUrl(), { username: 'admin', password: ADMIN, clientId: 'boss' });
    onTestFinished(() => admin.endAsync(true));
    await say(admin, 'rita', 'sync', {});
    client.publish('agents/somebody/ack', '{"mine":false}', { qos: 1 }); // there is no answer: it is hung up on
    await until('the end', async () => (await connectionsOf(made)).ended.length === 1);
    const { messages, heartbeats } = await messagesOf(made);
    const said = messages.filter(({ direction }) => direction === 'in');
    expect(said.map(({ kind, state, code, by }) => [kind, state, code, by])).toEqual([
      ['forbidden', 'refused', 'forbidden', 'rita'],
      ['sync', 'taken', null, 'admin'],
      ['complete', 'refused', 'task_not_found', 'rita'],
      ['ack', 'refused', 'invalid_payload', 'rita'],
    ]);
    expect(said.map(({ payload }) => payload)).toEqual(['{"mine":false}', '{}', '{"task_id":987654}', 'not JSON']);
    expect(messages.filter(({ kind }) => kind === 'refusal')).toHaveLength(3);
    expect(kinds(heartbeats)).toEqual(['heartbeat ignored']);
    expect((await connectionsOf(made)).ended).toMatchObject([{ reason: 'refused_packet', detail: 'forbidden topic' }]);
  });

  test('a main agent is not shown what was refused, nor its own; a sub-agent sees all of itself', async () => {
    const [main, sub] = [await app.agent('Mina', { type: 'main_agent' }), await app.agent('sally')];
    const client = await listen(sub);
    await say(client, 'sally', 'sync', {});
    await say(client, 'sally', 'ack', 'secret nonsense');
    const payloads = ({ messages }: AgentMessages) => Object.fromEntries(messages.map(({ kind, payload }) => [kind, payload]));
    await until('the replies', async () => (await messagesOf(sub)).messages.length === 4);
    expect(payloads(await messagesOf(sub, main.token))).toEqual({ sync: '{}', reply: expect.stringContaining('"open"'), ack: null, refusal: null });
    expect(payloads(await messagesOf(sub, sub.token))).toMatchObject({ ack: 'secret nonsense', refusal: expect.stringContaining('invalid_payload') });
    expect((await app.ask('GET', `/agents/${main.id}/messages`, undefined, bearer(sub.token))).status).toBe(404);
  });

  test('heartbeats push nothing out, and of everything only so much is kept', async () => {
    const made = await app.agent('bounds');
    const client = await join(made);
    await say(client, 'bounds', 'sync', { message_id: 'first' });
    for (let n = 0; n < 30; n += 1) await say(client, 'bounds', 'heartbeat', { status: 'online', session: `s${n}` });
    expect((await messagesOf(made)).messages.at(-1)?.payload).toBe('{"message_id":"first"}');
    expect((await messagesOf(made)).heartbeats.map(({ payload }) => JSON.parse(payload ?? '').session)).toEqual(['s29', 's28', 's27', 's26', 's25']);
    for (let n = 0; n < 15; n += 1) await say(client, 'bounds', 'sync', { message_id: `m${n}` });
    const { messages } = await messagesOf(made);
    expect(messages).toHaveLength(20);
    expect(messages.some(({ payload }) => payload?.includes('first'))).toBe(false);
    await say(client, 'bounds', 'ack', { note: 'ä'.repeat(1500) });
    await say(client, 'bounds', 'ack', { note: 'x'.repeat(4500) });
    const [large, cut] = (await messagesOf(made)).messages.filter(({ kind }) => kind === 'ack');
    expect(large).toMatchObject({ payload: null, is_cut: true, bytes: 4511, code: 'payload_too_large' });
    expect(cut).toMatchObject({ is_cut: true, bytes: 3011 });
    expect(cut?.payload).toMatch(/^\{"note":"ä{507}$/);
  });

  test('what is no UTF-8 is told as such text as it makes', async () => {
    const made = await app.agent('binary');
    await say(await join(made), 'binary', 'ack', Buffer.from([0xff, 0x41, 0x00]));
    expect((await messagesOf(made)).messages.at(-1)).toMatchObject({ bytes: 3, payload: '\uFFFDA\0' });
  });

  test('no token is ever in it, wherever it was put', async () => {
    const made = await app.agent('leaky');
    const client = await listen(made, { clientId: `c-${made.token}` });
    const escaped = made.token.replace('_', '\\u005f');
    for (const text of [made.token, ADMIN, escaped]) await say(client, 'leaky', 'sync', `{"message_id":"${text}"}`);
    for (let n = 960; n < 1030; n += 5) await say(client, 'leaky', 'sync', `{"message_id":"${'x'.repeat(n)}${made.token}"}`);
    client.publish(`agents/${made.token}/ack`, ADMIN, { qos: 1 });
    await until('the end', async () => (await connectionsOf(made)).ended.length === 1);
    const text = JSON.stringify([await messagesOf(made), await connectionsOf(made)]);
    expect(text).not.toContain(ADMIN);
    for (let length = 20; length <= made.token.length; length += 1) expect(text).not.toContain(made.token.slice(0, length));
    expect(text).toContain('psa_***');
  });

  test('begins anew with the server', async () => {
    const empty = await startHttp();
    onTestFinished(() => empty.close());
    expect((await empty.ask('admin', 'GET', '/agents/2/messages')).json).toEqual({ listening_since: null, messages: [], heartbeats: [] });
    expect((await empty.ask('admin', 'GET', '/agents/2/connections')).json).toEqual({
      listening_since: null,
      connected: [],
      stored: [],
      ended: [],
      refused: [],
    });
  });
});

describe('connections', () => {
  test('as they are: transport, protocol, session, keepalive, subscriptions', async () => {
    const made = await app.agent('conny');
    const will = { topic: 'agents/conny/heartbeat', payload: Buffer.from('{"status":"offline","session":"x"}'), qos: 1, retain: true } as const;
    const tcp = await listen(made, { clientId: 'conny-tcp', clean: false, keepalive: 7, will });
    await tcp.subscribeAsync('coordinator/status', { qos: 0 });
    const over = await connectAsync(`${app.ws}/mqtt`, {
      username: 'conny',
      password: made.token,
      clientId: 'conny-ws',
      protocolVersion: 3,
      protocolId: 'MQIsdp',
    });
    const page = await connectAsync(`${app.ws}/mqtt`, { clientId: 'page', wsOptions: { headers: app.page((await app.logIn({ token: made.token })).cookie) } });
    onTestFinished(async () => {
      await Promise.all([over.endAsync(true), page.endAsync(true)]);
    });
    const { connected } = await until('all', async () => {
      const all = await connectionsOf(made);
      return all.connected.length === 3 ? all : null;
    });
    const named = Object.fromEntries(connected.map((each) => [each.client_id, each]));
    const own = { filter: 'agents/conny/#', qos: 1 };
    expect(named['conny-tcp']).toMatchObject({ transport: 'tcp', protocol: '3.1.1', is_clean: false, keepalive_seconds: 7, has_will: true, by_session: false });
    expect(named['conny-tcp']).toMatchObject({
      subscriptions: [own, { filter: 'coordinator/status', qos: 0 }],
      subscription_count: 2,
      remote_address: '127.0.0.1',
    });
    expect(named['conny-ws']).toMatchObject({
      transport: 'websocket',
      protocol: '3.1',
      is_clean: true,
      has_will: false,
      subscriptions: [],
      remote_address: '127.0.0.1',
    });
    expect(named['page']).toMatchObject({ transport: 'websocket', by_session: true });
    const before = named['conny-tcp']?.last_packet_at ?? '';
    await until('a later packet', async () => {
      await say(tcp, 'conny', 'sync', {});
      return (await connectionsOf(made)).connected.some(({ client_id, last_packet_at }) => client_id === 'conny-tcp' && last_packet_at > before);
    });
  });

  test('how they ended', async () => {
    const made = await app.agent('endo');
    const ended = async () => (await connectionsOf(made)).ended.map(({ client_id, reason }) => `${client_id} ${reason}`);
    const awaited = (what: string) => until(what, async () => (await ended())[0] === what);
    await (await join(made, { clientId: 'a' })).endAsync();
    await awaited('a disconnected');
    (await join(made, { clientId: 'b' })).stream.destroy();
    await awaited('b lost');
    await join(made, { clientId: 'c' });
    await join(made, { clientId: 'c' });
    await awaited('c taken_over');
    const silent = await join(made, { clientId: 'd', keepalive: 1 });
    silent.stream.pause();
    silent.sendPing = () => {};
    (silent as unknown as { keepaliveManager: { destroy(): void } }).keepaliveManager.destroy(); // as: it has no other way to fall silent
    await awaited('d keepalive');
    await app.ok('POST', `/agents/${made.id}/token`);
    await awaited('c credentials_changed');
    const { ended: all, listening_since } = await connectionsOf(made);
    expect(all).toHaveLength(5);
    for (const { connected_at, ended_at } of all)
      expect([listening_since, connected_at, ended_at].toSorted()).toEqual([listening_since, connected_at, ended_at]);
  });

  test('which were refused, and by what; strangers’ are not kept', async () => {
    const [made, other] = [await app.agent('refa'), await app.agent('refb')];
    const fails = (options: IClientOptions) => expect(connectAsync(mqttUrl(), { reconnectPeriod: 0, ...options }, false)).rejects.toThrow();
    await join(other, { clientId: 'taken' });
    await fails({ username: 'refa', password: 'psa_wrong', clientId: 'one' });
    await fails({ username: 'refa', password: made.token, clientId: 'taken' });
    const will = { topic: 'agents/refa/ack', payload: Buffer.from('{}'), qos: 1, retain: false } as const;
    await fails({ username: 'refa', password: made.token, clientId: 'two', will });
    await fails({ username: 'REFA', password: made.token, clientId: 'three' });
    expect((await connectionsOf(made)).refused).toMatchObject([
      { client_id: 'two', connack: 5, reason: 'forbidden_will' },
      { client_id: 'taken', connack: 2, reason: 'foreign_client_id' },
      { client_id: 'one', connack: 5, reason: 'wrong_credentials', transport: 'tcp', remote_address: '127.0.0.1' },
    ]);
    expect((await connectionsOf(other)).refused).toEqual([]);
  });
});

describe.skipIf(!hasMosquitto)('mosquitto’s clients', () => {
  test('are shown like any other: an answer, a session that waits, what waits in it', async () => {
    const made = await app.agent('mosq');
    const { hostname, port } = new URL(mqttUrl().replace('mqtt:', 'http:'));
    const login = ['-h', hostname, '-p', port, '-u', 'mosq', '-P', made.token];
    const session = ['-i', 'mosq-sub', '-c', '-k', '33', '-V', 'mqttv31', '-q', '1', '-t', 'agents/mosq/#'];
    const sub = spawn('mosquitto_sub', [...login, ...session]);
    onTestFinished(() => void sub.kill());
    const { connected } = await until('it listens', async () => {
      const all = await connectionsOf(made);
      return all.connected[0]?.subscription_count === 1 ? all : null;
    });
    expect(connected).toMatchObject([{ client_id: 'mosq-sub', protocol: '3.1', is_clean: false, keepalive_seconds: 33, transport: 'tcp' }]);
    const task = await app.task('mosq');
    await run('mosquitto_pub', [...login, '-q', '1', '-t', 'agents/mosq/ack', '-m', `{"task_id": ${task.id}}`]);
    await until('heard', async () => kinds((await messagesOf(made)).messages).join() === 'reply acknowledged,ack taken,ping acknowledged');
    sub.kill();
    await until('gone', async () => (await connectionsOf(made)).stored.length === 1);
    await run('mosquitto_pub', [...login, '-q', '0', '-t', 'agents/mosq/sync', '-n']);
    await until(
      'it waits',
      async () =>
        kinds((await messagesOf(made)).messages)
          .slice(0, 2)
          .join() === 'reply waiting,sync taken',
    );
    const { stored, ended } = await connectionsOf(made);
    expect(stored).toMatchObject([{ client_id: 'mosq-sub', waiting: 1, subscriptions: [{ filter: 'agents/mosq/#', qos: 1 }] }]);
    expect(ended.filter(({ client_id }) => client_id === 'mosq-sub')).toMatchObject([{ reason: 'disconnected' }]);
  });
});
