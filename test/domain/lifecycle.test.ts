import { describe, expect, it } from 'vitest';
import { NEXT, STEPS, type Step } from '#domain/assignment.ts';
import type { Verdict } from '#domain/decide.ts';
import type { AgentRow, AssignmentRow, TaskRow } from '#domain/model.ts';
import { ASSIGNMENT_STATUSES, type AssignmentStatus, type FailureReason, OPEN_STATUSES } from '#schemas/vocabulary.ts';
import { codeOf, MINUTE, Scene, withdrawnFrom } from '#test/support/facts.ts';

/** One task that alice holds or held, in each status; bob and Ruto stand by. */
interface Stage {
  readonly scene: Scene;
  readonly alice: AgentRow;
  readonly task: TaskRow;
  readonly a: AssignmentRow;
}

function stage(status: AssignmentStatus): Stage {
  const scene = new Scene();
  const alice = scene.agent('alice');
  scene.ruto();
  const task = scene.task({ agent_name: 'alice' });
  const a = scene.held(task);
  const to = { agent_id: alice.id, task_id: task.id };
  if (status === 'acknowledged') scene.ask({ type: 'ack', ...to });
  if (status === 'snoozed') scene.ask({ type: 'snooze', minutes: 45, ...to });
  if (status === 'completed') scene.ask({ type: 'complete', ...to });
  if (status === 'failed') scene.ask({ type: 'fail', ...to });
  scene.agent('bob');
  if (status !== 'completed' && status !== 'failed') scene.beat(alice);
  scene.now += 1000;
  scene.said();
  return { scene, alice: scene.get(alice), task: scene.get(task), a: scene.get(a) };
}

type Act = (s: Stage) => Verdict;
const update = (s: Stage, fields: object): Verdict => s.scene.ask({ type: 'update_task', task_id: s.task.id, ...fields });
const mine = (s: Stage): { agent_id: number; task_id: number } => ({ agent_id: s.alice.id, task_id: s.task.id });
/** The holder's moments aside, time stands still: the row's own moment alone has come. */
function dueAt(s: Stage, at: number | null): Verdict {
  s.scene.now = at ?? s.scene.now;
  return s.scene.ask({ type: 'assignment_due', assignment_id: s.a.id }, { kind: 'coordinator' });
}

const ACTS = {
  ack: (s) => s.scene.ask({ type: 'ack', ...mine(s) }),
  snooze: (s) => s.scene.ask({ type: 'snooze', minutes: 15, ...mine(s) }),
  complete: (s) => s.scene.ask({ type: 'complete', result: { n: 1 }, ...mine(s) }),
  fail: (s) => s.scene.ask({ type: 'fail', reason: 'no access', ...mine(s) }),
  'assign to another': (s) => s.scene.ask({ type: 'assign', task_id: s.task.id, agent_name: 'bob' }),
  'assign to the same': (s) => s.scene.ask({ type: 'assign', task_id: s.task.id, agent_name: 'alice' }),
  cancel: (s) => update(s, { status: 'cancelled' }),
  delete: (s) => s.scene.ask({ type: 'delete_task', task_id: s.task.id }),
  'deactivate holder': (s) => s.scene.ask({ type: 'update_agent', agent_id: s.alice.id, is_active: false }),
  'holder stale': (s) => {
    s.scene.now = s.alice.stale_at ?? s.scene.now;
    return s.scene.ask({ type: 'agent_due', agent_id: s.alice.id }, { kind: 'coordinator' });
  },
  'respond_by passes': (s) => {
    if (s.a.status === 'acknowledged') dueAt(s, s.a.remind_at); // nobody is failed who was not asked since
    return dueAt(s, s.a.respond_by);
  },
  'reminder due': (s) => dueAt(s, s.a.remind_at),
  'snooze over': (s) => dueAt(s, s.a.snooze_until),
  'PATCH done': (s) => update(s, { status: 'done' }),
  'PATCH in_progress': (s) => update(s, { status: 'in_progress' }),
  'pinging off': (s) => update(s, { is_ping_enabled: false }),
  'pinging off and on': (s) => {
    update(s, { is_ping_enabled: false });
    return update(s, { is_ping_enabled: true });
  },
  'manual ping': (s) => s.scene.ask({ type: 'ping_task', task_id: s.task.id }),
  resolve: (s) => s.scene.ask({ type: 'resolve_task', task_id: s.task.id }),
} as const satisfies Record<string, Act>;
type ActName = keyof typeof ACTS;
const NAMES = Object.keys(ACTS) as ActName[]; // as: the keys of a constant

/** What is expected of the assignment and the task. Whatever is left out: unchanged, nobody told, no event. */
interface Cell {
  readonly status?: AssignmentStatus;
  readonly reason?: FailureReason;
  readonly task?: TaskRow['status'] | 'deleted';
  /** Who holds the task afterwards; `alice` unless said. */
  readonly holder?: string | null;
  readonly events?: readonly string[];
  readonly withdrawn?: true;
  readonly refused?: string;
}

const acked: Cell = { status: 'acknowledged', task: 'in_progress', events: ['assignment.acknowledged'] };
const snoozed: Cell = { status: 'snoozed', events: ['assignment.snoozed'] };
const completed: Cell = { status: 'completed', task: 'done', holder: null, events: ['assignment.completed'] };
const escalated = (reason: FailureReason, told: boolean, first: string[] = []): Cell => ({
  status: 'failed',
  reason,
  holder: 'Ruto',
  events: [...first, 'assignment.failed', 'assignment.escalated', 'assignment.assigned', 'assignment.pinged'],
  ...(told ? { withdrawn: true } : {}),
});
const reassigned: Cell = {
  status: 'failed',
  reason: 'reassigned',
  holder: 'bob',
  events: ['assignment.failed', 'assignment.assigned', 'assignment.pinged'],
  withdrawn: true,
};
const pinged: Cell = { events: ['assignment.pinged'] };
const updated: Cell = { events: ['task.updated'] };

const OPEN_CELLS: Record<ActName, Cell> = {
  ack: acked,
  snooze: snoozed,
  complete: completed,
  fail: escalated('reported', false),
  'assign to another': reassigned,
  'assign to the same': {},
  cancel: { status: 'failed', reason: 'cancelled', task: 'cancelled', holder: null, events: ['task.updated', 'assignment.failed'], withdrawn: true },
  delete: { status: 'failed', reason: 'cancelled', task: 'deleted', holder: null, events: ['assignment.failed', 'task.deleted'], withdrawn: true },
  'deactivate holder': escalated('deactivated', true, ['agent.deactivated']),
  'holder stale': escalated('stale', false, ['agent.stale']),
  'respond_by passes': escalated('timeout', true),
  'reminder due': pinged,
  'snooze over': {},
  'PATCH done': { status: 'completed', task: 'done', holder: null, events: ['task.updated', 'assignment.completed'], withdrawn: true },
  'PATCH in_progress': { ...updated, task: 'in_progress' },
  'pinging off': updated,
  'pinging off and on': { status: 'pending', events: ['task.updated', 'task.updated', 'assignment.pinged'] },
  'manual ping': pinged,
  resolve: { events: ['task.resolved'] },
};

/** A closed assignment never changes; whoever holds the task now may. */
const closedCells = (holder: string | null, own: 'complete' | 'fail'): Record<ActName, Cell> => ({
  ...(Object.fromEntries(NAMES.map((name) => [name, { holder }])) as Record<ActName, Cell>), // every name is a key of ACTS
  ack: { holder, refused: 'assignment_closed' },
  snooze: { holder, refused: 'assignment_closed' },
  complete: own === 'complete' ? { holder } : { holder, refused: 'assignment_closed' },
  fail: own === 'fail' ? { holder } : { holder, refused: 'assignment_closed' },
});
const done = closedCells(null, 'complete');
const failed = closedCells('Ruto', 'fail');

const TABLE: Record<AssignmentStatus, Record<ActName, Cell>> = {
  pending: OPEN_CELLS,
  acknowledged: { ...OPEN_CELLS, 'PATCH in_progress': { task: 'in_progress' }, 'respond_by passes': escalated('timeout', true, ['assignment.pinged']) },
  snoozed: {
    ...OPEN_CELLS,
    'respond_by passes': {},
    'reminder due': {},
    'snooze over': { status: 'pending', events: ['assignment.snooze_over', 'assignment.pinged'] },
  },
  completed: {
    ...done,
    'assign to another': { holder: null, refused: 'task_closed' },
    'assign to the same': { holder: null, refused: 'task_closed' },
    'manual ping': { holder: null, refused: 'no_open_assignment' },
    cancel: { holder: null, refused: 'task_closed' },
    delete: { holder: null, task: 'deleted' },
    'PATCH in_progress': { holder: 'alice', task: 'in_progress' },
  },
  failed: {
    ...failed,
    'assign to another': { holder: 'bob' },
    'assign to the same': { holder: 'alice' },
    cancel: { holder: null, task: 'cancelled' },
    delete: { holder: null, task: 'deleted' },
    'PATCH done': { holder: null, task: 'done' },
    'PATCH in_progress': { holder: 'Ruto', task: 'in_progress' },
  },
};

const isClosed = (status: AssignmentStatus): boolean => status === 'completed' || status === 'failed';

describe.each(ASSIGNMENT_STATUSES)('an assignment that is %s', (status) => {
  it.each(NAMES)('%s', (name) => {
    const cell = TABLE[status][name];
    const s = stage(status);
    const before = s.scene.events.length;
    const verdict = ACTS[name](s);
    const a = s.scene.get(s.a);
    const task = s.scene.get(s.task);
    expect(codeOf(verdict)).toBe(cell.refused ?? null);
    expect(a.status).toBe(cell.status ?? status);
    expect(a.failure_reason).toBe(cell.reason ?? s.a.failure_reason);
    expect(task.deleted_at !== null ? 'deleted' : task.status).toBe(cell.task ?? s.task.status);
    expect(s.scene.holder(task)).toBe(cell.holder === undefined ? 'alice' : cell.holder);
    if (isClosed(status)) return expect(a).toEqual(s.a);
    expect(withdrawnFrom(s.scene.said())).toEqual(cell.withdrawn ? ['alice'] : []);
    expect(s.scene.events.slice(before).map((e) => e.kind)).toEqual(cell.events ?? []);
    if (isClosed(a.status))
      expect(a).toMatchObject({
        closed_at: s.scene.now,
        due_at: null,
        respond_by: null,
        remind_at: null,
        ping_id: null,
        closed_by_holder: name === 'complete' || name === 'fail',
      });
    else if (cell.events === undefined) expect(a).toEqual(s.a);
  });
});

/** The acts of the table that are steps of NEXT. */
const STEP: Record<Step, ActName> = {
  ack: 'ack',
  snooze: 'snooze',
  snooze_over: 'snooze over',
  remind: 'reminder due',
  complete: 'complete',
  fail: 'fail',
  respond_by: 'respond_by passes',
  stale: 'holder stale',
  reassign: 'assign to another',
  cancel: 'cancel',
  deactivate: 'deactivate holder',
};

describe('the transition table', () => {
  const cells = OPEN_STATUSES.flatMap((status) => STEPS.map((step) => ({ status, step })));
  it.each(cells)('$status by $step is what decide does', ({ status, step }) => {
    const s = stage(status);
    ACTS[STEP[step]](s);
    expect(s.scene.get(s.a).status).toBe(NEXT[status][step] ?? status);
  });
});

describe('what each answer sets', () => {
  it('ack: the first sets acknowledged_at, each the window, the agent and no more snoozes', () => {
    const s = stage('snoozed');
    const first = s.scene.now;
    s.scene.ask({ type: 'ack', ...mine(s), progress: 0.5 });
    expect(s.scene.get(s.a)).toMatchObject({
      acknowledged_at: first,
      last_ack_at: first,
      answered_at: first,
      respond_by: first + 30 * MINUTE,
      snooze_until: null,
      snoozes: 0,
      progress: 0.5,
      ping_id: null,
      attempt: 0,
    });
    s.scene.now += 5 * MINUTE;
    s.scene.ask({ type: 'ack', ...mine(s) });
    expect(s.scene.get(s.a)).toMatchObject({ acknowledged_at: first, last_ack_at: s.scene.now, respond_by: s.scene.now + 30 * MINUTE, progress: 0.5 });
    expect(s.scene.get(s.alice).last_acknowledgment).toBe(s.scene.now);
  });

  it('ack with a note keeps it as a comment of the agent', () => {
    const s = stage('pending');
    s.scene.ask({ type: 'ack', ...mine(s), note: 'on it' });
    expect(s.scene.comments).toMatchObject([{ author: 'alice', content: 'on it' }]);
  });

  it('busy_until moves the window, is shortened to MAX_BUSY_MINUTES, and must lie ahead', () => {
    const s = stage('pending');
    const { now } = s.scene;
    s.scene.ask({ type: 'ack', ...mine(s), busy_until: now + 60 * MINUTE });
    expect(s.scene.get(s.a)).toMatchObject({ window_start: now + 60 * MINUTE, respond_by: now + 90 * MINUTE, remind_at: now + 60 * MINUTE });
    s.scene.ask({ type: 'ack', ...mine(s), busy_until: now + 1000 * MINUTE });
    expect(s.scene.get(s.a).respond_by).toBe(now + (240 + 30) * MINUTE);
    const before = s.scene.get(s.a);
    expect(codeOf(s.scene.ask({ type: 'ack', ...mine(s), busy_until: now }))).toBe('invalid_payload');
    expect(s.scene.get(s.a)).toEqual(before);
  });

  it('complete: the result is kept, progress is 1', () => {
    const s = stage('acknowledged');
    s.scene.ask({ type: 'complete', ...mine(s), result: [1, null], note: 'fine' });
    expect(s.scene.get(s.a)).toMatchObject({ progress: 1, result: [1, null], answered_at: s.scene.now });
    expect(s.scene.get(s.task)).toMatchObject({ status: 'done', closed_at: s.scene.now });
    expect(s.scene.comments.map((c) => c.content)).toContain('fine');
  });

  it('a late result is kept as a comment, and its sender hears who holds the task now', () => {
    const s = stage('pending');
    ACTS['assign to another'](s);
    const verdict = s.scene.ask({ type: 'complete', ...mine(s), result: { n: 7 } });
    expect(verdict).toMatchObject({ refused: true, code: 'assignment_closed', instruction: 'stop_work', reply: { ok: false, instruction: 'stop_work' } });
    expect(JSON.stringify(verdict.reply)).toContain('bob holds it now');
    expect(s.scene.comments.at(-1)).toMatchObject({ author: 'alice', content: expect.stringContaining('{"n":7}') });
    expect(s.scene.holder(s.task)).toBe('bob');
  });

  it('done by a person is completed in the name of the holder', () => {
    const s = stage('acknowledged');
    update(s, { status: 'done' });
    expect(s.scene.get(s.a)).toMatchObject({ status: 'completed', agent_id: s.alice.id, closed_by_holder: false, progress: 1 });
    expect(s.scene.events.find((e) => e.kind === 'assignment.completed')).toMatchObject({ agent_id: s.alice.id, actor: 'admin' });
  });
});
