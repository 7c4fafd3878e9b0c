import { expect, test } from 'vitest';
import type { PhaseRow, TaskRow, TodoRow } from '#domain/model.ts';
import { MAX_PHASES, MAX_TODOS } from '#domain/phases.ts';
import type { Principal } from '#domain/principal.ts';
import { Scene } from '#test/support/facts.ts';

const phase = (scene: Scene, task: TaskRow, name: string, position?: number): PhaseRow => {
  const made = scene.ask({ type: 'add_phase', task_id: task.id, name, position });
  if (made.refused === true || made.phase === undefined) throw new Error(JSON.stringify(made));
  return made.phase;
};
const todo = (scene: Scene, { id }: PhaseRow, title: string, position?: number): TodoRow => {
  const made = scene.ask({ type: 'add_todo', phase_id: id, title, position });
  if (made.refused === true || made.todo === undefined) throw new Error(JSON.stringify(made));
  return made.todo;
};
const tick = (scene: Scene, { id }: TodoRow, is_done = true, principal?: Principal) => scene.ask({ type: 'update_todo', todo_id: id, is_done }, principal);
const inOrder = (rows: Iterable<PhaseRow | TodoRow>): string[] =>
  [...rows]
    .filter((r) => r.deleted_at === null)
    .sort((a, b) => a.position - b.position)
    .map((r) => `${r.position} ${'name' in r ? r.name : r.title}`);

test('phases and todos keep their order; who stands where another is put moves one further', () => {
  const scene = new Scene();
  const task = scene.task();
  const [a, b] = [phase(scene, task, 'a'), phase(scene, task, 'b')];
  phase(scene, task, 'first', 0);
  phase(scene, task, 'between', 2);
  phase(scene, task, 'far', 10);
  expect(inOrder(scene.phases.values())).toEqual(['0 first', '1 a', '2 between', '3 b', '10 far']);
  scene.ask({ type: 'update_phase', phase_id: b.id, position: 1 });
  expect(inOrder(scene.phases.values())).toEqual(['0 first', '1 b', '2 a', '3 between', '10 far']);
  scene.ask({ type: 'delete_phase', phase_id: b.id });
  scene.ask({ type: 'update_phase', phase_id: a.id, position: 1, name: 'A' });
  expect(inOrder(scene.phases.values())).toEqual(['0 first', '1 A', '3 between', '10 far']);
  const [x, y] = [todo(scene, a, 'x'), todo(scene, a, 'y')];
  todo(scene, a, 'z', 1);
  scene.ask({ type: 'update_todo', todo_id: y.id, position: 0 });
  expect(inOrder(scene.todos.values())).toEqual(['0 y', '1 z', '2 x']);
  scene.ask({ type: 'update_todo', todo_id: x.id, position: 2 });
  expect(inOrder(scene.todos.values())).toEqual(['0 y', '1 z', '2 x']);
});

test('all todos done completes the phase, one reopened reopens it; each with an event and a system comment', () => {
  const scene = new Scene();
  const task = scene.task();
  const build = phase(scene, task, 'Build');
  const [x, y] = [todo(scene, build, 'x'), todo(scene, build, 'y')];
  const completed = () => scene.phases.get(build.id)?.completed_at;
  tick(scene, x);
  expect(completed()).toBe(null);
  tick(scene, y);
  expect(completed()).toBe(scene.now);
  tick(scene, y, false);
  expect(completed()).toBe(null);
  scene.ask({ type: 'delete_todo', todo_id: y.id });
  expect(completed()).toBe(scene.now);
  todo(scene, build, 'z');
  expect(completed()).toBe(null);
  expect(scene.comments.map(({ author, content }) => [author, content])).toEqual([
    ['system', 'Phase "Build" is complete (2 of 2)'],
    ['system', 'Phase "Build" is open again'],
    ['system', 'Phase "Build" is complete (1 of 1)'],
    ['system', 'Phase "Build" is open again'],
  ]);
  expect(scene.kinds(task).filter((kind) => /phase|todo/.test(kind))).toEqual([
    ...['task.phase_added', 'task.todo_added', 'task.todo_added', 'task.todo_done', 'task.todo_done', 'task.phase_completed'],
    ...['task.todo_reopened', 'task.phase_reopened', 'task.todo_removed', 'task.phase_completed', 'task.todo_added', 'task.phase_reopened'],
  ]);
});

test('a todo ticked twice is ticked once', () => {
  const scene = new Scene();
  const item = todo(scene, phase(scene, scene.task(), 'p'), 'x');
  tick(scene, item);
  const { done_at, done_by } = scene.todos.get(item.id) ?? {};
  scene.pass(1000);
  tick(scene, item);
  expect(scene.todos.get(item.id)).toMatchObject({ done_at, done_by: 'admin' });
  expect(done_by).toBe('admin');
  expect(scene.kinds().filter((kind) => kind === 'task.todo_done')).toHaveLength(1);
});

test('an agent ticks the todos of what it holds, and of nothing else', () => {
  const scene = new Scene();
  scene.ruto();
  const [alice, bob] = [scene.agent('alice'), scene.agent('bob')];
  const as = ({ id, name, type }: typeof alice): Principal => ({ kind: 'agent', id, name, type });
  const task = scene.task({ agent_name: 'alice' });
  const item = todo(scene, phase(scene, task, 'p'), 'x');
  expect(tick(scene, item, true, as(bob))).toMatchObject({ refused: true, code: 'forbidden' });
  expect(tick(scene, item, true, as(alice)).refused).toBe(undefined);
  expect(scene.todos.get(item.id)?.done_by).toBe('alice');
  scene.ask({ type: 'assign', task_id: task.id, agent_name: 'bob' });
  expect(tick(scene, item, false, as(alice))).toMatchObject({ refused: true, code: 'forbidden' });
  expect(tick(scene, item, false, as(bob)).refused).toBe(undefined);
});

test('so many and no more; what is gone is not found; a stale revision is refused', () => {
  const scene = new Scene();
  const task = scene.task();
  for (let i = 0; i < MAX_PHASES; i += 1) phase(scene, task, `p${i}`);
  expect(scene.ask({ type: 'add_phase', task_id: task.id, name: 'more' })).toMatchObject({ refused: true, code: 'conflict' });
  const [first] = scene.phases.values();
  if (first === undefined) throw new Error('no phase');
  for (let i = 0; i < MAX_TODOS; i += 1) todo(scene, first, `t${i}`);
  expect(scene.ask({ type: 'add_todo', phase_id: first.id, title: 'more' })).toMatchObject({ refused: true, code: 'conflict' });
  expect(scene.ask({ type: 'update_phase', phase_id: first.id, name: 'x', if_revision: 7 })).toMatchObject({ refused: true, code: 'conflict' });
  expect(scene.ask({ type: 'update_todo', todo_id: 1, title: 'x', if_revision: 7 })).toMatchObject({ refused: true, code: 'conflict' });
  scene.ask({ type: 'delete_phase', phase_id: first.id });
  phase(scene, task, 'again');
  for (const command of [
    { type: 'add_phase', task_id: 99, name: 'x' },
    { type: 'update_phase', phase_id: first.id, name: 'x' },
    { type: 'delete_phase', phase_id: first.id },
    { type: 'add_todo', phase_id: first.id, title: 'x' },
    { type: 'update_todo', todo_id: 1, is_done: true },
    { type: 'delete_todo', todo_id: 1 },
  ] as const)
    expect(scene.ask(command), command.type).toMatchObject({ refused: true, code: command.type === 'add_phase' ? 'task_not_found' : 'not_found' });
  scene.ask({ type: 'delete_task', task_id: task.id });
  expect(scene.ask({ type: 'delete_phase', phase_id: 2 })).toMatchObject({ refused: true, code: 'not_found' });
});
