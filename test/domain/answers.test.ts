import { describe, expect, it } from 'vitest';
import type { TaskRow } from '#domain/model.ts';
import { codeOf, HOUR, MINUTE, replyOf, Scene, T0 } from '#test/support/facts.ts';

const ALICE = 1;
function scene(fields: object = {}): { s: Scene; task: TaskRow } {
  const s = new Scene();
  s.agent('alice', { max_concurrent: 5 });
  s.ruto();
  s.agent('bob');
  return { s, task: s.task({ agent_name: 'alice', ...fields }) };
}
const snooze = (s: Scene, more: object = {}): ReturnType<Scene['ask']> => s.ask({ type: 'snooze', agent_id: ALICE, ...more });

describe('snooze', () => {
  it('is 30 minutes unless said, at most MAX_SNOOZE_MINUTES', () => {
    const { s, task } = scene();
    snooze(s);
    expect(s.held(task).snooze_until).toBe(T0 + 30 * MINUTE);
    const before = s.held(task);
    expect(codeOf(snooze(s, { minutes: 1440.01 }))).toBe('snooze_limit');
    expect(s.held(task)).toEqual(before);
    snooze(s, { minutes: 1440 });
    expect(s.held(task).snooze_until).toBe(T0 + 1440 * MINUTE);
  });

  it('counts to MAX_SNOOZES, over its end; an ack starts the count anew', () => {
    const { s, task } = scene();
    for (let i = 0; i < 5; i += 1) {
      expect(codeOf(snooze(s, { minutes: 1 }))).toBeNull();
      s.pass(2 * MINUTE);
    }
    expect(s.held(task)).toMatchObject({ status: 'pending', snoozes: 5 });
    expect(codeOf(snooze(s, { minutes: 1 }))).toBe('snooze_limit');
    s.ask({ type: 'ack', agent_id: ALICE });
    expect(codeOf(snooze(s, { minutes: 1 }))).toBeNull();
    expect(s.held(task).snoozes).toBe(1);
  });

  it('is clamped to the deadline, and refused once that has passed', () => {
    const { s, task } = scene({ deadline: T0 + 10 * MINUTE });
    snooze(s, { minutes: 60 });
    expect(s.held(task).snooze_until).toBe(T0 + 10 * MINUTE);
    s.now = T0 + 10 * MINUTE;
    expect(snooze(s, { minutes: 1 })).toMatchObject({ code: 'snooze_past_deadline', instruction: 'continue' });
  });
});

describe('which assignment is meant', () => {
  it('the only open one, else it is ambiguous', () => {
    const { s, task } = scene();
    expect(replyOf(s.ask({ type: 'ack', agent_id: ALICE })).task_id).toBe(task.id);
    s.task({ agent_name: 'alice' });
    expect(codeOf(s.ask({ type: 'ack', agent_id: ALICE }))).toBe('ambiguous_task');
    expect(codeOf(s.ask({ type: 'ack', agent_id: 3 }))).toBe('no_open_assignment');
  });

  it('a ping_id tells which of several', () => {
    const { s } = scene();
    const other = s.task({ agent_name: 'alice' });
    const ping_id = s.held(other).ping_id ?? '';
    expect(replyOf(s.ask({ type: 'ack', agent_id: ALICE, ping_id })).task_id).toBe(other.id);
    expect(codeOf(s.ask({ type: 'ack', agent_id: ALICE, ping_id: 'unknown' }))).toBe('ambiguous_task');
  });

  it.each([
    [{ task_id: 99 }, 'task_not_found'],
    [{ task_id: 1, agent_id: 3 }, 'no_open_assignment'],
    [{ assignment_id: 1, agent_id: 3 }, 'no_open_assignment'],
    [{ assignment_id: 99 }, 'no_open_assignment'],
    [{ assignment_id: 1, task_id: 2 }, 'no_open_assignment'],
    [{ agent_id: 99 }, 'agent_not_found'],
  ])('%j is refused: %s', (fields, code) => {
    const { s } = scene();
    s.task({ agent_name: 'alice' });
    const before = s.assignments.get(1);
    expect(codeOf(s.ask({ type: 'ack', agent_id: ALICE, ...fields }))).toBe(code);
    expect(s.assignments.get(1)).toEqual(before);
  });

  it('a stranger does not hear who holds the task', () => {
    const { s, task } = scene();
    expect(JSON.stringify(s.ask({ type: 'complete', agent_id: 3, task_id: task.id }))).not.toContain('alice');
  });
});

describe('repetitions', () => {
  it.each(['ack', 'snooze', 'complete', 'fail'] as const)('%s with the same message_id changes nothing and is answered as before', (type) => {
    const { s, task } = scene();
    const command = { type, agent_id: ALICE, task_id: task.id, message_id: 'm1' };
    const first = s.decide(command);
    s.now += 5 * MINUTE;
    const again = s.decide(command);
    expect(again).toMatchObject({ repeated: true, draft: { changes: [], events: [], messages: [], sweeping: [] } });
    expect(again.verdict.reply).toEqual(first.verdict.reply);
    s.now += 24 * HOUR;
    expect(s.decide(command).repeated).toBe(false);
  });

  it('the same message_id of another agent is another command', () => {
    const { s, task } = scene();
    s.ask({ type: 'ack', agent_id: ALICE, task_id: task.id, message_id: 'm1' });
    const bobs = s.task({ agent_name: 'bob' });
    s.ask({ type: 'ack', agent_id: 3, task_id: bobs.id, message_id: 'm1' });
    expect(s.held(bobs).status).toBe('acknowledged');
  });

  it('a refusal is repeated too, whatever has changed since', () => {
    const { s, task } = scene();
    const command = { type: 'ack', agent_id: 3, task_id: task.id, message_id: 'm1' } as const;
    const refused = s.ask(command);
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'bob' });
    expect(s.ask(command).reply).toEqual(refused.reply);
    expect(s.held(task).status).toBe('pending');
    expect(s.events.filter((e) => e.kind === 'message.refused')).toHaveLength(1);
  });

  it('delegation with the same message_id is answered as before', () => {
    const { s, task } = scene();
    const ruto = { kind: 'agent', id: 2, name: 'Ruto', type: 'main_agent' } as const;
    const command = { type: 'assign', agent_id: 2, task_id: task.id, agent_name: 'bob', message_id: 'm1' } as const;
    const first = s.decide(command, ruto);
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'alice' });
    expect(s.decide(command, ruto).verdict.reply).toEqual(first.verdict.reply);
    expect(s.holder(task)).toBe('alice');
  });

  it('a reply is kept in short; one that was kept whole is still understood', () => {
    const { s, task } = scene();
    const command = { type: 'ack', agent_id: ALICE, task_id: task.id, message_id: 'm1' } as const;
    const { reply } = s.ask(command);
    const event = s.events.find((e) => e.message_key === `m1:${ALICE}`);
    if (event === undefined || reply === undefined) throw new Error('not kept');
    expect(JSON.stringify(event.reply).length).toBeLessThan(JSON.stringify(reply).length / 3);
    event.reply = reply;
    expect(s.decide(command)).toMatchObject({ repeated: true, verdict: { reply } });
  });

  it.each(['complete', 'fail'] as const)('%s of what this agent itself ended so is confirmed, and changes nothing', (type) => {
    const { s, task } = scene();
    s.ask({ type, agent_id: ALICE, task_id: task.id });
    const again = s.decide({ type, agent_id: ALICE, task_id: task.id });
    expect(again.verdict.reply?.ok).toBe(true);
    expect([again.draft.changes, again.draft.events]).toEqual([[], []]);
    const other = type === 'complete' ? 'fail' : 'complete';
    expect(codeOf(s.ask({ type: other, agent_id: ALICE, task_id: task.id }))).toBe('assignment_closed');
  });

  it('any other ack or snooze counts as a new one', () => {
    const { s, task } = scene();
    s.ask({ type: 'ack', agent_id: ALICE });
    s.now += MINUTE;
    s.ask({ type: 'ack', agent_id: ALICE });
    expect(s.held(task).respond_by).toBe(s.now + 30 * MINUTE);
    expect(s.events.filter((e) => e.kind === 'assignment.acknowledged')).toHaveLength(2);
  });
});
