import { expect, it } from 'vitest';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { HOUR, MINUTE, SECOND } from '#test/support/facts.ts';

const kinds = (pings: { body: { kind: string } }[]): string[] => pings.map((p) => p.body.kind);

it('reminder, timeout and escalation happen at their moments', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const start = app.clock.now();
  const task = await app.task('alice');
  await alice.hear('ping');
  await app.clock.advance(15 * MINUTE - 1);
  expect(kinds(alice.on('ping'))).toEqual(['assigned']);
  await app.clock.advance(1);
  await alice.hear('ping', (p) => p.kind === 'reminder' && p.attempt === 2 && Date.parse(p.ping_time) === start + 15 * MINUTE);
  await app.clock.advance(15 * MINUTE - 1);
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice', status: 'pending' });
  await app.clock.advance(1);
  expect(await app.assignment(task)).toMatchObject({
    agent_name: 'Ruto',
    status: 'pending',
    escalation_count: 1,
    assigned_at: new Date(start + 30 * MINUTE).toISOString(),
  });
  await alice.hear('reply', (r) => r.command === 'withdraw' && r.assignment.failure_reason === 'timeout');
  expect(kinds(alice.on('ping'))).toEqual(['assigned', 'reminder']);
});

it('a snooze is over at its moment', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const task = await app.task('alice');
  await alice.say('snooze', { task_id: task.id, minutes: 45 });
  await app.clock.advance(45 * MINUTE - 1);
  expect(await app.assignment(task)).toMatchObject({ status: 'snoozed', pings_sent: 1 });
  await app.clock.advance(1);
  await alice.hear('ping', (p) => p.kind === 'snooze_over');
  expect(await app.assignment(task)).toMatchObject({ status: 'pending', respond_by: new Date(app.clock.now() + 30 * MINUTE).toISOString() });
});

it('an agent without a beat for three intervals is stale, and its task goes on', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const task = await app.task('alice');
  await alice.beat();
  await app.clock.advance(60 * SECOND);
  await alice.beat();
  await app.clock.advance(90 * SECOND - 1);
  expect(await app.statusOf('alice')).toBe('busy');
  await app.clock.advance(1);
  expect(await app.statusOf('alice')).toBe('offline');
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'Ruto', escalation_count: 1 });
  expect(alice.on('reply')).toEqual([]);
  await alice.beat();
  await alice.hear('reply', (r) => r.command === 'withdraw' && r.assignment.failure_reason === 'stale');
});

it('the deadline of a task is raised at its moment and stays retained', async () => {
  await using app = await TestApp.start();
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync('coordinator/alerts/#', { qos: 1 });
  await app.agent('alice');
  const task = await app.task('alice', { deadline: new Date(app.clock.now() + 2 * MINUTE).toISOString() });
  await app.clock.advance(2 * MINUTE);
  await admin.hear(`alerts/${task.id}`, (a) => a.reason === 'deadline_passed' && a.holder === 'alice');
  expect(await app.assignment(task)).toMatchObject({ agent_name: 'alice', status: 'pending' });
  await app.ok('POST', `/tasks/${task.id}/resolve`);
  await admin.hear(`alerts/${task.id}`, (a) => a === null);
});

it('nothing happens for hours where nothing is due', async () => {
  await using app = await TestApp.start();
  await app.agent('alice');
  await app.task('alice', { is_ping_enabled: false });
  const before = await app.ok<{ items: unknown[] }>('GET', '/events?limit=200');
  await app.clock.advance(HOUR / 4);
  expect(await app.ok('GET', '/events?limit=200')).toEqual(before);
});
