import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { MINUTE } from '#test/support/facts.ts';

it('an empty PATCH changes nothing: neither the revision nor the trail', async () => {
  await using app = await TestApp.start();
  const task = await app.task();
  const tag = async (): Promise<string | null> => (await app.fetch('GET', `/tasks/${task.id}`)).headers.get('etag');
  const before = await tag();
  for (const body of [{}, { priority: 0 }, { status: 'todo', is_ping_enabled: true }])
    expect((await app.call('PATCH', `/tasks/${task.id}`, body)).status).toBe(200);
  expect(await tag()).toBe(before);
  expect(await app.events('task.updated')).toEqual([]);
});

it('two blockers turned round at once: the second sees the cycle', async () => {
  await using app = await TestApp.start();
  for (let i = 0; i < 5; i += 1) {
    const [x, y] = [await app.task(undefined, { is_ping_enabled: false }), await app.task(undefined, { is_ping_enabled: false })];
    const answers = await Promise.all([
      app.call('PATCH', `/tasks/${x.id}`, { blocked_by: [y.id] }),
      app.call('PATCH', `/tasks/${y.id}`, { blocked_by: [x.id] }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  }
});

it('a snooze ends with a deadline that was moved before it; a parked task escalates along its chain as it is now', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice', { escalation_chain: ['alice'] });
  await app.call('POST', `/agents/${a.id}/snooze`, { task_id: task.id, minutes: 60 });
  const deadline = new Date(app.clock.now() + 5 * MINUTE).toISOString();
  await app.call('PATCH', `/tasks/${task.id}`, { deadline });
  expect((await app.assignment(task)).snooze_until).toBe(deadline);
  await app.call('POST', `/agents/${a.id}/fail`, { task_id: task.id });
  await app.agent('bob');
  await app.call('PATCH', `/tasks/${task.id}`, { escalation_chain: ['bob'] });
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'bob', escalation_count: 1 });
});

it('a deactivated holder hears its withdrawal before its connection ends', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const alice = await app.join(a);
  await app.task('alice');
  const gone = app.call('DELETE', `/agents/${a.id}`);
  await alice.hear('reply', (r) => r.command === 'withdraw' && r.assignment?.failure_reason === 'deactivated');
  expect((await gone).status).toBe(200);
});
