import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentStatus } from '#domain/agent-status.ts';
import type { AgentRow, TaskRow } from '#domain/model.ts';
import { MINUTE, Scene, SECOND, T0, withdrawnFrom } from '#test/support/facts.ts';

describe('an agent', () => {
  it('is supervised from its first heartbeat on', () => {
    const s = new Scene();
    const a = s.agent('a');
    s.pass(10 * MINUTE);
    expect(s.get(a)).toMatchObject({ is_offline: false, stale_at: null });
    s.beat(a);
    expect(s.get(a).stale_at).toBe(s.now + 90 * SECOND);
    s.beat(a, 's1', 5);
    expect(s.get(a).stale_at).toBe(s.now + 15 * SECOND);
    s.pass(15 * SECOND - 1);
    expect(s.get(a).is_offline).toBe(false);
    s.pass(1);
    expect(s.get(a)).toMatchObject({ is_offline: true, offline_since: s.now, stale_at: null });
  });

  it('that says goodbye has a grace; back within it nothing happened', () => {
    const s = new Scene();
    const a = s.agent('a');
    s.ruto();
    const task = s.task({ agent_name: 'a' });
    s.beat(a);
    s.leave(a);
    expect(s.get(a)).toMatchObject({ in_grace: true, stale_at: s.now + 10 * SECOND });
    s.pass(9 * SECOND);
    s.beat(a, 's2');
    s.pass(20 * SECOND);
    expect(s.get(a)).toMatchObject({ in_grace: false, is_offline: false });
    expect(s.holder(task)).toBe('a');
    s.leave(a, 's2');
    s.pass(10 * SECOND);
    expect(s.holder(task)).toBe('Ruto');
  });

  it('is not harmed by the goodbye of an older session, or before its first beat', () => {
    const s = new Scene();
    const a = s.agent('a');
    s.leave(a);
    expect(s.get(a).stale_at).toBeNull();
    s.beat(a, 's1');
    s.beat(a, 's2');
    const before = s.get(a);
    s.leave(a, 's1');
    expect(s.get(a)).toEqual(before);
  });

  it('that comes back hears what was taken from it, and nothing of what it ended itself', () => {
    const s = new Scene();
    const a = s.agent('a', { max_concurrent: 3 });
    s.ruto();
    const [one, two] = [s.task({ agent_name: 'a' }), s.task({ agent_name: 'a' })];
    s.beat(a);
    s.ask({ type: 'complete', agent_id: a.id, task_id: two.id });
    s.said();
    s.pass(90 * SECOND);
    expect(withdrawnFrom(s.said())).toEqual([]);
    s.beat(a, 's2');
    const said = s.said();
    expect(withdrawnFrom(said)).toEqual(['a']);
    expect(said.find((m) => m.to === 'agent')?.reply).toMatchObject({
      command: 'withdraw',
      instruction: 'stop_work',
      task_id: one.id,
      assignment: { failure_reason: 'stale' },
    });
  });

  it('that came back stays unproven until it acks, however often it beats', () => {
    const s = new Scene();
    const a = s.agent('a');
    s.beat(a);
    s.pass(90 * SECOND);
    s.beat(a, 's2');
    s.beat(a, 's3');
    expect(s.get(a).returned_unproven).toBe(true);
    s.task();
    s.ask({ type: 'ack', agent_id: a.id });
    expect(s.get(a).returned_unproven).toBe(false);
  });

  it('deactivated and brought back is a newcomer', () => {
    const s = new Scene();
    const a = s.agent('a');
    s.beat(a);
    s.pass(90 * SECOND);
    s.ask({ type: 'update_agent', agent_id: a.id, is_active: false });
    expect(s.get(a)).toMatchObject({ is_active: false, due_at: null });
    s.ask({ type: 'update_agent', agent_id: a.id, is_active: true });
    expect(s.get(a)).toMatchObject({ is_active: true, is_offline: false, session: null, due_at: null });
    expect(s.messages.filter((m) => m.to === 'disconnect')).toHaveLength(1);
  });
});

describe('a new listener', () => {
  it('is sent each unanswered ping that it was not sent yet, again and once', () => {
    const s = new Scene();
    const a = s.agent('a', { max_concurrent: 9 });
    const [asked, acked, known] = [s.task(), s.task(), s.task()];
    s.ask({ type: 'ack', agent_id: a.id, task_id: acked.id });
    const again = { type: 'resend', agent_id: a.id, has: () => false } as const;
    expect(s.decide(again, { kind: 'coordinator' }).draft.changes).toEqual([]); // those of this moment are on their way
    s.now += SECOND;
    const has = (id: string): boolean => id === s.held(known).ping_id;
    s.ask({ type: 'resend', agent_id: a.id, has }, { kind: 'coordinator' });
    expect(s.pingsOf(asked).at(-1)).toMatchObject({ kind: 'resent', attempt: 2 });
    expect([s.pingsOf(acked).length, s.pingsOf(known).length]).toEqual([1, 1]);
  });
});

describe('mass stale', () => {
  function fleet(n: number, policy: object = {}): { s: Scene; agents: AgentRow[]; tasks: TaskRow[] } {
    const s = new Scene(policy);
    s.ruto();
    const agents = Array.from({ length: n }, (_, i) => s.agent(`a${i}`));
    const tasks = agents.map((a) => s.task({ agent_name: a.name }));
    for (const a of agents) s.beat(a);
    return { s, agents, tasks };
  }
  const holders = (s: Scene, tasks: TaskRow[]): (string | null)[] => tasks.map((t) => s.holder(t));

  it('of four at once: one alert, offline, and the escalations wait', () => {
    const { s, tasks } = fleet(4);
    s.pass(90 * SECOND);
    expect([...s.agents.values()].filter((a) => a.is_offline)).toHaveLength(4);
    expect(holders(s, tasks)).toEqual(['a0', 'a1', 'a2', 'a3']);
    expect(s.kinds().filter((k) => k === 'agent.mass_stale')).toHaveLength(1);
    expect(s.notifications).toHaveLength(1);
    expect(s.massStale).toMatchObject({ reason: 'mass_stale', agents: 4, escalate_at: new Date(T0 + 210 * SECOND).toISOString() });
    s.pass(120 * SECOND - 1);
    expect(holders(s, tasks)).toEqual(['a0', 'a1', 'a2', 'a3']);
    s.pass(1);
    expect(holders(s, tasks)).toEqual(['Ruto', 'Ruto', 'Ruto', 'Ruto']);
    expect(s.massStale).toBeNull();
  });

  it('three agents are no mass', () => {
    const { s, tasks } = fleet(3);
    s.pass(90 * SECOND);
    expect(holders(s, tasks)).toEqual(['Ruto', 'Ruto', 'Ruto']);
    expect(s.massStale).toBeNull();
  });

  it.each([
    [2, false],
    [3, true],
  ])('%i of four silent: %s', (silent, mass) => {
    const { s, agents } = fleet(4);
    s.now += 80 * SECOND;
    for (const a of agents.slice(silent)) s.beat(a);
    s.pass(10 * SECOND);
    expect(s.massStale !== null).toBe(mass);
  });

  it('goodbyes count, too', () => {
    const { s, agents, tasks } = fleet(4);
    s.now += 20 * SECOND;
    for (const a of agents.slice(0, 3)) s.leave(a);
    s.pass(10 * SECOND);
    expect(holders(s, tasks)).toEqual(['a0', 'a1', 'a2', 'a3']);
    expect(s.massStale).not.toBeNull();
  });

  it('who is back by then keeps its tasks, and has its whole timeout to answer', () => {
    const { s, agents, tasks } = fleet(4);
    const [back] = agents;
    const [first] = tasks;
    if (back === undefined || first === undefined) throw new Error('no fleet');
    s.ask({ type: 'update_agent', agent_id: back.id, timeout_minutes: 2 });
    const held = s.held(first);
    s.ask({ type: 'ack', agent_id: back.id, busy_until: T0 + 60 * SECOND });
    s.pass(200 * SECOND); // its two minutes ended at 180 s, inside the grace
    expect(s.get(held).status).toBe('acknowledged');
    s.beat(back, 's2', 3600);
    expect(s.massStale).not.toBeNull();
    s.pass(100 * SECOND);
    expect(holders(s, tasks)).toEqual(['a0', 'Ruto', 'Ruto', 'Ruto']);
    expect(s.massStale).toBeNull();
    s.pass(2 * MINUTE);
    expect(s.holder(first)).toBe('Ruto');
  });

  it('all back: the alert is cleared', () => {
    const { s, agents } = fleet(4);
    s.pass(100 * SECOND);
    for (const a of agents) s.beat(a, 's2');
    expect(s.massStale).toBeNull();
  });

  it('the last that waits is deactivated: the alert is cleared', () => {
    const { s, agents } = fleet(4);
    s.pass(100 * SECOND);
    for (const a of agents.slice(1)) s.beat(a, 's2');
    expect(s.massStale).not.toBeNull();
    s.ask({ type: 'update_agent', agent_id: agents[0]?.id ?? 0, is_active: false });
    expect(s.massStale).toBeNull();
  });
});

describe('the status of an agent', () => {
  it('is offline if stale, else working with any acknowledged, else busy with any other open, else idle', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat({ max: 3 }), fc.nat({ max: 3 }), (is_offline, acknowledged, other) => {
        const expected = is_offline ? 'offline' : acknowledged > 0 ? 'working' : other > 0 ? 'busy' : 'idle';
        expect(agentStatus({ is_offline }, { acknowledged, other })).toBe(expected);
      }),
    );
  });
});
