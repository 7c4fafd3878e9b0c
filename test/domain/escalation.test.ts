import { describe, expect, it } from 'vitest';
import type { AgentRow, TaskRow } from '#domain/model.ts';
import { codeOf, HOUR, MINUTE, Scene, T0, withdrawnFrom } from '#test/support/facts.ts';

/** alice, bob and carol; Ruto and Boss are main agents. */
function scene(fields: object = {}, policy: object = {}): { s: Scene; task: TaskRow; by: Record<'alice' | 'bob' | 'carol' | 'Ruto' | 'Boss', AgentRow> } {
  const s = new Scene(policy);
  const by = {
    alice: s.agent('alice'),
    bob: s.agent('bob'),
    carol: s.agent('carol'),
    Ruto: s.ruto(),
    Boss: s.agent('Boss', { type: 'main_agent', timeout_minutes: 60 }),
  };
  return { s, task: s.task({ agent_name: 'alice', ...fields }), by };
}
const fail = (s: Scene, agent: AgentRow, task: TaskRow): ReturnType<Scene['ask']> => s.ask({ type: 'fail', agent_id: agent.id, task_id: task.id });
const stale = (s: Scene, agent: AgentRow): void => {
  s.beat(agent);
  s.pass(90_000);
};

describe('escalation', () => {
  it('goes to the next of the chain, with count, original agent, comment and kind', () => {
    const { s, task, by } = scene();
    s.pass(30 * MINUTE);
    expect(s.held(task)).toMatchObject({
      agent_id: by.Ruto.id,
      escalation_count: 1,
      original_agent_id: by.alice.id,
      status: 'pending',
      respond_by: s.now + 60 * MINUTE,
    });
    expect(s.comments.map((c) => [c.author, c.content])).toEqual([['system', 'Escalated from alice (timeout) to Ruto (attempt 1)']]);
    expect(s.pingsOf(task).at(-1)?.kind).toBe('escalated');
    const ping = s.messages.findLast((m) => m.to === 'ping');
    expect(ping?.payload).toMatchObject({ kind: 'escalated', attempt: 1, escalation: { from: 'alice', reason: 'timeout', count: 1 } });
  });

  it('keeps the original agent over the whole chain, and bars who timed out or reported', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'alice', 'carol'] });
    s.pass(30 * MINUTE);
    expect(s.holder(task)).toBe('bob');
    fail(s, by.bob, task);
    expect(s.held(task)).toMatchObject({ agent_id: by.carol.id, escalation_count: 2, original_agent_id: by.alice.id });
    expect(s.events.findLast((e) => e.kind === 'assignment.escalated')?.data).toMatchObject({
      from: 'bob',
      to: 'carol',
      reason: 'reported',
      skipped: [
        { name: 'bob', why: 'is barred (reported)' },
        { name: 'alice', why: 'is barred (timeout)' },
      ],
    });
    fail(s, by.carol, task);
    expect(s.get(task)).toMatchObject({ needs_attention: 'no_target' });
  });

  it('skips who is offline, deactivated or unknown', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'carol', 'Ruto'] });
    stale(s, by.bob);
    s.ask({ type: 'update_agent', agent_id: by.carol.id, is_active: false });
    fail(s, by.alice, task);
    expect(s.holder(task)).toBe('Ruto');
    expect(s.events.findLast((e) => e.kind === 'assignment.escalated')?.data).toMatchObject({
      skipped: [
        { name: 'bob', why: 'is offline' },
        { name: 'carol', why: 'is deactivated' },
      ],
    });
  });

  it('stale bars only until the agent is back online', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'alice'] });
    stale(s, by.alice);
    expect(s.holder(task)).toBe('bob');
    s.beat(by.alice, 's2');
    fail(s, by.bob, task);
    expect(s.holder(task)).toBe('alice');
  });

  it('the chain is frozen at the assignment', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob'] });
    s.ask({ type: 'update_task', task_id: task.id, escalation_chain: ['carol'] });
    fail(s, by.alice, task);
    expect(s.holder(task)).toBe('bob');
    fail(s, by.bob, task);
    expect(s.holder(task)).toBe('carol');
  });

  it('beyond MAX_ESCALATION_ATTEMPTS a person is needed: closed for any reason but timeout', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'carol', 'Ruto'] }, { maxEscalationAttempts: 2 });
    fail(s, by.alice, task);
    fail(s, by.bob, task);
    fail(s, by.carol, task);
    expect(s.get(task)).toMatchObject({ needs_attention: 'escalation_exhausted', escalation_count: 2 });
    expect(s.open(task)).toBeUndefined();
    s.beat(by.alice, 's2');
    s.pass(5 * HOUR);
    expect(s.open(task)).toBeUndefined();
  });

  it('exhausted by timeout: the holder keeps it, pinging goes on, its ack clears it', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'carol', 'Ruto'] }, { maxEscalationAttempts: 1 });
    s.pass(60 * MINUTE);
    expect(s.get(task).needs_attention).toBe('escalation_exhausted');
    expect(s.held(task)).toMatchObject({ agent_id: by.bob.id, respond_by: T0 + 90 * MINUTE });
    const before = s.held(task).pings_sent;
    s.pass(5 * HOUR);
    expect(s.holder(task)).toBe('bob');
    expect(s.held(task).pings_sent).toBeGreaterThan(before + 5);
    s.ask({ type: 'ack', agent_id: by.bob.id });
    expect(s.get(task)).toMatchObject({ needs_attention: null, attention_remind_at: null });
    expect(s.alerts.size).toBe(0);
  });

  it('no target by timeout: kept; a target that appears takes it over', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob'] });
    stale(s, by.bob);
    s.pass(30 * MINUTE);
    expect(s.get(task).needs_attention).toBe('no_target');
    expect(s.holder(task)).toBe('alice');
    s.said();
    s.beat(by.bob, 's2');
    s.sweep();
    expect(s.holder(task)).toBe('bob');
    expect(withdrawnFrom(s.said())).toEqual(['alice']);
    expect(s.get(task)).toMatchObject({ needs_attention: null, escalation_count: 1 });
  });

  it('no target by timeout, but answered since: who answers keeps it, and the alert stays until a person comes', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob'] });
    stale(s, by.bob);
    s.pass(30 * MINUTE);
    s.ask({ type: 'ack', agent_id: by.alice.id });
    s.beat(by.bob, 's2');
    s.sweep();
    expect(s.holder(task)).toBe('alice');
    expect(s.get(task).needs_attention).toBe('no_target');
  });

  it.each(['reported', 'stale', 'deactivated'] as const)('no target after %s: closed, nobody holds it; picked up when a target comes online', (reason) => {
    const { s, task, by } = scene({ escalation_chain: ['bob'] });
    stale(s, by.bob);
    if (reason === 'reported') fail(s, by.alice, task);
    else if (reason === 'stale') stale(s, by.alice);
    else s.ask({ type: 'update_agent', agent_id: by.alice.id, is_active: false });
    s.sweep();
    expect(s.open(task)).toBeUndefined();
    expect(s.get(task)).toMatchObject({ needs_attention: 'no_target', escalation_count: 0 });
    expect(s.alerts.get(task.id)).toMatchObject({ reason: 'no_target', holder: null });
    s.beat(by.bob, 's2');
    s.sweep();
    expect(s.held(task)).toMatchObject({ agent_id: by.bob.id, escalation_count: 1, original_agent_id: by.alice.id });
    expect(s.alerts.size).toBe(0);
  });

  it('a main agent that stays silent keeps the task, and its ack clears that', () => {
    const { s, task, by } = scene({ agent_name: 'Ruto' });
    s.pass(60 * MINUTE);
    expect(s.held(task)).toMatchObject({ agent_id: by.Ruto.id, status: 'pending', respond_by: T0 + 120 * MINUTE });
    expect(s.comments.map((c) => c.content)).toEqual(['Main agent Ruto timeout - continuing to ping']);
    expect(s.alerts.get(task.id)).toMatchObject({ reason: 'main_agent_silent', holder: 'Ruto' });
    s.pass(5 * HOUR);
    expect(s.holder(task)).toBe('Ruto');
    s.ask({ type: 'ack', agent_id: by.Ruto.id });
    expect(s.get(task).needs_attention).toBeNull();
  });

  it('a main agent that reports, or goes stale, hands on like any other', () => {
    const { s, task, by } = scene({ agent_name: 'Boss' });
    fail(s, by.Boss, task);
    expect(s.holder(task)).toBe('Ruto');
    stale(s, by.Ruto);
    expect(s.open(task)).toBeUndefined();
    expect(s.get(task).needs_attention).toBe('no_target');
  });

  it('resolve and assignment by the admin lift the bars and return the count to 0; delegation keeps both', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'Boss'] });
    fail(s, by.alice, task);
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'carol', agent_id: by.Boss.id }, { kind: 'agent', id: by.Boss.id, name: 'Boss', type: 'main_agent' });
    expect(s.held(task)).toMatchObject({ agent_id: by.carol.id, escalation_count: 1, original_agent_id: by.alice.id, assigned_by: 'Boss' });
    expect(s.get(task).bars).toEqual([{ agent_id: by.alice.id, reason: 'reported' }]);
    s.ask({ type: 'assign', task_id: task.id, agent_name: 'alice' });
    expect(s.held(task)).toMatchObject({ agent_id: by.alice.id, escalation_count: 0, original_agent_id: null });
    expect(s.get(task).bars).toEqual([]);
  });

  it('after a reset the next escalation begins anew, also for who holds the task still', () => {
    const { s, task, by } = scene({ escalation_chain: ['bob', 'carol'] });
    fail(s, by.alice, task);
    s.ask({ type: 'resolve_task', task_id: task.id });
    expect(s.holder(task)).toBe('bob');
    fail(s, by.bob, task);
    expect(s.held(task)).toMatchObject({ agent_id: by.carol.id, escalation_count: 1, original_agent_id: by.bob.id });
  });

  it('pinging off: failed by its holder it goes on, with one ping', () => {
    const { s, task, by } = scene({ is_ping_enabled: false });
    fail(s, by.alice, task);
    expect(s.held(task)).toMatchObject({ agent_id: by.Ruto.id, due_at: null, pings_sent: 1 });
  });
});

describe('Ruto', () => {
  it('can be neither deactivated nor registered twice in any spelling', () => {
    const { s, by } = scene();
    expect(codeOf(s.ask({ type: 'update_agent', agent_id: by.Ruto.id, is_active: false }))).toBe('conflict');
    expect(s.get(by.Ruto).is_active).toBe(true);
    expect(
      codeOf(
        s.ask({
          type: 'register_agent',
          name: 'rUTO',
          agent_type: 'sub_agent',
          capabilities: [],
          endpoint_url: null,
          max_concurrent: 1,
          token_hash: 'x',
          webhook_secret: 'x',
        }),
      ),
    ).toBe('agent_exists');
    s.ask({ type: 'update_agent', agent_id: by.Ruto.id, timeout_minutes: 5 });
    expect(s.get(by.Ruto).timeout_minutes).toBe(5);
  });
});
