import { expect, it } from 'vitest';
import { type AgentStats, type Figure, type Stats, type StatsSeries, WINDOWS } from '#schemas/stats.ts';
import { TestApp } from '#test/support/app.ts';
import { ADMIN } from '#test/support/config.ts';
import { HOUR, MINUTE, SECOND } from '#test/support/facts.ts';

const stats = (app: TestApp, window = '24h'): Promise<Stats> => app.ok('GET', `/stats?window=${window}`);
const ofAgent = (app: TestApp, agent: { id: number }, window = '24h'): Promise<AgentStats> => app.ok('GET', `/agents/${agent.id}/stats?window=${window}`);
const fraction = ({ numerator, denominator }: Figure): [number, number] => [numerator, denominator];
const rate = ({ value, numerator, denominator, target, met, enough_data }: Figure) => ({ value, numerator, denominator, target, met, enough_data });

/** Receipts come over a socket and are written with the next commit, or 200 ms later. */
async function untilDelivered(app: TestApp, n: number): Promise<void> {
  for (let i = 0; i < 100 && (await stats(app)).delivery_rate.numerator < n; i += 1) await app.clock.advance(300);
}

it('a story, counted by hand', async () => {
  await using app = await TestApp.start();
  const begun = app.clock.now();
  const [a, b, c] = [await app.agent('alice', { max_concurrent: 9 }), await app.agent('bob'), await app.agent('carol')];
  const [alice, carol] = [await app.join(a), await app.connect('carol', c.token)];
  await carol.client.subscribeAsync('agents/carol/#', { qos: 0 });
  expect(await stats(app)).toMatchObject({ ack_rate: { value: null, met: null, numerator: 0, denominator: 0, enough_data: false }, window: '24h' });

  // answered after 10 s; done without being asked
  const first = await app.task('alice');
  await alice.hear('ping', (p) => p.task_id === first.id);
  await app.clock.advance(10 * SECOND);
  await alice.say('ack', { task_id: first.id });
  await alice.say('complete', { task_id: first.id });
  // answered after 60 s with a snooze of 5 min, then asked anew and answered after 20 s
  const second = await app.task('alice');
  await app.clock.advance(60 * SECOND);
  await alice.say('snooze', { task_id: second.id, minutes: 5 });
  await app.clock.advance(5 * MINUTE);
  await alice.hear('ping', (p) => p.kind === 'snooze_over');
  await app.clock.advance(20 * SECOND);
  await alice.say('ack', { task_id: second.id });
  await alice.say('complete', { task_id: second.id });
  // taken away before it was answered, from an agent that gives no receipts
  const fourth = await app.task('carol');
  await carol.hear('ping');
  await app.ok('PATCH', `/tasks/${fourth.id}`, { status: 'cancelled' });
  // never answered: asked twice within the half hour, then Ruto's, who answers after 5 s
  const third = await app.task('bob');
  await app.clock.advance(30 * MINUTE);
  await app.clock.advance(5 * SECOND);
  expect(await app.assignment(third)).toMatchObject({ agent_name: 'Ruto', escalation_count: 1 });
  await app.ok('POST', '/agents/1/acknowledge', { task_id: third.id });
  expect((await app.call('POST', `/agents/${b.id}/acknowledge`, { task_id: third.id })).body).toMatchObject({ code: 'assignment_closed' });
  await untilDelivered(app, 3);

  const figures = await stats(app);
  expect(rate(figures.ack_rate)).toEqual({ value: 4 / 5, numerator: 4, denominator: 5, target: 0.95, met: false, enough_data: false });
  expect(figures.ack_rate.exclusions).toEqual({
    not_asked: 0,
    no_deadline: 0,
    unasked: 2,
    withdrawn_stale: 0,
    withdrawn_reassigned: 0,
    withdrawn_cancelled: 1,
    withdrawn_deactivated: 0,
    withdrawn_completed: 0,
  });
  expect(rate(figures.response_time_mean)).toEqual({ value: 95 / 4, numerator: 95, denominator: 4, target: 300, met: true, enough_data: false });
  // 5, 10, 20, 60 s: the bounds of the bins of the second and the fourth
  expect(figures.response_time_p50).toMatchObject({ value: binOf(10), numerator: 2, denominator: 4 });
  expect(figures.response_time_p95).toMatchObject({ value: binOf(60), numerator: 4, denominator: 4 });
  expect(rate(figures.escalation_success_rate)).toEqual({ value: 1, numerator: 1, denominator: 1, target: 0.9, met: true, enough_data: false });
  // alice three, bob two, Ruto one; alice alone gave receipts
  expect(rate(figures.delivery_rate)).toEqual({ value: 3 / 6, numerator: 3, denominator: 6, target: null, met: null, enough_data: false });
  expect(figures.delivery_rate.exclusions).toEqual({ no_receipt: 1 });
  const seconds = (app.clock.now() - begun) / 1000;
  expect(rate(figures.uptime)).toEqual({ value: 1, numerator: seconds, denominator: seconds, target: 0.995, met: true, enough_data: true });
  expect(Date.parse(figures.from) % (5 * MINUTE)).toBe(0);
  expect(Date.parse(figures.to)).toBe(app.clock.now());

  expect(await ofAgent(app, a)).toMatchObject({
    agent_name: 'alice',
    late_acks: 0,
    snoozes: 1,
    ack_rate: { numerator: 3, denominator: 3, exclusions: { unasked: 2 } },
  });
  expect(await ofAgent(app, b)).toMatchObject({
    late_acks: 1,
    ack_rate: { value: 0, denominator: 1 },
    response_time_mean: { value: null },
    delivery_rate: { denominator: 2 },
  });
  expect(await ofAgent(app, c)).toMatchObject({ ack_rate: { value: null, exclusions: { withdrawn_cancelled: 1 } } });
  expect(await ofAgent(app, { id: 1 })).toMatchObject({ agent_name: 'Ruto', escalation_success_rate: { value: 1 }, response_time_mean: { value: 5 } });

  // a restart takes no figure away, and costs uptime
  await app.stop();
  const [last] = await app.sql('select max(until_at) as at from pulse');
  await app.clock.advance(2 * MINUTE);
  await app.restart();
  const [came] = await app.sql('select max(from_at) as at from pulse');
  await app.clock.advance(SECOND);
  const later = await stats(app);
  for (const name of ['ack_rate', 'response_time_mean', 'response_time_p50', 'response_time_p95', 'escalation_success_rate', 'delivery_rate'] as const)
    expect(rate(later[name]), name).toEqual(rate(figures[name]));
  const down = (Number(came?.['at']) - Number(last?.['at'])) / 1000;
  expect(down).toBeGreaterThanOrEqual(120);
  expect(down).toBeLessThanOrEqual(126);
  const known = (app.clock.now() - begun) / 1000;
  expect(fraction(later.uptime)).toEqual([known - down, known]);
  expect(later.uptime.met).toBe(false);

  // beyond the window they are no more; a longer one has them
  await app.ok('POST', '/agents/1/complete', { task_id: third.id });
  await app.clock.advance(2 * HOUR);
  expect(fraction((await stats(app, '1h')).ack_rate)).toEqual([0, 0]);
  expect(fraction((await stats(app, '24h')).ack_rate)).toEqual([4, 5]);
  expect(fraction((await stats(app, '30d')).ack_rate)).toEqual([4, 5]);
  expect((await app.call('GET', '/stats?window=2h')).status).toBe(400);
});

/** Seconds: the bound of the bin in which so many seconds lie. */
const binOf = (s: number): number => Math.round(2 ** (Math.ceil(Math.log2(s * 1000) * 8) / 8)) / 1000;

it('a main agent that keeps silent misses every window; a lost escalation is no success', async () => {
  await using app = await TestApp.start({ RUTO_TIMEOUT_MINUTES: '30' });
  const b = await app.agent('bob');
  const task = await app.task('bob');
  await app.clock.advance(30 * MINUTE); // bob is silent: to Ruto
  const begun = (await stats(app)).escalation_success_rate;
  expect(begun).toMatchObject({ value: null, met: null, numerator: 0, denominator: 0, exclusions: { undecided: 1, withdrawn: 0, found_nobody: 0 } });
  await app.clock.advance(60 * MINUTE + SECOND); // Ruto is silent, twice
  expect((await stats(app)).escalation_success_rate).toMatchObject({ value: 0, met: false, denominator: 1, exclusions: { undecided: 0 } });
  expect(fraction((await stats(app)).ack_rate)).toEqual([0, 3]);
  await app.ok('POST', '/agents/1/acknowledge', { task_id: task.id });
  expect(fraction((await stats(app)).escalation_success_rate)).toEqual([1, 1]);
  // in time for its third window, 60 min and a second after it was asked
  expect(await ofAgent(app, { id: 1 })).toMatchObject({ late_acks: 0, ack_rate: { numerator: 1, denominator: 3 }, response_time_mean: { value: 3601 } });
  await app.ok('POST', '/agents/1/fail', { task_id: task.id });
  const after = await stats(app);
  expect(fraction(after.escalation_success_rate)).toEqual([0, 2]);
  expect(after.escalation_success_rate.exclusions).toEqual({ undecided: 0, withdrawn: 0, found_nobody: 1 });
  expect(await ofAgent(app, b)).toMatchObject({ ack_rate: { numerator: 0, denominator: 1 } });
});

it('an escalation counts once it is decided: in its window, for its agent, over a restart and in the window before', async () => {
  await using app = await TestApp.start({ RUTO_TIMEOUT_MINUTES: '180' });
  const b = await app.agent('bob', { max_concurrent: 9 });
  const [one, two] = [await app.task('bob'), await app.task('bob')];
  for (const { id } of [one, two]) await app.ok('POST', `/agents/${b.id}/fail`, { task_id: id });
  const told = async (window = '24h') => {
    const { denominator, numerator, exclusions } = (await stats(app, window)).escalation_success_rate;
    return [numerator, denominator, exclusions['undecided']];
  };
  expect(await told()).toEqual([0, 0, 2]);
  expect((await ofAgent(app, { id: 1 })).escalation_success_rate).toMatchObject({ value: null, exclusions: { undecided: 2 } });
  expect((await ofAgent(app, b)).escalation_success_rate).toMatchObject({ value: null, exclusions: { undecided: 0 } });
  await app.ok('POST', '/agents/1/acknowledge', { task_id: one.id });
  expect(await told()).toEqual([1, 1, 1]);
  await app.ok('POST', '/agents/1/snooze', { task_id: two.id, minutes: 5 }); // it is there, but has not taken it over
  await app.restart();
  expect(await told()).toEqual([1, 1, 1]);
  await app.clock.advance(HOUR + 10 * MINUTE);
  expect(await told('1h')).toEqual([0, 0, 0]);
  expect((await stats(app, '1h')).before.escalation_success_rate, 'the undecided one is left out there, too').toBe(1);
  await app.clock.advance(2 * HOUR);
  expect(await told(), 'its time to answer has passed').toEqual([1, 2, 0]);
  await app.ok('POST', '/agents/1/snooze', { task_id: two.id, minutes: 5 });
  expect(await told(), 'silent no more').toEqual([1, 1, 1]);
});

it('nobody pays for an outage with response time; nobody counts who was not asked', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const task = await app.task('alice');
  await app.clock.advance(10 * SECOND);
  await app.clock.pause(2 * HOUR);
  await app.clock.advance(10 * SECOND);
  await app.ok('POST', `/agents/${a.id}/acknowledge`, { task_id: task.id });
  const { response_time_mean, uptime, ack_rate } = await stats(app);
  expect(fraction(ack_rate)).toEqual([1, 1]);
  expect(response_time_mean.value).toBeGreaterThanOrEqual(18);
  expect(response_time_mean.value).toBeLessThanOrEqual(20);
  expect(uptime.value).toBeLessThan(0.01);
});

it('a jump of the wall clock is neither time up nor time down', async () => {
  await using app = await TestApp.start();
  await app.clock.advance(10 * MINUTE);
  app.clock.jumpWall(HOUR);
  await app.clock.advance(10 * MINUTE);
  const { uptime } = await stats(app);
  expect(uptime.exclusions['clock_jump']).toBe(3600);
  expect(uptime.denominator).toBe(1200);
  expect(uptime.numerator).toBeGreaterThan(1190);
});

it('back within the grace is a false alarm', async () => {
  await using app = await TestApp.start();
  const a = await app.agent('alice');
  const alice = await app.join(a);
  await alice.beat();
  await alice.say('heartbeat', { status: 'offline', session: 's1' });
  await app.clock.advance(5 * SECOND);
  await alice.beat({ session: 's2' });
  await app.clock.advance(SECOND);
  expect(await ofAgent(app, a)).toMatchObject({ false_alarms: 1 });
  expect((await app.call('GET', '/stats', undefined, a.token)).status).toBe(404);
  expect((await app.call('GET', `/agents/${a.id}/stats`, undefined, a.token)).status).toBe(200);
  expect((await app.call('GET', '/agents/1/stats', undefined, a.token)).status).toBe(404);
  expect((await app.call('GET', '/stats', undefined, ADMIN)).status).toBe(200);
});

it('old events go by themselves; what they counted stays, also after a restart', async () => {
  await using app = await TestApp.start({ EVENT_RETENTION_DAYS: '2' });
  const a = await app.agent('alice');
  const old = await app.task('alice');
  await app.ok('POST', `/agents/${a.id}/acknowledge`, { task_id: old.id });
  await app.ok('POST', `/agents/${a.id}/complete`, { task_id: old.id });
  const kinds = async (): Promise<number[]> => (await app.ok<{ items: { id: number }[] }>('GET', '/events?limit=200')).items.map(({ id }) => id);
  const before = await kinds();
  app.clock.jumpWall(3 * 24 * HOUR);
  await app.clock.advance(SECOND);
  const young = await app.task('alice');
  await app.clock.advance(2 * MINUTE);
  const after = await kinds();
  expect(after.some((id) => before.includes(id))).toBe(false);
  expect(after.length).toBeGreaterThan(0);
  expect(await app.sql('select count(*) as n from ping')).toEqual([{ n: 1 }]);
  expect(fraction((await stats(app, '7d')).ack_rate)).toEqual([1, 1]);
  await app.restart();
  expect(fraction((await stats(app, '7d')).ack_rate)).toEqual([1, 1]);
  expect((await app.assignment(young)).status).toBe('pending');
  expect((await app.assignment(old)).status).toBe('completed');
});

it('the points of a window add up to its figures, and each lies in its step', async () => {
  await using app = await TestApp.start();
  const alice = await app.join(await app.agent('alice', { max_concurrent: 9 }));
  const answered = async (seconds: number): Promise<void> => {
    const task = await app.task('alice');
    await alice.hear('ping', (p) => p.task_id === task.id);
    await app.clock.advance(seconds * SECOND);
    await alice.say('ack', { task_id: task.id });
    await alice.say('complete', { task_id: task.id });
  };
  await answered(4);
  await app.clock.advance(2 * HOUR);
  await answered(30);
  await answered(32);
  for (const window of WINDOWS) {
    const series = await app.ok<StatsSeries>('GET', `/stats/series?window=${window}`);
    const figures = await stats(app, window);
    const sum = (of: (point: StatsSeries['points'][number]) => number): number => series.points.reduce((all, point) => all + of(point), 0);
    expect([sum((p) => p.questions), sum((p) => p.answers), sum((p) => Math.round((p.ack_rate ?? 0) * p.questions))], window).toEqual([
      figures.ack_rate.denominator,
      figures.response_time_mean.denominator,
      figures.ack_rate.numerator,
    ]);
    const steps = series.points.map(({ at }) => Date.parse(at));
    expect(steps.every((at, i) => i === 0 || at - (steps[i - 1] ?? 0) === series.step_seconds * 1000)).toBe(true);
    expect((steps.at(-1) ?? 0) + series.step_seconds * 1000, 'the last step has now in it').toBeGreaterThan(app.clock.now());
    expect(steps.length).toBeLessThan(70);
  }
  const day = (await app.ok<StatsSeries>('GET', '/stats/series')).points.filter(({ questions }) => questions > 0);
  expect(day.map(({ questions }) => questions)).toEqual([1, 2]);
  expect(day[0]?.response_time_p50).toBeGreaterThanOrEqual(4);
  expect(day[0]?.response_time_p50).toBeLessThan(4 * 1.1);
  expect(day[1]?.response_time_p95).toBeGreaterThanOrEqual(32);

  expect((await stats(app, '24h')).before).toMatchObject({ ack_rate: null, response_time_mean: null, escalation_success_rate: null, uptime: null });
  await app.clock.advance(HOUR + 10 * MINUTE);
  const { ack_rate, before, from } = await stats(app, '1h');
  expect(ack_rate.value).toBeNull();
  expect(before).toMatchObject({ ack_rate: 1, response_time_mean: 31, uptime: 1, to: from });
});
