import { describe, expect, it } from 'vitest';
import type { TaskRow } from '#domain/model.ts';
import { HOUR, MINUTE, Scene, T0 } from '#test/support/facts.ts';

/** alice with a timeout and a task with an interval, in minutes. */
function scene(timeout: number, interval: number): { s: Scene; task: TaskRow; ack: (more?: object) => void } {
  const s = new Scene();
  const alice = s.agent('alice', { timeout_minutes: timeout });
  s.ruto();
  const task = s.task({ agent_name: 'alice', ping_interval_minutes: interval });
  return { s, task, ack: (more = {}) => void s.ask({ type: 'ack', agent_id: alice.id, task_id: task.id, ...more }) };
}

/** Kind and minute of each ping of the first holder. */
const told = (s: Scene, task: TaskRow): string[] =>
  s
    .pingsOf(task)
    .filter((p) => p.kind !== 'escalated')
    .map((p) => `${p.kind} ${p.at / MINUTE}`);

describe('reminders', () => {
  it.each([
    { timeout: 30, interval: 30, pings: ['assigned 0', 'reminder 15'] },
    { timeout: 30, interval: 45, pings: ['assigned 0', 'reminder 15'] },
    { timeout: 30, interval: 10, pings: ['assigned 0', 'reminder 10', 'reminder 20'] },
    { timeout: 30, interval: 27, pings: ['assigned 0', 'reminder 27'] },
    { timeout: 30, interval: 29, pings: ['assigned 0', 'reminder 15'] },
    { timeout: 0.05, interval: 30, pings: ['assigned 0', 'reminder 0.025'] },
  ])('a timeout of $timeout and an interval of $interval minutes: $pings', ({ timeout, interval, pings }) => {
    const { s, task } = scene(timeout, interval);
    s.pass(timeout * MINUTE);
    expect(told(s, task)).toEqual(pings);
    expect(s.holder(task)).toBe('Ruto');
  });

  it('keep the ping_id and raise the attempt until the agent answers; then it is a new ping', () => {
    const { s, task, ack } = scene(30, 10);
    s.pass(20 * MINUTE);
    const [first, ...more] = [...s.pings.values()];
    expect(more.map((p) => [p.ping_id, p.attempt])).toEqual([
      [first?.ping_id, 2],
      [first?.ping_id, 3],
    ]);
    ack();
    expect([...s.pings.values()].map((p) => p.answered_at)).toEqual([s.now, s.now, s.now]);
    s.pass(10 * MINUTE);
    expect(s.pingsOf(task).at(-1)).toMatchObject({ kind: 'check_in', attempt: 1 });
    expect([...s.pings.values()].at(-1)?.ping_id).not.toBe(first?.ping_id);
  });

  it('count from the last ping, also over an ack', () => {
    const { s, task, ack } = scene(30, 30);
    s.pass(10 * MINUTE);
    ack(); // window 10–40, last ping at 0: by the interval at 30
    s.pass(29 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 30']);
  });

  it('fall midway where the interval would give none after an ack', () => {
    const { s, task, ack } = scene(30, 45);
    s.pass(10 * MINUTE);
    ack();
    s.pass(16 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 25']);
  });

  it('leave time to answer: one by the interval that would come right before the end comes midway', () => {
    const { s, task, ack } = scene(30, 30);
    s.pass(MINUTE);
    ack(); // window 1–31; by the interval at 30, a minute before its end
    s.pass(29 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 16']);
  });

  it('leave a tenth of the time: then the interval counts', () => {
    const { s, task, ack } = scene(30, 30);
    s.pass(3 * MINUTE);
    ack(); // window 3–33
    s.pass(29 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 30']);
  });

  it('fall once where one by the interval came soon after the answer: none midway follows it', () => {
    const { s, task, ack } = scene(30, 20);
    s.pass(10 * MINUTE);
    ack(); // window 10–40, last ping at 0: by the interval at 20, before its middle
    s.pass(30 * MINUTE - 1);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 20']);
  });

  it.each([
    { interval: 30, by: 'manual', at: 1, pings: ['assigned 0', 'manual 1', 'reminder 15'] },
    { interval: 30, by: 'resent', at: 1, pings: ['assigned 0', 'resent 1', 'reminder 15'] },
    { interval: 30, by: 'manual', at: 12, pings: ['assigned 0', 'manual 12', 'reminder 15'] },
    { interval: 30, by: 'resent', at: 12.5, pings: ['assigned 0', 'resent 12.5'] },
    { interval: 30, by: 'manual', at: 20, pings: ['assigned 0', 'reminder 15', 'manual 20'] },
    { interval: 25, by: 'resent', at: 1, pings: ['assigned 0', 'resent 1', 'reminder 26'] },
    { interval: 25, by: 'manual', at: 4, pings: ['assigned 0', 'manual 4', 'reminder 15'] },
    { interval: 10, by: 'manual', at: 5, pings: ['assigned 0', 'manual 5', 'reminder 15', 'reminder 25'] },
    { interval: 10, by: 'resent', at: 21, pings: ['assigned 0', 'reminder 10', 'reminder 20', 'resent 21'] },
  ])('an interval of $interval minutes and a $by ping at $at: $pings', ({ interval, by, at, pings }) => {
    const { s, task } = scene(30, interval);
    s.pass(at * MINUTE);
    if (by === 'manual') s.ask({ type: 'ping_task', task_id: task.id });
    else s.ask({ type: 'resend', agent_id: 1, has: () => false }, { kind: 'coordinator' });
    s.pass(30 * MINUTE - 1 - at * MINUTE);
    expect(told(s, task)).toEqual(pings);
  });

  it('do not move with a change of the task that is none of theirs', () => {
    const { s, task, ack } = scene(30, 27);
    s.pass(25 * MINUTE);
    ack(); // window 25–55: by the interval at 27 and 54
    s.pass(5 * MINUTE);
    s.ask({ type: 'update_task', task_id: task.id, name: 'another name' });
    s.pass(25 * MINUTE - 1);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 27', 'check_in 54']);
  });

  it('stay where they were announced, however often the holder connects anew', () => {
    const { s, task } = scene(30, 30);
    for (let i = 0; i < 5; i += 1) {
      s.pass(MINUTE);
      s.ask({ type: 'resend', agent_id: 1, has: () => false }, { kind: 'coordinator' });
      s.ask({ type: 'update_task', task_id: task.id, name: `after ${i}` });
      expect(s.held(task).remind_at).toBe(T0 + 15 * MINUTE);
    }
  });

  it('are silent until busy_until, come at it, and the timeout runs from there', () => {
    const { s, task, ack } = scene(30, 10);
    ack({ busy_until: T0 + 2 * HOUR });
    s.pass(2 * HOUR - 1);
    expect(told(s, task)).toEqual(['assigned 0']);
    s.pass(1);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 120']);
    s.pass(30 * MINUTE - 1);
    expect(told(s, task)).toEqual(['assigned 0', 'check_in 120', 'check_in 130', 'check_in 140']);
    expect(s.holder(task)).toBe('alice');
    s.pass(1);
    expect(s.holder(task)).toBe('Ruto');
  });

  it('come also midway after the one at busy_until, when that was a little late', () => {
    const { s, task, ack } = scene(30, 30);
    ack({ busy_until: T0 + HOUR });
    s.now = T0 + HOUR + 3;
    s.sweep();
    s.pass(30 * MINUTE - 4);
    expect(told(s, task)).toEqual(['assigned 0', `check_in ${60 + 3 / MINUTE}`, 'check_in 75']);
  });

  it('do not come during a snooze, and begin anew after it', () => {
    const { s, task } = scene(30, 10);
    s.ask({ type: 'snooze', agent_id: 1, task_id: task.id, minutes: 60 });
    expect(s.held(task)).toMatchObject({ status: 'snoozed', respond_by: null, due_at: T0 + 60 * MINUTE });
    s.pass(70 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'snooze_over 60', 'reminder 70']);
    expect(s.held(task)).toMatchObject({ status: 'pending', respond_by: T0 + 90 * MINUTE, snoozes: 1 });
  });

  it('follow a changed interval at once', () => {
    const { s, task } = scene(30, 30);
    s.ask({ type: 'update_task', task_id: task.id, ping_interval_minutes: 7 });
    s.pass(15 * MINUTE);
    expect(told(s, task)).toEqual(['assigned 0', 'reminder 7', 'reminder 14']);
  });

  it('a ping by hand comes once per 10 s at most', () => {
    const { s, task } = scene(30, 30);
    expect(s.ask({ type: 'ping_task', task_id: task.id }).refused).toBeUndefined();
    s.now += 9999;
    expect(s.ask({ type: 'ping_task', task_id: task.id })).toMatchObject({ code: 'rate_limited' });
    s.now += 1;
    expect(s.ask({ type: 'ping_task', task_id: task.id }).refused).toBeUndefined();
  });
});

describe('timeouts', () => {
  it('who was never asked is asked at the moment of the timeout, and has the whole time again', () => {
    const { s, task } = scene(30, 60);
    s.publishing = false;
    const other = s.task({ agent_name: 'alice', ping_interval_minutes: 60 }); // its ping is never published
    s.pass(30 * MINUTE);
    expect(s.holder(other)).toBe('alice');
    expect(s.held(other)).toMatchObject({ respond_by: T0 + 60 * MINUTE });
    expect(s.kinds(other)).toContain('assignment.renewed');
    expect(s.holder(task)).toBe('Ruto');
    s.publishing = true;
    s.pass(30 * MINUTE); // the reminder midway was published
    expect(s.holder(other)).toBe('Ruto');
  });

  it('an answer makes what was asked before count no more', () => {
    const { s, task, ack } = scene(30, 60);
    ack();
    s.publishing = false; // the check-in midway gets lost
    s.pass(30 * MINUTE);
    expect(s.held(task)).toMatchObject({ status: 'acknowledged', respond_by: T0 + 60 * MINUTE });
    expect(s.holder(task)).toBe('alice');
  });
});

describe('pinging off', () => {
  it('one ping, no reminders, no timeout, no stale; switched on it is as if assigned now', () => {
    const s = new Scene();
    const alice = s.agent('alice');
    s.ruto();
    s.beat(alice);
    const task = s.task({ agent_name: 'alice', is_ping_enabled: false });
    s.pass(5 * HOUR);
    expect(s.get(alice).is_offline).toBe(true);
    expect(s.held(task)).toMatchObject({ status: 'pending', due_at: null, respond_by: null, remind_at: null, pings_sent: 1 });
    s.ask({ type: 'update_task', task_id: task.id, is_ping_enabled: true });
    expect(s.held(task)).toMatchObject({ respond_by: s.now + 30 * MINUTE, remind_at: s.now + 15 * MINUTE, pings_sent: 2 });
    s.ask({ type: 'update_task', task_id: task.id, is_ping_enabled: false });
    expect(s.held(task)).toMatchObject({ due_at: null, respond_by: null, remind_at: null });
  });

  it('is not assigned by itself; a snooze only sets the state', () => {
    const s = new Scene();
    s.agent('alice');
    const task = s.task({ is_ping_enabled: false });
    expect(s.open(task)).toBeUndefined();
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'alice' });
    s.ask({ type: 'snooze', agent_id: 1, minutes: 5 });
    s.pass(HOUR);
    expect(s.held(task)).toMatchObject({ status: 'snoozed', due_at: null, pings_sent: 1 });
    s.ask({ type: 'ack', agent_id: 1 });
    expect(s.held(task)).toMatchObject({ status: 'acknowledged', due_at: null });
  });

  it('switched on without a holder it is assigned', () => {
    const s = new Scene();
    s.agent('alice');
    const task = s.task({ is_ping_enabled: false });
    s.ask({ type: 'update_task', task_id: task.id, is_ping_enabled: true });
    expect(s.holder(task)).toBe('alice');
  });

  it('switched off in the queue it waits no more', () => {
    const s = new Scene();
    s.agent('alice');
    s.task({ agent_name: 'alice' });
    const task = s.task();
    expect(s.get(task).queued_at).not.toBeNull();
    s.ask({ type: 'update_task', task_id: task.id, is_ping_enabled: false });
    expect(s.get(task)).toMatchObject({ queued_at: null, due_at: null });
  });
});
