import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Assignment } from '#schemas/resources.ts';
import { ADMIN } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { bearer, LiveApp, upgrade } from './live.ts';

let app: LiveApp;
let url = '';
const clients: MqttClient[] = [];
beforeAll(async () => {
  app = await LiveApp.start({ MAX_PAYLOAD_BYTES: '10000' });
  url = `${app.ws}/mqtt`;
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await app[Symbol.asyncDispose]();
});

/** Connects over WebSocket; rejects with what CONNACK or the upgrade said. */
async function connect(options: IClientOptions, headers: Record<string, string> = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, connectTimeout: 5000, ...options, wsOptions: { headers } }, false);
  client.on('error', () => {}); // how a connection ends is asked with `connected`
  clients.push(client);
  return client;
}
const refusal = (options: IClientOptions, headers?: Record<string, string>): Promise<unknown> =>
  connect(options, headers).then(
    () => 'connected',
    (error: { code?: unknown; message: string }) => error.code ?? error.message,
  );

/** A bare WebSocket that speaks no MQTT; how it was closed. */
function bare(): { socket: WebSocket; opened: Promise<void>; closed: () => number | null } {
  const socket = new WebSocket(url, ['mqtt']);
  let code: number | null = null;
  socket.on('close', (c) => {
    code = c;
  });
  socket.on('error', () => {}); // see `closed`
  return { socket, opened: new Promise((resolve) => socket.on('open', () => resolve())), closed: () => code };
}

describe('CONNECT', () => {
  test('a name and its token; 3.1.1 and 3.1; anything else is CONNACK 5', async () => {
    const { token } = await app.agent('wanda');
    expect((await connect({ username: 'wanda', password: token })).connected).toBe(true);
    expect((await connect({ username: 'admin', password: ADMIN, protocolVersion: 3, protocolId: 'MQIsdp', clientId: 'old' })).connected).toBe(true);
    expect(await refusal({ username: 'wanda', password: 'psa_wrong' })).toBe(5);
    expect(await refusal({})).toBe(5);
    expect(await refusal({}, bearer(token))).toBe(5);
  });

  test('without a name, a session’s cookie is who it is', async () => {
    const { token } = await app.agent('vera');
    const { cookie } = await app.logIn({ token });
    const client = await connect({}, app.page(cookie));
    expect(await client.subscribeAsync('agents/vera/ping', { qos: 1 })).toMatchObject([{ qos: 1 }]);
    await expect(client.subscribeAsync('agents/wanda/ping', { qos: 1 })).rejects.toThrow(); // 0x80
    expect(await refusal({ username: 'wanda', password: token }, app.page(cookie))).toBe(5);
    expect(await refusal({}, app.page(`${cookie.split('=', 1)[0]}=${'A'.repeat(43)}`))).toBe(5);
  });

  test('pings, acks and replies go as on TCP', async () => {
    const { id, token } = await app.agent('uwe');
    const client = await connect({ username: 'uwe', password: token });
    const heard: { topic: string; body: { task_id?: number; ok?: boolean } }[] = [];
    client.on('message', (topic, payload) => heard.push({ topic, body: JSON.parse(String(payload)) }));
    await client.subscribeAsync('agents/uwe/#', { qos: 1 });
    const task = await app.task('uwe');
    await until('the ping', () => heard.find(({ topic }) => topic === 'agents/uwe/ping'));
    await client.publishAsync('agents/uwe/ack', JSON.stringify({ task_id: task.id }), { qos: 1 });
    // The PUBACK is the proof: no waiting here.
    const [held] = (await app.ok<{ items: Assignment[] }>('GET', `/tasks/${task.id}/assignments`)).items;
    expect(held).toMatchObject({ agent_id: id, status: 'acknowledged' });
    await until('the reply', () => heard.find(({ topic, body }) => topic === 'agents/uwe/reply' && body.ok === true));
    await until('the receipt', async () => (await app.ok<{ items: Assignment[] }>('GET', `/tasks/${task.id}/assignments`)).items[0]?.last_ping_delivered);
  });
});

describe('the upgrade', () => {
  test('asks for the subprotocol, our Host, and no foreign Origin; with the cookie for our own', async () => {
    const { cookie } = await app.logIn();
    expect(await upgrade(url, {}, ['mqtt'])).toBe(101);
    expect(await upgrade(url, {}, ['mqttv3.1'])).toBe(101);
    expect(await upgrade(url, {}, [])).toBe(400);
    expect(await upgrade(url, {}, ['chat'])).toBe(400);
    expect(await upgrade(url, { origin: app.http }, ['mqtt'])).toBe(101);
    expect(await upgrade(url, { origin: 'http://evil.example' }, ['mqtt'])).toBe(403);
    expect(await upgrade(url, { cookie }, ['mqtt'])).toBe(403);
    expect(await upgrade(url, { cookie, origin: 'http://evil.example' }, ['mqtt'])).toBe(403);
    expect(await upgrade(url, app.page(cookie), ['mqtt'])).toBe(101);
    expect(await upgrade(url, { host: 'rebound.example' }, ['mqtt'])).toBe(421);
    expect((await app.ask('GET', '/mqtt')).status).toBe(426);
  });
});

describe('what ends a connection', () => {
  test('its session is revoked, or its agent’s token renewed', async () => {
    const { id, token } = await app.agent('tina');
    const { cookie } = await app.logIn({ token });
    const [guest, named] = [await connect({}, app.page(cookie)), await connect({ username: 'tina', password: token })];
    await app.ok('DELETE', '/session', undefined, app.page(cookie));
    await until('the end of the session’s', () => !guest.connected);
    expect(named.connected).toBe(true);
    const again = await connect({}, app.page((await app.logIn({ token })).cookie));
    await app.ok('POST', `/agents/${id}/token`);
    await until('the end of both', () => !named.connected && !again.connected);
  });

  test('text, which MQTT does not speak; a frame, and a packet, that announces too much', async () => {
    const text = bare();
    await text.opened;
    text.socket.send('hello');
    await until('the end of text', () => text.closed() !== null);
    const large = bare();
    await large.opened;
    large.socket.send(Buffer.alloc(300_000));
    await until('the end of a large frame', () => large.closed());
    expect(large.closed()).toBe(1009);
    const packet = bare();
    await packet.opened;
    packet.socket.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await until('the end of a large packet', () => packet.closed() !== null);
  });

  test('no CONNECT within 5 s, however it trickles', async () => {
    const silent = bare();
    const slow = bare();
    await Promise.all([silent.opened, slow.opened]);
    const began = performance.now();
    slow.socket.send(Buffer.from([0x10]));
    slow.socket.send(Buffer.from([0x20]));
    await until('the end of both', () => silent.closed() !== null && slow.closed() !== null);
    expect(performance.now() - began).toBeGreaterThan(3000);
  });

  test('packets cut anywhere into frames, and several in one, are one stream', async () => {
    const { token } = await app.agent('sepp');
    const connectPacket = (name: string): Buffer => {
      const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
      const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(`cut-${name}`), text('sepp'), text(token)]);
      return Buffer.concat([Buffer.from([0x10, body.length]), body]);
    };
    const bytewise = bare();
    const received: number[] = [];
    bytewise.socket.on('message', (data) => received.push(...(data as Buffer))); // as: ws gives a Buffer unless told otherwise
    await bytewise.opened;
    for (const byte of Buffer.concat([connectPacket('a'), Buffer.from([0xc0, 0])])) bytewise.socket.send(Buffer.from([byte]));
    await until('CONNACK and PINGRESP', () => received.length >= 6);
    expect(received).toEqual([0x20, 2, 0, 0, 0xd0, 0]);
    const together = bare();
    const heard: number[] = [];
    together.socket.on('message', (data) => heard.push(...(data as Buffer))); // as: likewise
    await together.opened;
    together.socket.send(Buffer.concat([connectPacket('b'), Buffer.from([0xc0, 0, 0xe0, 0])]));
    await until('the end after DISCONNECT', () => together.closed() !== null);
    expect(heard.slice(0, 4)).toEqual([0x20, 2, 0, 0]);
    bytewise.socket.terminate();
  });

  test('the server stops', async () => {
    await using other = await LiveApp.start();
    const client = await connectAsync(`${other.ws}/mqtt`, { username: 'admin', password: ADMIN, reconnectPeriod: 0 });
    const began = performance.now();
    await other.app.close();
    expect(performance.now() - began).toBeLessThan(4000);
    await until('the end', () => !client.connected);
  });
});
