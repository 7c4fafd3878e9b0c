import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentError, connectAgent } from '#client/client.ts';
import { until } from '#test/support/until.ts';
import { World } from './fixture.ts';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const refused = (promise: Promise<unknown>): Promise<AgentError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => (error instanceof AgentError ? error : Promise.reject(error)),
  );

describe('answers', () => {
  test('resolve once the coordinator has committed them', async () => {
    const { token } = await world.agent('alice');
    const alice = await world.join('alice', token);
    const task = await world.task('Write the report', 'alice');
    const ping = await alice.ping(task.id);
    expect(ping).toMatchObject({ task_name: 'Write the report', kind: 'assigned', attempt: 1 });

    const acked = await ping.ack({ note: 'on it', progress: 0.25 });
    expect(acked).toMatchObject({ ok: true, command: 'ack', task_id: task.id, instruction: 'continue', assignment: { status: 'acknowledged' } });
    expect(await world.assignment(task.id)).toMatchObject({ status: 'acknowledged', progress: 0.25 });

    expect(await ping.snooze(15, { reason: 'lunch' })).toMatchObject({ ok: true, command: 'snooze', assignment: { status: 'snoozed' } });
    expect(await world.assignment(task.id)).toMatchObject({ status: 'snoozed' });

    expect(await ping.complete({ pages: 3 })).toMatchObject({ ok: true, command: 'complete', assignment: { status: 'completed' } });
    expect(await world.assignment(task.id)).toMatchObject({ status: 'completed', result: { pages: 3 }, progress: 1 });
    expect(alice.errors).toEqual([]);
    await alice.client.close();
  });

  test('fail, and the task goes to Ruto', async () => {
    const { token } = await world.agent('felix');
    const felix = await world.join('felix', token);
    const task = await world.task('Open the vault', 'felix');
    expect(await (await felix.ping(task.id)).fail('no key')).toMatchObject({
      ok: true,
      command: 'fail',
      instruction: 'stop_work',
      assignment: { status: 'failed', failure_reason: 'reported' },
    });
    const ruto = await until('the assignment of Ruto', async () => {
      const found = await world.assignment(task.id);
      return found.agent_name === 'Ruto' && found;
    });
    expect(ruto.escalation_count).toBe(1);
    await felix.client.close();
  });

  test('reject with the code, the truth and the instruction when refused', async () => {
    const { token } = await world.agent('bob');
    const bob = await world.join('bob', token);
    expect(await refused(bob.client.ack())).toMatchObject({ code: 'no_open_assignment' });
    expect(await refused(bob.client.ack({ task_id: 999_999 }))).toMatchObject({ code: 'task_not_found', title: 'No such task' });
    const task = await world.task('Move the boxes', 'bob');
    const ping = await bob.ping(task.id);
    await world.rest.call('PATCH', `/tasks/${task.id}`, { status: 'cancelled' });
    await until('the withdrawal', () => bob.withdrawals.length > 0);
    expect(bob.withdrawals).toEqual([{ task_id: task.id, assignment_id: ping.assignment_id, failure_reason: 'cancelled' }]);
    const late = await refused(ping.complete());
    expect(late.instruction).toBe('stop_work');
    expect(['assignment_closed', 'task_closed']).toContain(late.code);
    expect(late.detail).toContain(String(task.id));
    expect(late.reply).toMatchObject({ ok: false, command: 'complete' });
    await bob.client.close();
  });

  test('with one message_id count once', async () => {
    const { token } = await world.agent('mia');
    const mia = await world.join('mia', token);
    const task = await world.task('Count once', 'mia');
    await mia.ping(task.id);
    const first = await mia.client.snooze({ task_id: task.id, minutes: 5, message_id: 'one' });
    const again = await mia.client.snooze({ task_id: task.id, minutes: 5, message_id: 'one' });
    expect(again).toEqual(first);
    expect(await world.events('assignment.snoozed', task.id)).toHaveLength(1);
    await mia.client.close();
  });

  test('a result that is too large is refused, and the connection stays', async () => {
    const { token } = await world.agent('max');
    const max = await world.join('max', token);
    const task = await world.task('Send the archive', 'max');
    const ping = await max.ping(task.id);
    expect(await refused(ping.complete('x'.repeat(100_000)))).toMatchObject({ code: 'payload_too_large' });
    expect(max.client.connected).toBe(true);
    expect(await ping.complete('short')).toMatchObject({ ok: true });
    await max.client.close();
  });
});

test('sync tells what is owed', async () => {
  const { token } = await world.agent('sync-er');
  const agent = await world.join('sync-er', token);
  expect(await agent.client.sync()).toMatchObject({ ok: true, command: 'sync', open: [], taken: [] });
  const task = await world.task('Owed', 'sync-er');
  expect((await agent.client.sync()).open).toMatchObject([{ task_id: task.id, task_name: 'Owed', status: 'pending' }]);
  await agent.client.close();
});

describe('a main agent', () => {
  test('delegates', async () => {
    const { token } = await world.agent('chief', { type: 'main_agent' });
    const { token: own } = await world.agent('hand');
    const [chief, hand] = [await world.join('chief', token), await world.join('hand', own)];
    const task = await world.task('Delegate me', 'chief');
    await chief.ping(task.id);
    expect(await chief.client.assign({ task_id: task.id, agent_name: 'hand' })).toMatchObject({ ok: true, command: 'assign', task_id: task.id });
    expect((await hand.ping(task.id)).kind).toBe('assigned');
    await Promise.all([chief.client.close(), hand.client.close()]);
  });

  test('alone may: a sub-agent is told so, and goes on', async () => {
    const { token } = await world.agent('upstart');
    const upstart = await world.join('upstart', token);
    const task = await world.task('Not yours to give', 'upstart');
    const ping = await upstart.ping(task.id);
    expect(await refused(upstart.client.assign({ task_id: task.id, agent_name: 'alice' }))).toMatchObject({ code: 'forbidden' });
    expect(await ping.complete()).toMatchObject({ ok: true });
    await upstart.client.close();
  });
});

describe('the heartbeat', () => {
  test('is retained, repeated every interval, and names the session of the Last Will', async () => {
    const { token } = await world.agent('henry');
    const henry = await world.join('henry', token, { info: { version: 7 } });
    const { seen } = await world.spy('agents/henry/heartbeat');
    const [first] = await until('two beats after the retained one', () => seen.length >= 3 && seen);
    expect(first).toMatchObject({ retain: true, body: { status: 'online', interval_seconds: 1, info: { version: 7 } } });
    expect(new Set(seen.map(({ body }) => body['session'])).size).toBe(1);
    henry.client.drop();
    const will = await until('the Last Will', () => seen.find(({ body }) => body['status'] === 'offline'));
    expect(will.body).toEqual({ status: 'offline', session: first?.body['session'] });
  });

  test('says offline when closed', async () => {
    const { token } = await world.agent('ida');
    const ida = await world.join('ida', token);
    const { seen } = await world.spy('agents/ida/heartbeat');
    await until('online', () => seen.some(({ body }) => body['status'] === 'online'));
    await ida.client.close();
    await until('offline', () => seen.some(({ body }) => body['status'] === 'offline'));
    expect(await refused(ida.client.ack())).toMatchObject({ code: 'closed' });
  });
});

describe('connecting', () => {
  const connect = (more: object) => refused(connectAgent({ url: world.url('mqtt'), name: 'alice', token: 'psa_wrong', connectTimeoutSeconds: 2, ...more }));

  test('with bad credentials is refused at once, clearly', async () => {
    const error = await connect({});
    expect(error).toMatchObject({ code: 'unauthorized', title: 'Not authenticated' });
    expect(error.detail).toContain('does not accept the name alice');
    expect(error.message).not.toContain('psa_wrong');
  });
  test('where nobody listens gives up in time', async () => {
    expect(await connect({ url: 'mqtt://127.0.0.1:9' })).toMatchObject({ code: 'unreachable', detail: expect.stringContaining('ECONNREFUSED') });
  });
  test('with options that make no sense is refused', async () => {
    expect(await connect({ url: 'nonsense' })).toMatchObject({ code: 'invalid_options' });
    expect(await connect({ intervalSeconds: 0 })).toMatchObject({ code: 'invalid_options' });
  });
});

test('what a handler throws is reported and disturbs nothing', async () => {
  const { token } = await world.agent('clumsy');
  const clumsy = await world.join('clumsy', token);
  clumsy.client.onPing(() => {
    throw new Error('at once');
  });
  clumsy.client.onPing(() => Promise.reject(new Error('later')));
  const task = await world.task('Handle with care', 'clumsy');
  const ping = await clumsy.ping(task.id);
  await until('both reports', () => clumsy.errors.length === 2);
  expect(clumsy.errors.map(({ message }) => message)).toEqual(['at once', 'later']);
  expect(await ping.complete()).toMatchObject({ ok: true });
  await clumsy.client.close();
});

test('an ack is answered without the delay of Nagle’s algorithm', async () => {
  const { token } = await world.agent('swift', { max_concurrent: 10 });
  const swift = await world.join('swift', token);
  const task = await world.task('Quickly', 'swift');
  await swift.ping(task.id);
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    await swift.client.ack({ task_id: task.id });
    times.push(performance.now() - began);
  }
  // With the delay each takes 40 ms; the median leaves room for a busy machine.
  expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(30);
  await swift.client.close();
});
