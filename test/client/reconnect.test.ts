import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentError } from '#client/client.ts';
import { startProxy, type TcpProxy } from '#test/support/proxy.ts';
import { until } from '#test/support/until.ts';
import { World } from './fixture.ts';

let world: World;
let proxy: TcpProxy;
beforeAll(async () => {
  world = await World.start();
  proxy = world.own(await startProxy(world.mqttPort));
});
afterAll(() => world[Symbol.asyncDispose]());

test('a cut connection comes back with a new session, in the beats and in the will', async () => {
  const { token } = await world.agent('alice');
  const alice = await world.join('alice', token, { port: proxy.port });
  const { seen } = await world.spy('agents/alice/heartbeat');
  const sessions = (status: string): unknown[] => [...new Set(seen.filter(({ body }) => body['status'] === status).map(({ body }) => body['session']))];
  await until('the first session', () => sessions('online').length === 1);
  proxy.cut();
  await until('the second session', () => sessions('online').length === 2);
  proxy.cut();
  await until('the third session', () => sessions('online').length === 3);
  await until('back', () => alice.client.connected);
  alice.client.drop();
  // The will of the last connection names the last session: it was made anew, not repeated.
  await until('its will', () => seen.some(({ body }) => body['status'] === 'offline' && body['session'] === sessions('online')[2]));
  expect(alice.states.filter((state) => state === 'online')).toHaveLength(2);
});

test('a ping that came while away is delivered on return', async () => {
  const { token } = await world.agent('bob');
  const bob = await world.join('bob', token, { port: proxy.port });
  proxy.refuse(true);
  proxy.cut();
  await until('away', () => !bob.client.connected);
  const task = await world.task('While you were out', 'bob');
  expect(bob.pings).toEqual([]);
  proxy.refuse(false);
  const ping = await bob.ping(task.id);
  expect(await ping.ack()).toMatchObject({ ok: true });
  await bob.client.close();
});

test('a command given while away is sent on return', async () => {
  const { token } = await world.agent('carol');
  const carol = await world.join('carol', token, { port: proxy.port });
  const task = await world.task('Answer later', 'carol');
  const ping = await carol.ping(task.id);
  proxy.refuse(true);
  proxy.cut();
  await until('away', () => !carol.client.connected);
  const answer = ping.ack();
  proxy.refuse(false);
  expect(await answer).toMatchObject({ ok: true, assignment: { status: 'acknowledged' } });
  await carol.client.close();
});

test('a command whose answer was lost is repeated with the same message_id, and counts once', async () => {
  const { token } = await world.agent('dave');
  const dave = await world.join('dave', token, { port: proxy.port });
  const task = await world.task('Say it twice', 'dave');
  const ping = await dave.ping(task.id);
  proxy.hold('down', true);
  const answer = ping.snooze(10);
  await until('the effect', async () => (await world.assignment(task.id)).status === 'snoozed');
  proxy.cut();
  proxy.hold('down', false);
  expect(await answer).toMatchObject({ ok: true, command: 'snooze' });
  expect(await world.events('assignment.snoozed', task.id)).toHaveLength(1);
  await dave.client.close();
});

test('work taken away while disconnected is told once, on return', async () => {
  const { token } = await world.agent('erin');
  await world.agent('other');
  const erin = await world.join('erin', token, { port: proxy.port });
  const task = await world.task('Not yours any more', 'erin');
  const ping = await erin.ping(task.id);
  await ping.ack();
  proxy.refuse(true);
  proxy.cut();
  await until('away', () => !erin.client.connected);
  await world.rest.call('POST', `/tasks/${task.id}/assign`, { agent_name: 'other' });
  proxy.refuse(false);
  await until('the withdrawal', () => erin.withdrawals.length > 0);
  await erin.client.sync();
  expect(erin.withdrawals).toEqual([{ task_id: task.id, assignment_id: ping.assignment_id, failure_reason: 'reassigned' }]);
  await erin.client.close();
});

test('a command that nobody answers gives up in time', async () => {
  const { token } = await world.agent('frank');
  const frank = await world.join('frank', token, { port: proxy.port, commandTimeoutSeconds: 0.5 });
  proxy.hold('up', true);
  const error = await frank.client.sync().catch((e: unknown) => e);
  proxy.hold('up', false);
  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ code: 'timed_out', detail: expect.stringContaining('0.5 s') });
  frank.client.drop();
});

test('a token that was renewed meanwhile is reported as refused', async () => {
  const { id, token } = await world.agent('grace');
  const grace = await world.join('grace', token, { port: proxy.port });
  await world.rest.call('POST', `/agents/${id}/token`);
  await until('the refusal', () => grace.states.includes('refused'));
  expect(grace.client.connected).toBe(false);
  await grace.client.close();
});

test('a client id that stays keeps the session: what came while away waits at the broker', async () => {
  const { token } = await world.agent('heidi');
  const heidi = await world.join('heidi', token, { port: proxy.port, clientId: 'heidi-at-home' });
  const task = await world.task('First', 'heidi');
  await heidi.ping(task.id);
  proxy.refuse(true);
  proxy.cut();
  await until('away', () => !heidi.client.connected);
  await world.rest.call('PATCH', `/tasks/${task.id}`, { status: 'cancelled' });
  proxy.refuse(false);
  await until('the withdrawal', () => heidi.withdrawals.length > 0);
  await until('back', () => heidi.client.connected);
  await heidi.client.sync();
  expect(heidi.withdrawals).toHaveLength(1);
  await heidi.client.close();
});
