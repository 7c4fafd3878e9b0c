import { expect, it } from 'vitest';
import type { Command } from '#domain/command.ts';
import { BUCKET_MS, binBound, binOf, COUNTERS, type Counters, HOUR_MS, incrementsOf, type Measure } from '#domain/figures.ts';
import { agentStats, spanOf } from '#domain/stats.ts';
import { ADMIN, MINUTE, Scene, T0 } from '#test/support/facts.ts';

/** What each decision noted for the figures, beside whom and when. */
class Counted extends Scene {
  readonly noted: object[] = [];

  override decide(command: Command, principal = ADMIN): ReturnType<Scene['decide']> {
    const decision = super.decide(command, principal);
    for (const { agent_id: _agent, at: _at, ...measure } of decision.draft.measures) this.noted.push(measure);
    return decision;
  }

  /** What has been noted since the last time. */
  news(): object[] {
    return this.noted.splice(0);
  }
}

function scene(): { s: Counted; alice: number; bob: number } {
  const s = new Counted();
  s.ruto();
  return { s, alice: s.agent('alice', { max_concurrent: 9 }).id, bob: s.agent('bob').id };
}
const answer = (command: string, outcome: string, response_ms: number | null) => ({ of: 'answer', command, outcome, response_ms });
const silence = (why: string) => ({ of: 'silence', why });

it('an answer is in time up to respond_by, and late from then on', () => {
  for (const [after, outcome] of [
    [30 * MINUTE - 1, 'in_time'],
    [30 * MINUTE, 'late'],
  ] as const) {
    const { s, alice } = scene();
    const task = s.task({ agent_name: 'alice' });
    s.now += after;
    s.ask({ type: 'ack', agent_id: alice, task_id: task.id });
    expect(s.news()).toEqual([answer('ack', outcome, after)]);
    s.ask({ type: 'complete', agent_id: alice, task_id: task.id });
    expect(s.news()).toEqual([answer('complete', 'unasked', null)]);
  }
});

it('response times count from attempt 1, through every repetition', () => {
  const { s, alice } = scene();
  const task = s.task({ agent_name: 'alice', ping_interval_minutes: 5 });
  s.pass(17 * MINUTE);
  expect(s.pingsOf(task).map((p) => p.attempt)).toEqual([1, 2, 3, 4]);
  s.ask({ type: 'ack', agent_id: alice, task_id: task.id });
  expect(s.news()).toEqual([answer('ack', 'in_time', 17 * MINUTE)]);
});

it('a ping by hand during a snooze asks for nothing by a moment; the end of the snooze asks anew', () => {
  const { s, alice } = scene();
  const task = s.task({ agent_name: 'alice' });
  s.ask({ type: 'snooze', agent_id: alice, task_id: task.id, minutes: 60 });
  s.pass(40 * MINUTE);
  s.ask({ type: 'ping_task', task_id: task.id });
  s.news();
  const during = structuredClone(s.held(task).asked_at);
  expect(during).toBe(T0 + 40 * MINUTE);
  s.pass(20 * MINUTE);
  s.now += 1000;
  s.ask({ type: 'ack', agent_id: alice, task_id: task.id });
  expect(s.news()).toEqual([answer('ack', 'in_time', 1000)]);
  s.ask({ type: 'snooze', agent_id: alice, task_id: task.id, minutes: 60 });
  s.pass(MINUTE);
  s.ask({ type: 'ping_task', task_id: task.id });
  s.news();
  s.now += 5000;
  s.ask({ type: 'ack', agent_id: alice, task_id: task.id });
  expect(s.news()).toEqual([answer('ack', 'no_deadline', 5000)]);
});

it('what was taken away is no silence of the holder', () => {
  const taken: [string, (s: Counted, task: number) => Command][] = [
    ['reassigned', (_, task_id) => ({ type: 'assign', task_id, agent_name: 'bob' })],
    ['cancelled', (_, task_id) => ({ type: 'update_task', task_id, status: 'cancelled' })],
    ['cancelled', (_, task_id) => ({ type: 'delete_task', task_id })],
    ['completed', (_, task_id) => ({ type: 'update_task', task_id, status: 'done' })],
  ];
  for (const [why, command] of taken) {
    const { s } = scene();
    const task = s.task({ agent_name: 'alice' });
    s.ask(command(s, task.id));
    expect(s.news(), why).toEqual([silence(why)]);
  }
  const { s, alice } = scene();
  s.task({ agent_name: 'alice' });
  s.ask({ type: 'update_agent', agent_id: alice, is_active: false });
  expect(s.news()).toEqual([silence('deactivated'), { of: 'escalation', result: 'handed_over' }]);
});

it('silence is a miss once it was asked; a window without a question is none', () => {
  const { s, alice } = scene();
  const task = s.task({ agent_name: 'alice' });
  s.pass(30 * MINUTE);
  expect(s.news()).toEqual([silence('missed'), { of: 'escalation', result: 'handed_over' }]);
  s.ask({ type: 'ack', agent_id: alice, task_id: task.id });
  expect(s.news()).toEqual([{ of: 'too_late' }]);

  const quiet = scene().s;
  quiet.publishing = false;
  const never = quiet.task({ agent_name: 'alice' });
  quiet.pass(30 * MINUTE);
  expect(quiet.news()).toEqual([silence('not_asked')]);
  expect(quiet.held(never).asked_at).toBe(T0 + 30 * MINUTE);
});

it('an escalation succeeds once, is lost when what it made fails, and is withdrawn with it', () => {
  const escalated = (became: string) => ({ of: 'escalated', became });
  const begun = (): { s: Counted; task: number } => {
    const { s } = scene();
    const task = s.task({ agent_name: 'alice', escalation_chain: ['bob', 'Ruto'] });
    s.pass(30 * MINUTE);
    expect(s.holder(task)).toBe('bob');
    s.news();
    return { s, task: task.id };
  };
  const bob = 3;
  const one = begun();
  one.s.ask({ type: 'ack', agent_id: bob, task_id: one.task });
  one.s.ask({ type: 'ack', agent_id: bob, task_id: one.task });
  one.s.ask({ type: 'complete', agent_id: bob, task_id: one.task });
  expect(one.s.news().filter((m) => 'became' in m)).toEqual([escalated('successful')]);
  const two = begun();
  two.s.ask({ type: 'complete', agent_id: bob, task_id: two.task });
  expect(two.s.news().filter((m) => 'became' in m)).toEqual([escalated('successful')]);
  const three = begun();
  three.s.ask({ type: 'ack', agent_id: bob, task_id: three.task });
  three.s.ask({ type: 'fail', agent_id: bob, task_id: three.task });
  expect(three.s.news().filter((m) => 'became' in m)).toEqual([escalated('successful'), escalated('lost')]);
  const four = begun();
  four.s.ask({ type: 'update_task', task_id: four.task, status: 'cancelled' });
  expect(four.s.news().filter((m) => 'became' in m)).toEqual([escalated('withdrawn')]);
});

it('a holder is silent from the first window that passed though it was asked, until it acks or snoozes', () => {
  for (const type of ['ack', 'snooze'] as const) {
    const s = new Scene();
    const ruto = s.ruto();
    const task = s.task({ agent_name: 'Ruto' });
    s.pass(60 * MINUTE - 1);
    expect(s.held(task).silent_since).toBeNull();
    s.pass(1);
    expect(s.held(task).silent_since).toBe(T0 + 60 * MINUTE);
    s.pass(60 * MINUTE);
    expect(s.held(task).silent_since).toBe(T0 + 60 * MINUTE);
    s.ask({ type, agent_id: ruto.id, task_id: task.id });
    expect(s.held(task).silent_since, type).toBeNull();
  }
  const quiet = new Scene();
  quiet.ruto();
  quiet.publishing = false;
  const never = quiet.task({ agent_name: 'Ruto' });
  quiet.pass(60 * MINUTE);
  expect(quiet.held(never).silent_since, 'it was not asked').toBeNull();
});

it('escalations that are undecided are in neither part of the rate', () => {
  const counters = {
    ...Object.fromEntries(COUNTERS.map((name) => [name, 0])),
    escalated: 5,
    escalated_nobody: 1,
    escalated_withdrawn: 1,
    escalated_successful: 2,
  };
  const rate = (undecided: number) =>
    agentStats({ id: 1, name: 'Ruto' }, spanOf('24h', T0), { counters: counters as Counters, bins: [], undecided }).escalation_success_rate; // as: one entry for each name
  expect(rate(0)).toMatchObject({ numerator: 2, denominator: 5, value: 2 / 5, exclusions: { undecided: 0, withdrawn: 1, found_nobody: 1 } });
  expect(rate(2)).toMatchObject({ numerator: 2, denominator: 3, value: 2 / 3, exclusions: { undecided: 2, withdrawn: 1, found_nobody: 1 } });
});

it('increments: by bucket and agent, and for the fleet, in one order', () => {
  const measures: Measure[] = [
    { of: 'answer', agent_id: 7, at: T0 + 1, command: 'ack', outcome: 'in_time', response_ms: 1000 },
    { of: 'answer', agent_id: 3, at: T0 + 2, command: 'snooze', outcome: 'late', response_ms: 1000 },
    { of: 'escalation', agent_id: 0, at: T0 + 3, result: 'no_target' },
    { of: 'delivered', agent_id: 3, at: T0 - 1 },
  ];
  const rows = incrementsOf(measures);
  expect(rows.map((r) => [r.at, r.agent_id])).toEqual([
    [T0 - HOUR_MS, -1],
    [T0 - BUCKET_MS, 0],
    [T0 - BUCKET_MS, 3],
    [T0, -1],
    [T0, 0],
    [T0, 3],
    [T0, 7],
  ]);
  const fleet = rows[4];
  expect(Object.fromEntries(COUNTERS.map((c) => [c, fleet?.counters[c]]).filter(([, n]) => n !== 0))).toEqual({
    in_time: 1,
    late: 1,
    snoozes: 1,
    response_ms: 2000,
    escalated_nobody: 1,
  });
  expect({ ...rows[3], agent_id: 0 }).toEqual(fleet);
  expect([...(fleet?.bins ?? [])]).toEqual([[binOf(1000), 2]]);
  expect(incrementsOf(measures.toReversed()).map((r) => [r.at, r.agent_id])).toEqual(rows.map((r) => [r.at, r.agent_id]));
});

it('bins: every time lies within its bound, which is at most 9.1 % above the bin before', () => {
  for (const ms of [0, 1, 2, 3, 999, 1000, 1001, 59_999, 3_600_000, 86_400_000]) {
    expect(binBound(binOf(ms))).toBeGreaterThanOrEqual(ms - 1e-6 * ms);
    if (ms > 1) expect(binBound(binOf(ms) - 1)).toBeLessThan(ms);
  }
  expect(binBound(9) / binBound(8)).toBeLessThan(1.091);
});
