import { describe, expect, it } from 'vitest';
import type { AgentRow, TaskRow } from '#domain/model.ts';
import type { AttentionReason } from '#schemas/vocabulary.ts';
import { HOUR, MINUTE, Scene, T0 } from '#test/support/facts.ts';

interface Needing {
  readonly s: Scene;
  readonly task: TaskRow;
  readonly holder: AgentRow | undefined;
}

/** A task that needs a person for each reason, held where the reason allows it. */
const NEEDING: Record<AttentionReason, () => Needing> = {
  escalation_exhausted: () => {
    const s = new Scene({ maxEscalationAttempts: 0 });
    const alice = s.agent('alice');
    s.agent('zoe');
    const task = s.task({ agent_name: 'alice' });
    s.pass(30 * MINUTE);
    return { s, task, holder: alice };
  },
  no_target: () => {
    const s = new Scene({ escalationChain: [] });
    const alice = s.agent('alice');
    s.agent('zoe');
    const task = s.task({ agent_name: 'alice' });
    s.pass(30 * MINUTE);
    return { s, task, holder: alice };
  },
  main_agent_silent: () => {
    const s = new Scene();
    const ruto = s.ruto();
    s.agent('zoe');
    const task = s.task({ agent_name: 'Ruto' });
    s.pass(60 * MINUTE);
    return { s, task, holder: ruto };
  },
  deadline_passed: () => {
    const s = new Scene();
    const alice = s.agent('alice');
    s.agent('zoe');
    const task = s.task({ agent_name: 'alice', deadline: T0 + MINUTE });
    s.pass(MINUTE);
    return { s, task, holder: alice };
  },
};
const REASONS = Object.keys(NEEDING) as AttentionReason[]; // its keys are the reasons

const CLEARS: Record<string, (n: Needing) => unknown> = {
  resolve: ({ s, task }) => s.ask({ type: 'resolve_task', task_id: task.id }),
  'assignment by the admin': ({ s, task }) => s.ask({ type: 'assign', task_id: task.id, agent_name: 'zoe' }),
  complete: ({ s, task, holder }) => s.ask({ type: 'complete', agent_id: holder?.id ?? 0, task_id: task.id }),
  cancel: ({ s, task }) => s.ask({ type: 'update_task', task_id: task.id, status: 'cancelled' }),
  done: ({ s, task }) => s.ask({ type: 'update_task', task_id: task.id, status: 'done' }),
  delete: ({ s, task }) => s.ask({ type: 'delete_task', task_id: task.id }),
};

describe.each(REASONS)('needs_attention: %s', (reason) => {
  it('is told once: retained alert, event, notification', () => {
    const { s, task, holder } = NEEDING[reason]();
    expect(s.get(task)).toMatchObject({ needs_attention: reason, attention_since: s.now });
    expect(s.alerts.get(task.id)).toEqual({ task_id: task.id, task_name: 'a task', reason, holder: holder?.name, since: new Date(s.now).toISOString() });
    expect(s.kinds(task).filter((k) => k === 'task.attention_needed')).toHaveLength(1);
    expect(s.notifications.filter((n) => n.kind === 'needs_attention')).toHaveLength(1);
  });

  it('people are reminded with backoff, at least once a day', () => {
    const { s, task } = NEEDING[reason]();
    s.ask({ type: 'snooze', agent_id: 1, task_id: task.id, minutes: 1 }); // what the holder does is not the matter here
    const start = s.now;
    const times: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const next = s.get(task).attention_remind_at ?? 0;
      times.push((next - start) / MINUTE);
      s.now = next;
      s.ask({ type: 'task_due', task_id: task.id }, { kind: 'coordinator' });
    }
    expect(times).toEqual([15, 45, 105, 225, 465, 945, 1905, 3345, 4785]);
    expect(s.notifications.filter((n) => n.title.includes('still needs a person'))).toHaveLength(9);
  });

  it.each(Object.keys(CLEARS))('%s clears it and empties the topic', (name) => {
    const needing = NEEDING[reason]();
    const { s, task } = needing;
    CLEARS[name]?.(needing);
    expect(s.get(task)).toMatchObject({ needs_attention: null, attention_since: null, attention_remind_at: null });
    expect(s.alerts.has(task.id)).toBe(false);
    expect(s.messages.findLast((m) => m.to === 'alert')).toEqual({ to: 'alert', task_id: task.id, alert: null });
    expect(s.kinds(task)).toContain('task.attention_cleared');
  });

  const byAck = reason === 'main_agent_silent' || reason === 'escalation_exhausted';
  it(`the ack of the holder ${byAck ? 'clears it' : 'does not clear it'}`, () => {
    const { s, task, holder } = NEEDING[reason]();
    s.ask({ type: 'ack', agent_id: holder?.id ?? 0, task_id: task.id });
    expect(s.get(task).needs_attention).toBe(byAck ? null : reason);
    expect(s.alerts.has(task.id)).toBe(!byAck);
  });

  it('a snooze, a ping by hand and delegation do not clear it', () => {
    const { s, task, holder } = NEEDING[reason]();
    s.ask({ type: 'snooze', agent_id: holder?.id ?? 0, task_id: task.id });
    s.ask({ type: 'ping_task', task_id: task.id });
    expect(s.get(task).needs_attention).toBe(reason);
    const boss = s.agent('Boss', { type: 'main_agent' });
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'zoe' }, { kind: 'agent', id: boss.id, name: 'Boss', type: 'main_agent' });
    expect(s.holder(task)).toBe('zoe');
    if (reason !== 'no_target') expect(s.alerts.get(task.id)).toMatchObject({ reason, holder: 'zoe' });
  });
});

describe('several reasons', () => {
  it('a graver one replaces a lighter one; a deadline that passed shows again when that is cleared', () => {
    const { s, task } = NEEDING.deadline_passed();
    s.pass(30 * MINUTE); // no Ruto: no target
    expect(s.get(task).needs_attention).toBe('no_target');
    s.ruto();
    const carol = s.agent('carol');
    s.ask({ type: 'update_agent', agent_id: carol.id, capabilities: ['x'] });
    s.sweep();
    expect(s.get(task).needs_attention).toBe('deadline_passed');
    expect(s.alerts.get(task.id)).toMatchObject({ reason: 'deadline_passed', holder: 'Ruto' });
    s.ask({ type: 'resolve_task', task_id: task.id });
    expect(s.alerts.size).toBe(0);
  });

  it('a lighter one does not replace a graver one, and comes after it', () => {
    const s = new Scene({ maxEscalationAttempts: 0 });
    const alice = s.agent('alice');
    const task = s.task({ agent_name: 'alice', deadline: T0 + HOUR });
    s.pass(2 * HOUR);
    expect(s.get(task).needs_attention).toBe('escalation_exhausted');
    expect(s.kinds(task)).toContain('task.deadline_passed');
    s.ask({ type: 'ack', agent_id: alice.id });
    expect(s.get(task).needs_attention).toBe('deadline_passed');
  });

  it('a deadline is raised once; a new one is raised again', () => {
    const { s, task } = NEEDING.deadline_passed();
    s.ask({ type: 'resolve_task', task_id: task.id });
    s.pass(10 * MINUTE);
    expect(s.get(task).needs_attention).toBeNull();
    s.ask({ type: 'update_task', task_id: task.id, deadline: s.now + MINUTE });
    s.pass(MINUTE);
    expect(s.get(task).needs_attention).toBe('deadline_passed');
    expect(s.kinds(task).filter((k) => k === 'task.deadline_passed')).toHaveLength(2);
  });

  it('a task that waits for a person about its deadline is not assigned by itself', () => {
    const s = new Scene();
    const task = s.task({ is_ping_enabled: false, deadline: T0 + MINUTE });
    s.pass(MINUTE);
    s.agent('alice');
    s.ask({ type: 'update_task', task_id: task.id, is_ping_enabled: true });
    s.sweep();
    expect(s.open(task)).toBeUndefined();
    s.ask({ type: 'resolve_task', task_id: task.id });
    expect(s.holder(task)).toBe('alice');
  });
});
