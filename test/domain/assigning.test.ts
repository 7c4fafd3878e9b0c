import { describe, expect, it } from 'vitest';
import type { AgentRow } from '#domain/model.ts';
import { codeOf, HOUR, MINUTE, Scene, T0, withdrawnFrom } from '#test/support/facts.ts';

const hold = (s: Scene, agent: AgentRow): void => void s.task({ agent_name: agent.name });
const end = (s: Scene, agent: AgentRow): void => void s.ask({ type: 'complete', agent_id: agent.id });

describe('auto-assignment goes to', () => {
  it('the lowest id where nothing else tells', () => {
    const s = new Scene();
    s.agent('b');
    s.agent('a');
    expect(s.holder(s.task())).toBe('b');
  });

  it('who has fewest open assignments, before who has waited longest', () => {
    const s = new Scene();
    const a = s.agent('a', { max_concurrent: 3 });
    s.agent('b', { max_concurrent: 3, last_acknowledgment: T0 });
    hold(s, a);
    expect(s.holder(s.task())).toBe('b');
  });

  it('who acknowledged longest ago, and first to who never did', () => {
    const s = new Scene();
    s.agent('a', { last_acknowledgment: T0 - 1 });
    s.agent('b', { last_acknowledgment: T0 - 2 });
    s.agent('c');
    expect([s.holder(s.task()), s.holder(s.task()), s.holder(s.task())]).toEqual(['c', 'b', 'a']);
  });

  it('who has all capabilities', () => {
    const s = new Scene();
    s.agent('a', { capabilities: ['x'] });
    s.agent('b', { capabilities: ['y', 'x'] });
    expect(s.holder(s.task({ required_capabilities: ['x', 'y'] }))).toBe('b');
  });

  it('no main agent while a sub-agent can, no agent that is offline or deactivated', () => {
    const s = new Scene();
    s.ruto();
    s.agent('gone', { is_active: false });
    s.agent('away', { is_offline: true });
    s.agent('full', { max_concurrent: 0 });
    s.agent('here');
    expect(s.holder(s.task())).toBe('here');
  });

  it('who failed this task last, and who came back from being stale and has not acked since', () => {
    const s = new Scene({ escalationChain: [] });
    const [a, b, c] = [s.agent('a', { max_concurrent: 2 }), s.agent('b'), s.agent('c')];
    s.beat(b);
    s.beat(c);
    const task = s.task({ agent_name: 'a' });
    s.pass(90_000);
    s.beat(b, 's2');
    expect(s.get(b).returned_unproven).toBe(true);
    s.ask({ type: 'fail', agent_id: a.id, task_id: task.id });
    s.beat(c, 's2');
    const fresh = s.agent('d');
    s.ask({ type: 'resolve_task', task_id: task.id });
    expect(s.holder(task)).toBe('d');
    end(s, fresh);
    // b, c unproven: equal in doubt to a on its failed task, and behind a on another
    expect(s.holder(s.task())).toBe('a');
    hold(s, b);
    s.ask({ type: 'ack', agent_id: b.id });
    expect(s.get(b).returned_unproven).toBe(false);
  });

  it('the chain when no capable agent is there: count 0, kind assigned', () => {
    const s = new Scene();
    const ruto = s.ruto();
    s.agent('a', { is_offline: true });
    const task = s.task();
    expect(s.held(task)).toMatchObject({ agent_id: ruto.id, escalation_count: 0, original_agent_id: null, escalated_from: null });
    expect(s.pingsOf(task).map((p) => p.kind)).toEqual(['assigned']);
  });

  it('nobody at all: a person is called; asked for by name of nobody: refused', () => {
    const s = new Scene();
    const task = s.task();
    expect(s.get(task).needs_attention).toBe('no_target');
    expect(codeOf(s.ask({ type: 'assign', task_id: task.id }))).toBe('no_agent_available');
    const late = s.agent('late');
    s.beat(late);
    s.sweep();
    expect(s.holder(task)).toBe('late');
    expect(s.alerts.size).toBe(0);
  });
});

describe('assignment by name', () => {
  it('ignores limits, capabilities and blockers, and needs an active agent by its exact name', () => {
    const s = new Scene();
    const a = s.agent('a');
    const blocker = s.task();
    expect(s.holder(blocker)).toBe('a');
    const task = s.task({ agent_name: 'a', required_capabilities: ['x'], blocked_by: [blocker.id] });
    expect(s.holder(task)).toBe('a');
    for (const agent_name of ['A', 'nobody']) expect(codeOf(s.ask({ type: 'assign', task_id: task.id, agent_name }))).toBe('agent_not_found');
    s.ask({ type: 'update_agent', agent_id: a.id, is_active: false });
    expect(codeOf(s.ask({ type: 'assign', task_id: task.id, agent_name: 'a' }))).toBe('agent_not_found');
    expect(codeOf(s.ask({ type: 'create_task', name: 'x', agent_name: 'a' }))).toBe('agent_not_found');
  });

  it('of a closed task is refused', () => {
    const s = new Scene();
    const a = s.agent('a');
    const task = s.task();
    end(s, a);
    expect(codeOf(s.ask({ type: 'assign', task_id: task.id, agent_name: 'a' }))).toBe('task_closed');
    s.ask({ type: 'update_task', task_id: task.id, status: 'todo' });
    expect(s.holder(task)).toBe('a');
    s.ask({ type: 'update_task', task_id: task.id, status: 'cancelled' });
    expect(codeOf(s.ask({ type: 'assign', task_id: task.id }))).toBe('task_closed');
  });

  it('takes it from its holder, who is told to stop', () => {
    const s = new Scene();
    s.agent('a');
    s.agent('b');
    const task = s.task({ agent_name: 'a' });
    s.said();
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'b' });
    expect(withdrawnFrom(s.said())).toEqual(['a']);
  });

  it('to the present holder changes nothing', () => {
    const s = new Scene();
    s.agent('a');
    const task = s.task({ agent_name: 'a' });
    const before = [s.get(task), s.held(task), s.events.length];
    s.now += MINUTE;
    expect(s.ask({ type: 'assign', task_id: task.id, agent_name: 'a' })).toMatchObject({ assignment: { id: 1 } });
    expect([{ ...s.get(task) }, s.held(task), s.events.length]).toEqual(before);
  });
});

describe('the queue', () => {
  function queue(): { s: Scene; a: AgentRow } {
    const s = new Scene();
    const a = s.agent('a');
    s.ruto();
    hold(s, a);
    return { s, a };
  }

  it('waits for the first capable agent to become free: higher priority, then older', () => {
    const { s, a } = queue();
    const [low, high, other] = [s.task(), s.task({ priority: 1 }), s.task({ priority: 1 })];
    for (const task of [low, high, other]) expect(s.get(task)).toMatchObject({ queued_at: T0, needs_attention: null });
    const order: (number | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      end(s, a);
      s.sweep();
      order.push([low, high, other].find((t) => s.open(t) !== undefined)?.id);
    }
    expect(order).toEqual([high.id, other.id, low.id]);
  });

  it.each([
    [
      'a new agent',
      (s: Scene) =>
        s.ask({
          type: 'register_agent',
          name: 'n',
          agent_type: 'sub_agent',
          capabilities: [],
          endpoint_url: null,
          max_concurrent: 1,
          token_hash: 'x',
          webhook_secret: 'x',
        }),
    ],
    ['more room', (s: Scene, a: AgentRow) => s.ask({ type: 'update_agent', agent_id: a.id, max_concurrent: 2 })],
    ['a reassignment', (s: Scene) => s.ask({ type: 'assign', task_id: 1, agent_name: 'Ruto' })],
    ['a cancelled task', (s: Scene) => s.ask({ type: 'update_task', task_id: 1, status: 'cancelled' })],
    ['a timeout', (s: Scene) => s.pass(30 * MINUTE)],
  ])('moves on by %s', (_, act) => {
    const { s, a } = queue();
    const task = s.task();
    act(s, a);
    s.sweep();
    expect(s.holder(task)).not.toBeNull();
  });

  it('moves on by an agent that comes back', () => {
    const { s, a } = queue();
    const b = s.agent('b');
    hold(s, b);
    s.beat(b);
    const task = s.task();
    s.pass(90_000);
    expect(s.get(b).is_offline).toBe(true);
    s.beat(b, 's2');
    s.sweep();
    expect(s.holder(task)).toBe('b');
    expect(s.holder({ ...task, id: 1 })).toBe(a.name);
  });

  it('is told to people after MAX_WAIT_MINUTES in one digest, again with backoff', () => {
    const { s } = queue();
    s.ask({ type: 'ack', agent_id: 1, busy_until: T0 + 4 * HOUR });
    s.task();
    s.pass(30 * MINUTE - 1);
    expect(s.kinds()).not.toContain('task.waiting');
    s.pass(1);
    expect(s.kinds().filter((k) => k === 'task.waiting')).toHaveLength(1);
    const at = s.events.filter((e) => e.kind === 'task.waiting').map((e) => (e.at - T0) / MINUTE);
    s.pass(3.5 * HOUR);
    expect([
      ...at,
      ...s.events
        .filter((e) => e.kind === 'task.waiting')
        .slice(1)
        .map((e) => (e.at - T0) / MINUTE),
    ]).toEqual([30, 90, 210]);
  });

  it('goes to the chain once no capable agent is left', () => {
    const { s, a } = queue();
    const task = s.task();
    s.beat(a);
    s.pass(90_000);
    expect(s.holder(task)).toBe('Ruto');
  });

  it('a task that cannot be assigned any more does not hold up the others', () => {
    const { s, a } = queue();
    const [first, second, blocker] = [s.task({ priority: 5 }), s.task(), s.task({ is_ping_enabled: false })];
    s.ask({ type: 'update_task', task_id: first.id, blocked_by: [blocker.id] });
    end(s, a);
    s.sweep();
    expect(s.holder(second)).toBe('a');
    expect(s.get(first).queued_at).toBeNull();
  });

  it('asked for by hand: it is queued, and says so', () => {
    const { s } = queue();
    const task = s.task();
    expect(s.ask({ type: 'assign', task_id: task.id })).toMatchObject({ message: expect.stringContaining('queued'), assignment: undefined, agent: undefined });
  });
});

describe('blockers', () => {
  it('hold a task back until the last of them is over; a cancelled or deleted one is said', () => {
    const s = new Scene();
    s.agent('a', { max_concurrent: 9 });
    const blockers = [s.task(), s.task(), s.task()];
    const task = s.task({ blocked_by: blockers.map((b) => b.id) });
    expect(s.open(task)).toBeUndefined();
    expect(s.get(task)).toMatchObject({ due_at: null, queued_at: null, needs_attention: null });
    s.ask({ type: 'complete', agent_id: 1, task_id: blockers[0]?.id ?? 0 });
    s.ask({ type: 'update_task', task_id: blockers[1]?.id ?? 0, status: 'cancelled' });
    s.sweep();
    expect(s.open(task)).toBeUndefined();
    s.ask({ type: 'delete_task', task_id: blockers[2]?.id ?? 0 });
    s.sweep();
    expect(s.holder(task)).toBe('a');
    expect(s.comments.map((c) => c.content)).toEqual([
      'Blocker 2 "a task" was cancelled; this task no longer waits for it',
      'Blocker 3 "a task" was deleted; this task no longer waits for it',
    ]);
    expect(s.kinds(task).filter((k) => k === 'task.freed')).toHaveLength(3);
  });

  it('must exist and must not run in a circle, also over others', () => {
    const s = new Scene();
    const [a, b, c] = [s.task(), s.task(), s.task()];
    expect(codeOf(s.ask({ type: 'create_task', name: 'x', blocked_by: [99] }))).toBe('task_not_found');
    s.ask({ type: 'update_task', task_id: b.id, blocked_by: [a.id] });
    s.ask({ type: 'update_task', task_id: c.id, blocked_by: [b.id] });
    for (const blocker of [a, b, c]) expect(codeOf(s.ask({ type: 'update_task', task_id: a.id, blocked_by: [blocker.id] }))).toBe('blocked_cycle');
    expect(s.get(a).blocked_by).toEqual([]);
  });

  it('taken away by hand the task is assigned', () => {
    const s = new Scene();
    s.agent('a', { max_concurrent: 9 });
    const task = s.task({ blocked_by: [s.task().id] });
    s.ask({ type: 'update_task', task_id: task.id, blocked_by: [] });
    expect(s.holder(task)).toBe('a');
  });
});
