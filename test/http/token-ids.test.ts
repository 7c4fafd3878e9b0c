import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session, WhoAmI } from '#schemas/live.ts';
import type { Agent, AgentCreated, Event, Task } from '#schemas/resources.ts';
import { adminTokenFile, readAdminToken } from '#src/admin-token.ts';
import { startApp } from '#src/app.ts';
import { ADMIN, temporaryDir, testConfig } from '#test/support/config.ts';
import { until } from '#test/support/until.ts';
import { bearer, LiveApp } from './live.ts';

/** The audit trail says by which token each thing was asked for; what it says opens nothing. */

let app: LiveApp;
beforeAll(async () => {
  app = await LiveApp.start();
});
afterAll(() => app[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;
const events = async (query: string): Promise<Event[]> => (await app.ok<{ items: Event[] }>('GET', `/events?${query}&limit=200`)).items;
const tokensOf = async (task: { id: number }, kind: string): Promise<(string | null)[]> =>
  (await events(`task=${task.id}&kind=${kind}`)).map(({ token_id }) => token_id);
const me = (headers: Headers): Promise<WhoAmI> => app.ok('GET', '/session', undefined, headers);
const agentNow = ({ id }: { id: number }): Promise<Agent> => app.ok('GET', `/agents/${id}`);

/** Publishes one command as this user, and waits for its PUBACK, or, for what it may not publish, for the end of the connection. */
async function publish(username: string, password: string, topic: string, payload: string): Promise<void> {
  const url = app.app.listeners.find(({ name }) => name === 'mqtt')?.url ?? '';
  const client = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0 });
  client.on('error', () => {});
  const closed = new Promise<void>((resolve) => client.once('close', resolve));
  await Promise.race([client.publishAsync(topic, payload, { qos: 1 }), closed]);
  await client.endAsync(true);
}

describe('an agent’s token', () => {
  test('stands in the events of what it was shown for, over REST and over MQTT, and its successor has another', async () => {
    const first = await app.agent('mara', { max_concurrent: 5 });
    expect(first.token_id).toMatch(/^[0-9a-f]{12}$/);
    expect(await me(bearer(first.token))).toMatchObject({ actor: 'mara', token_id: first.token_id, session: null });
    const byRest = await app.task('mara');
    await app.ok('POST', `/agents/${first.id}/acknowledge`, { task_id: byRest.id }, bearer(first.token));
    const byMqtt = await app.task('mara');
    await publish('mara', first.token, 'agents/mara/ack', `{"task_id":${byMqtt.id}}`);
    expect([await tokensOf(byRest, 'assignment.acknowledged'), await tokensOf(byMqtt, 'assignment.acknowledged')]).toEqual([
      [first.token_id],
      [first.token_id],
    ]);
    const renewed = await app.ok<{ token: string; token_id: string }>('POST', `/agents/${first.id}/token`);
    expect(renewed.token_id).not.toBe(first.token_id);
    expect((await agentNow(first)).token_id).toBe(renewed.token_id);
    await publish('mara', renewed.token, 'agents/mara/complete', `{"task_id":${byMqtt.id}}`);
    expect(await tokensOf(byMqtt, 'assignment.completed')).toEqual([renewed.token_id]);
    expect(await tokensOf(byMqtt, 'assignment.acknowledged')).toEqual([first.token_id]);
  });

  test('stands in what was refused: before it was a command, as a command, and as a forbidden publish', async () => {
    const { id, token, token_id } = await app.agent('odo');
    await publish('odo', token, 'agents/odo/ack', 'no JSON');
    await publish('odo', token, 'agents/odo/ack', '{"task_id":999999}');
    await publish('odo', token, 'agents/mara/ack', '{}');
    const refused = await until('three refusals', async () => {
      const kept = await events(`agent=${id}&kind=message.refused`);
      return kept.length === 3 ? kept : undefined;
    });
    expect(refused.map((event) => [event.data['code'], event.actor, event.token_id])).toEqual([
      ['invalid_payload', 'odo', token_id],
      ['task_not_found', 'odo', token_id],
      ['forbidden', 'odo', token_id],
    ]);
  });

  test('its id opens nothing', async () => {
    const { token_id, id } = await app.agent('pia');
    for (const guess of [token_id, `psa_${token_id}`]) {
      expect((await app.ask('GET', `/agents/${id}`, undefined, bearer(guess))).status).toBe(401);
      expect((await app.ask('POST', '/session', { token: guess }, {})).status).toBe(401);
      const url = app.app.listeners.find(({ name }) => name === 'mqtt')?.url ?? '';
      await expect(mqtt.connectAsync(url, { username: 'pia', password: guess, reconnectPeriod: 0 })).rejects.toThrow();
    }
  });
});

describe('the admin', () => {
  test('is admin by a chosen token, and in an agent’s stead too; what the coordinator does by itself is by none', async () => {
    await app.agent('quin');
    expect(await me(bearer(ADMIN))).toMatchObject({ token_id: 'admin' });
    const task = await app.task('quin');
    await publish('admin', ADMIN, 'agents/quin/ack', '{}');
    expect([await tokensOf(task, 'task.created'), await tokensOf(task, 'assignment.acknowledged')]).toEqual([['admin'], ['admin']]);
    const ruto = (await events('kind=agent.registered')).find(({ data }) => data['name'] === 'Ruto');
    expect([ruto?.actor, ruto?.token_id]).toEqual(['coordinator', null]);
  });

  test('a session is named behind what opened it, as GET /sessions lists it, and so it is over the page’s MQTT', async () => {
    const byToken = await app.logIn();
    const byCode = await app.logIn({ code: app.app.newLoginCode() });
    const ids = await Promise.all([byToken, byCode].map(async ({ cookie }) => (await me({ cookie })).token_id));
    expect(ids).toEqual([expect.stringMatching(/^admin\/session-\d+$/), expect.stringMatching(/^admin\/code\/session-\d+$/)]);
    const listed = (await app.ok<{ items: Session[] }>('GET', '/sessions')).items.map(({ token_id }) => token_id);
    expect(listed).toEqual(expect.arrayContaining(ids));
    const task = await app.ok<Task>('POST', '/tasks', { name: 'by the page', agent_name: 'quin' }, app.page(byCode.cookie));
    const socket = await mqtt.connectAsync(`${app.ws}/mqtt`, { reconnectPeriod: 0, wsOptions: { headers: app.page(byToken.cookie) } });
    await socket.publishAsync('agents/quin/ack', `{"task_id":${task.id}}`, { qos: 1 });
    await socket.endAsync(true);
    expect([await tokensOf(task, 'task.created'), await tokensOf(task, 'assignment.acknowledged')]).toEqual([[ids[1]], [ids[0]]]);
  });

  test('has an id of its own by a made token', async () => {
    await using dir = await temporaryDir();
    const { apiAuthToken: _, ...config } = testConfig(dir.path);
    await using made = await startApp({ ...config, apiAuthToken: null });
    const token = (await readAdminToken(dir.path)) ?? `nothing in ${adminTokenFile(dir.path)}`;
    const http = made.listeners.find(({ name }) => name === 'http')?.url ?? '';
    const who = (await (await fetch(`${http}/session`, { headers: bearer(token) })).json()) as WhoAmI; // as: what this path answers
    expect(who).toMatchObject({ actor: 'admin', token_id: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(token).not.toContain(who.token_id);
    expect((await fetch(`${http}/session`, { headers: bearer(who.token_id ?? '') })).status).toBe(401);
  });
});

describe('GET /sessions', () => {
  test('is paged like every list', async () => {
    const { token } = await app.agent('rosa');
    for (let n = 0; n < 5; n++) await app.logIn({ token });
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { items: Session[]; next_cursor: string | null } = await app.ok('GET', `/sessions?limit=2${query}`, undefined, bearer(token));
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toHaveLength(5);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect((await app.ask('GET', '/sessions?cursor=nonsense')).status).toBe(400);
  });

  test('does not list what a new token, or none, has ended', async () => {
    const { id, token } = await app.agent('sven');
    const mine = async () => (await app.ok<{ items: Session[] }>('GET', '/sessions?limit=200')).items.filter(({ agent_id }) => agent_id === id).length;
    await app.logIn({ token });
    expect(await mine()).toBe(1);
    const { token: next } = await app.ok<AgentCreated>('POST', `/agents/${id}/token`);
    expect(await mine()).toBe(0);
    await app.logIn({ token: next });
    expect(await mine()).toBe(1);
    await app.ok('DELETE', `/agents/${id}`);
    expect(await mine()).toBe(0);
  });
});
