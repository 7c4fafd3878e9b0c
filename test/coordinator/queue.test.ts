import { expect, it } from 'vitest';
import type { Notification } from '#schemas/resources.ts';
import { TestApp } from '#test/support/app.ts';
import { MINUTE, SECOND } from '#test/support/facts.ts';

it('a new task does not overtake the queue', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { capabilities: ['one'] });
  const held = await app.task('alice');
  const high = await app.task(undefined, { required_capabilities: ['one'], priority: 10 });
  await Promise.all([
    app.call('POST', `/agents/${a.id}/complete`, { task_id: held.id }),
    app.call('POST', '/tasks', { name: 'low', required_capabilities: ['one'] }),
  ]);
  await app.clock.advance(SECOND);
  expect(await app.assignment(high)).toMatchObject({ agent_name: 'alice', status: 'pending' });
});

it('auto-assignment on request queues what it says it queues, and respects blockers', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { capabilities: ['one'] });
  const held = await app.task('alice');
  const quiet = await app.task(undefined, { required_capabilities: ['one'], is_ping_enabled: false });
  const blocked = await app.task(undefined, { required_capabilities: ['one'], is_ping_enabled: false, blocked_by: [quiet.id] });
  expect((await app.call('POST', `/tasks/${quiet.id}/assign`, {})).body).toMatchObject({ agent: null, message: expect.stringContaining('queued') });
  expect((await app.call('POST', `/tasks/${blocked.id}/assign`, {})).body).toMatchObject({
    agent: null,
    message: expect.stringContaining(`waits for task ${quiet.id}`),
  });
  await app.call('POST', `/agents/${a.id}/complete`, { task_id: held.id });
  await app.clock.advance(SECOND);
  expect(await app.assignment(quiet)).toMatchObject({ agent_name: 'alice', status: 'pending' });
});

it('people get one digest of waiting tasks, brought up to date', async () => {
  await using app = await TestApp.start({ MAX_WAIT_MINUTES: '10' });
  await app.agent('alice', { capabilities: ['one'], timeout_minutes: 600 });
  await app.task('alice', { ping_interval_minutes: 600 });
  for (let i = 0; i < 4; i += 1) {
    await app.task(undefined, { required_capabilities: ['one'] });
    await app.clock.advance(MINUTE);
  }
  await app.clock.advance(9 * MINUTE);
  const { items } = (await app.call<{ items: Notification[] }>('GET', '/notifications')).body;
  expect(items.map((n) => n.title)).toEqual(['4 tasks are waiting for a free agent']);
});
