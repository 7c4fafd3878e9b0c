import { expect, it } from 'vitest';
import type { Task, Why } from '#schemas/resources.ts';
import { run } from '#storage/statement.ts';
import { type Link, TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { HOUR, MINUTE, SECOND } from '#test/support/facts.ts';
import { until } from '#test/support/until.ts';

/** RESTART_GRACE_SECONDS. */
const GRACE = 30 * SECOND;
/** The self-heartbeat row is renewed so often: what lies between it and a crash counts as outage. */
const PULSE = 5 * SECOND;

const at = (time: string | null): number => Date.parse(time ?? '');
const resent = (link: Link): unknown[] => link.on('ping').filter((p) => p.body.kind === 'resent');

/** The deadline has moved on by the outage and the grace, and not by more than a pulse beyond. */
function credited(before: string | null, after: string | null, outage: number): void {
  const moved = at(after) - at(before);
  expect(moved).toBeGreaterThanOrEqual(outage + GRACE);
  expect(moved).toBeLessThanOrEqual(outage + GRACE + PULSE);
}

it('not running: nobody pays for it, who has not answered is asked once more, snooze and deadline stay', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { max_concurrent: 3 });
  await app.agent('bob');
  const deadline = new Date(app.clock.now() + 10 * HOUR).toISOString();
  const [asked, snoozed, bobs] = [await app.task('alice', { deadline }), await app.task('alice'), await app.task('bob')];
  const first = await app.join(a);
  await first.say('snooze', { task_id: snoozed.id, minutes: 600 });
  await first.beat({ interval_seconds: 3600 });
  await app.clock.advance(MINUTE);
  const before = { asked: await app.assignment(asked), snoozed: await app.assignment(snoozed), bobs: await app.assignment(bobs) };
  await app.stop();
  await app.clock.advance(2 * HOUR);
  await app.restart();
  credited(before.asked.respond_by, (await app.assignment(asked)).respond_by, 2 * HOUR);
  expect((await app.assignment(snoozed)).snooze_until).toBe(before.snoozed.snooze_until);
  expect((await app.taskNow(asked)).deadline).toBe(deadline);
  expect(await app.statusOf('alice')).toBe('busy');
  const alice = await app.join(a);
  await alice.hear('ping', (p) => p.task_id === asked.id && p.kind === 'resent' && p.attempt === 2);
  await app.clock.advance(GRACE - 1);
  expect((await app.assignment(bobs)).pings_sent).toBe(1);
  await app.clock.advance(1);
  expect((await app.assignment(bobs)).pings_sent).toBe(2);
  await app.clock.advance(MINUTE);
  expect(resent(alice)).toHaveLength(1);
  expect([(await app.assignment(asked)).pings_sent, (await app.assignment(bobs)).pings_sent]).toEqual([2, 2]);
  expect(await app.events('assignment.escalated')).toEqual([]);
});

it('a holder that was asked just before is asked once more, and not again when the grace ends', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  await app.stop();
  await app.clock.advance(MINUTE);
  await app.restart();
  const alice = await app.join(a);
  await alice.hear('ping', (p) => p.task_id === task.id && p.kind === 'resent');
  await app.clock.advance(GRACE + MINUTE);
  expect((await app.assignment(task)).pings_sent).toBe(2);
});

/** Ends without a farewell: the self-heartbeat row is nearly as old as one may be at a crash. */
async function crash(app: TestApp): Promise<void> {
  await app.stop();
  await app.sql('update pulse set until_at = until_at - ?', PULSE - SECOND);
}

it.each([
  ['subscribes at once', true],
  ['does not come back', false],
])('after a crash right after the assignment a holder that %s is asked once more, then by the schedule of its window', async (_, comes) => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  await crash(app);
  await app.restart();
  const up = app.clock.now();
  if (comes) await (await app.join(a)).hear('ping', (p) => p.task_id === task.id && p.kind === 'resent');
  await app.clock.advance(GRACE + MINUTE);
  const { pings_sent, respond_by } = await app.assignment(task);
  expect(pings_sent).toBe(2);
  const why = await app.ok<Why>('GET', `/tasks/${task.id}/why`);
  expect(at(why.next.at)).toBe(Math.round((up + at(respond_by)) / 2));
});

it('after a crash, who said that it was busy is asked when that is over, moved on by the outage', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { max_concurrent: 2 });
  const alice = await app.join(a);
  const busy = async (ms: number): Promise<{ task: Task; before: string | null }> => {
    const task = await app.task('alice');
    await alice.say('ack', { task_id: task.id, busy_until: new Date(app.clock.now() + ms).toISOString() });
    return { task, before: (await app.assignment(task)).respond_by };
  };
  const both = [await busy(10 * SECOND), await busy(HOUR)]; // over before the coordinator is back, and long after
  await crash(app);
  await app.clock.advance(MINUTE);
  await app.restart();
  for (const { task, before } of both) {
    const { respond_by } = await app.assignment(task);
    credited(before, respond_by, MINUTE);
    await app.clock.advance(at(respond_by) - 30 * MINUTE - 1 - app.clock.now());
    expect((await app.assignment(task)).pings_sent).toBe(1);
    await app.clock.advance(1);
    expect((await app.assignment(task)).pings_sent).toBe(2);
  }
});

it('two outages in a row do not end a busy_until of somebody who was pinged by hand meanwhile', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice'));
  const task = await app.task('alice');
  await alice.say('ack', { task_id: task.id, busy_until: new Date(app.clock.now() + HOUR).toISOString() });
  await app.ok('POST', `/tasks/${task.id}/ping`);
  for (let i = 0; i < 2; i += 1) {
    await app.stop();
    await app.clock.advance(MINUTE);
    await app.restart();
  }
  const over = at((await app.assignment(task)).respond_by) - 30 * MINUTE;
  await app.clock.advance(over - 1 - app.clock.now());
  expect((await app.assignment(task)).pings_sent).toBe(3); // assigned, by hand, sent again when the grace ended
  await app.clock.advance(1);
  expect((await app.assignment(task)).pings_sent).toBe(4);
});

it('paused: a gap between ticks is an outage', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  const alice = await app.join(a);
  await alice.beat();
  await app.clock.advance(MINUTE);
  const before = await app.assignment(task);
  await app.clock.pause(3 * HOUR);
  await app.clock.advance(SECOND);
  credited(before.respond_by, (await app.assignment(task)).respond_by, 3 * HOUR);
  expect(await app.statusOf('alice')).toBe('busy');
  await app.clock.advance(GRACE);
  expect(resent(alice)).toHaveLength(1);
  expect(await app.events('assignment.escalated')).toEqual([]);
});

it('a gap that is no outage moves nothing', async () => {
  await using app = await TestApp.start();
  await app.agent('alice');
  const task = await app.task('alice');
  const before = await app.assignment(task);
  await app.clock.pause(4 * SECOND);
  await app.clock.advance(MINUTE);
  expect(await app.assignment(task)).toEqual(before);
});

it.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('the wall clock jumps %s: no duration gets longer or shorter', async (_, jump) => {
  await using app = await TestApp.start();
  const a = await app.agent('alice', { max_concurrent: 2 });
  const task = await app.task('alice');
  const other = await app.task('alice');
  const alice = await app.join(a);
  await alice.beat({ interval_seconds: 3600 });
  await alice.say('snooze', { task_id: other.id, minutes: 20 });
  const left = async (): Promise<number[]> =>
    [at((await app.assignment(task)).respond_by), at((await app.assignment(other)).snooze_until)].map((t) => t - app.clock.now());
  const before = await left();
  app.clock.jumpWall(jump);
  await app.clock.advance(SECOND);
  expect(app.clock.now()).toBe(app.clock.wall());
  expect(await left()).toEqual(before.map((ms) => ms - SECOND));
  expect(await app.statusOf('alice')).not.toBe('offline');
  await app.clock.advance(15 * MINUTE - SECOND - 1);
  expect((await app.assignment(task)).pings_sent).toBe(1);
  await app.clock.advance(1);
  expect((await app.assignment(task)).pings_sent).toBe(2);
  expect(await app.events('assignment.escalated')).toEqual([]);
});

it('a deadline passes by the wall clock', async () => {
  await using app = await TestApp.start();
  await app.agent('alice');
  const task = await app.task('alice', { deadline: new Date(app.clock.now() + 10 * MINUTE).toISOString() });
  app.clock.jumpWall(-HOUR);
  await app.clock.advance(11 * MINUTE);
  expect((await app.taskNow(task)).needs_attention).toBeNull();
  app.clock.jumpWall(HOUR);
  await app.clock.advance(2 * SECOND);
  expect((await app.taskNow(task)).needs_attention).toBe('deadline_passed');
});

it('after the wall clock went back, a restart takes no time from anybody', async () => {
  await using app = await TestApp.start();
  await app.agent('alice');
  const task = await app.task('alice');
  app.clock.jumpWall(-HOUR);
  await app.clock.advance(10 * SECOND);
  const before = await app.assignment(task);
  await app.stop();
  await app.clock.advance(MINUTE);
  await app.restart();
  credited(before.respond_by, (await app.assignment(task)).respond_by, MINUTE);
});

it('storage refuses: nothing is acknowledged, heartbeats are taken, and it goes on by itself', async () => {
  await using app = await TestApp.start();
  const [a, b] = [await app.agent('alice'), await app.agent('bob')];
  const task = await app.task('alice');
  const [alice, bob] = [await app.join(a), await app.join(b)];
  await bob.beat();
  await app.clock.advance(10 * SECOND);
  const before = await app.assignment(task);
  await using other = await app.storage();
  await run(other.em(), 'begin immediate');
  expect(await app.call('POST', '/tasks', { name: 'x' })).toMatchObject({ status: 507, body: { code: 'storage_full' } });
  let acked = false;
  void alice.say('ack', { task_id: task.id }).then(
    () => {
      acked = true;
    },
    () => {},
  );
  await until('the connection is closed', () => !alice.client.connected);
  expect(acked).toBe(false);
  expect(await app.call('GET', '/readyz')).toMatchObject({ status: 503 });
  expect(JSON.stringify((await app.call('GET', '/readyz')).body)).toMatch(/database|lock/i);
  await bob.beat();
  await app.clock.pause(HOUR);
  await run(other.em(), 'rollback');
  await app.clock.advance(2 * SECOND);
  expect((await app.call('GET', '/readyz')).status).toBe(200);
  const after = await app.assignment(task);
  expect(after).toMatchObject({ status: 'pending', agent_name: 'alice' });
  credited(before.respond_by, after.respond_by, HOUR);
  const again = await app.join(a);
  await again.say('ack', { task_id: task.id });
  expect(await app.assignment(task)).toMatchObject({ status: 'acknowledged' });
  expect(await app.events('assignment.escalated')).toEqual([]);
  expect(await app.statusOf('bob')).toBe('idle');
}, 40_000);

it('what is retained is restored after a restart', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const alice = await app.join(a);
  await alice.beat({ info: { version: 7 } });
  const task = await app.task('alice', { deadline: new Date(app.clock.now() + MINUTE).toISOString() });
  await app.clock.advance(MINUTE);
  await app.restart();
  const admin = await app.connect('admin', ADMIN);
  await admin.client.subscribeAsync(['agents/+/heartbeat', 'coordinator/alerts/#', 'coordinator/status'], { qos: 1 });
  expect(await admin.hear('heartbeat')).toMatchObject({ topic: 'agents/alice/heartbeat', retain: true, body: { status: 'online', info: { version: 7 } } });
  expect(await admin.hear(`alerts/${task.id}`)).toMatchObject({ retain: true, body: { reason: 'deadline_passed', holder: 'alice' } });
  expect(await admin.hear('status')).toMatchObject({ retain: true, body: { state: 'online' } });
});
