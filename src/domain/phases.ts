import { changedFields } from './changed-fields.ts';
import type { AddPhase, AddTodo, DeletePhase, DeleteTodo, UpdatePhase, UpdateTodo } from './command.ts';
import type { Draft } from './draft.ts';
import type { PhaseRow, TaskRow, TodoRow } from './model.ts';
import { changedMeanwhile, noTask, type Refusal, refuse } from './refusal.ts';

/**
 * A task's stages and their checklists. They are kept in order of `position`; what is put where another stands moves that one, and those it
 * pushes against, one further. A phase is complete when it has todos and all of them are done, and open again as soon as one is not.
 * The edge says who may change them; whoever holds the task may tick its todos, which is decided here, on the facts of the same commit.
 */

export const MAX_PHASES = 50;
export const MAX_TODOS = 200;

interface PhaseResult {
  readonly task: TaskRow;
  readonly phase: PhaseRow;
  readonly todo?: TodoRow;
  readonly message: string;
}

const noPhase = (id: number): Refusal => refuse('not_found', `There is no phase ${id}.`);
const noTodo = (id: number): Refusal => refuse('not_found', `There is no todo ${id}.`);

export function addPhase(draft: Draft, command: AddPhase): PhaseResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  const others = draft.facts.phasesOf(task.id);
  if (others.length >= MAX_PHASES) return refuse('conflict', `Task ${task.id} has ${MAX_PHASES} phases, which is the most.`, { task_id: task.id });
  const position = command.position ?? last(others) + 1;
  makeRoom(others, position, (row, at) => draft.updatePhase(row, moved(row, at)));
  const { now } = draft;
  const phase: PhaseRow = {
    id: draft.facts.ids.next('phase'),
    task_id: task.id,
    name: command.name,
    position,
    completed_at: null,
    created_at: now,
    deleted_at: null,
    revision: 1,
  };
  draft.insert('phase', phase);
  draft.facts.phases.set(phase.id, phase);
  draft.event('task.phase_added', { task: task.id, data: { phase_id: phase.id, name: phase.name } });
  return { task, phase, message: `Phase ${phase.id} added` };
}

export function updatePhase(draft: Draft, command: UpdatePhase): PhaseResult | Refusal {
  const found = phaseOf(draft, command.phase_id);
  if (found === null) return noPhase(command.phase_id);
  const { task, phase } = found;
  if (command.if_revision !== undefined && command.if_revision !== phase.revision) return changedMeanwhile(`Phase ${phase.id}`);
  const fields = changedFields(phase, { name: command.name, position: command.position });
  if (Object.keys(fields).length === 0) return { task, phase, message: `Phase ${phase.id} is unchanged` };
  const others = draft.facts.phasesOf(task.id).filter((p) => p.id !== phase.id);
  if (command.position !== undefined) makeRoom(others, command.position, (row, at) => draft.updatePhase(row, moved(row, at)));
  draft.updatePhase(phase, { ...fields, revision: phase.revision + 1 });
  draft.event('task.phase_updated', { task: task.id, data: { phase_id: phase.id, ...fields } });
  return { task, phase, message: `Phase ${phase.id} updated` };
}

export function deletePhase(draft: Draft, command: DeletePhase): PhaseResult | Refusal {
  const found = phaseOf(draft, command.phase_id);
  if (found === null) return noPhase(command.phase_id);
  const { task, phase } = found;
  draft.updatePhase(phase, { deleted_at: draft.now });
  draft.event('task.phase_removed', { task: task.id, data: { phase_id: phase.id, name: phase.name } });
  return { task, phase, message: `Phase ${phase.id} deleted, with its todos` };
}

export function addTodo(draft: Draft, command: AddTodo): PhaseResult | Refusal {
  const found = phaseOf(draft, command.phase_id);
  if (found === null) return noPhase(command.phase_id);
  const { task, phase } = found;
  const others = draft.facts.todosOf(phase.id);
  if (others.length >= MAX_TODOS) return refuse('conflict', `Phase ${phase.id} has ${MAX_TODOS} todos, which is the most.`, { task_id: task.id });
  const position = command.position ?? last(others) + 1;
  makeRoom(others, position, (row, at) => draft.updateTodo(row, moved(row, at)));
  const todo: TodoRow = {
    id: draft.facts.ids.next('todo'),
    phase_id: phase.id,
    title: command.title,
    position,
    done_at: null,
    done_by: null,
    created_at: draft.now,
    deleted_at: null,
    revision: 1,
  };
  draft.insert('todo', todo);
  draft.facts.todos.set(todo.id, todo);
  draft.event('task.todo_added', { task: task.id, data: { phase_id: phase.id, todo_id: todo.id, title: todo.title } });
  settle(draft, task, phase);
  return { task, phase, todo, message: `Todo ${todo.id} added` };
}

export function updateTodo(draft: Draft, command: UpdateTodo): PhaseResult | Refusal {
  const found = todoOf(draft, command.todo_id);
  if (found === null) return noTodo(command.todo_id);
  const { task, phase, todo } = found;
  const refused = mayTick(draft, task);
  if (refused !== null) return refused;
  if (command.if_revision !== undefined && command.if_revision !== todo.revision) return changedMeanwhile(`Todo ${todo.id}`);
  const fields = changedFields(todo, { title: command.title, position: command.position });
  const isTurned = command.is_done !== undefined && command.is_done !== (todo.done_at !== null);
  if (Object.keys(fields).length === 0 && !isTurned) return { task, phase, todo, message: `Todo ${todo.id} is unchanged` };
  const others = draft.facts.todosOf(phase.id).filter((t) => t.id !== todo.id);
  if (command.position !== undefined) makeRoom(others, command.position, (row, at) => draft.updateTodo(row, moved(row, at)));
  const tick = command.is_done === true ? { done_at: draft.now, done_by: draft.actor } : { done_at: null, done_by: null };
  draft.updateTodo(todo, { ...fields, ...(isTurned ? tick : {}), revision: todo.revision + 1 });
  const ids = { phase_id: phase.id, todo_id: todo.id };
  if (Object.keys(fields).length > 0) draft.event('task.todo_updated', { task: task.id, data: { ...ids, ...fields } });
  if (isTurned) draft.event(command.is_done === true ? 'task.todo_done' : 'task.todo_reopened', { task: task.id, data: { ...ids, title: todo.title } });
  settle(draft, task, phase);
  const turned = command.is_done === true ? 'done' : 'reopened';
  return { task, phase, todo, message: `Todo ${todo.id} ${isTurned ? turned : 'updated'}` };
}

export function deleteTodo(draft: Draft, command: DeleteTodo): PhaseResult | Refusal {
  const found = todoOf(draft, command.todo_id);
  if (found === null) return noTodo(command.todo_id);
  const { task, phase, todo } = found;
  draft.updateTodo(todo, { deleted_at: draft.now });
  draft.event('task.todo_removed', { task: task.id, data: { phase_id: phase.id, todo_id: todo.id, title: todo.title } });
  settle(draft, task, phase);
  return { task, phase, todo, message: `Todo ${todo.id} deleted` };
}

/** The phase with its task, unless either is gone. */
function phaseOf(draft: Draft, id: number): { phase: PhaseRow; task: TaskRow } | null {
  const phase = draft.facts.phases.get(id);
  const task = phase === undefined || phase.deleted_at !== null ? undefined : draft.facts.task(phase.task_id);
  return phase === undefined || task === undefined ? null : { phase, task };
}

/** The todo with its phase and its task, unless one of them is gone. */
function todoOf(draft: Draft, id: number): { todo: TodoRow; phase: PhaseRow; task: TaskRow } | null {
  const todo = draft.facts.todos.get(id);
  const found = todo === undefined || todo.deleted_at !== null ? null : phaseOf(draft, todo.phase_id);
  return todo === undefined || found === null ? null : { todo, ...found };
}

/** An agent ticks the todos of what it holds; what it held before it may only read. */
function mayTick(draft: Draft, task: TaskRow): Refusal | null {
  const { principal } = draft.request;
  if (principal.kind !== 'agent' || draft.facts.openOf(task.id)?.agent_id === principal.id) return null;
  return refuse('forbidden', `Only who holds task ${task.id} now may tick its todos.`, { task_id: task.id });
}

/** Whether the phase is complete follows from its todos. */
function settle(draft: Draft, task: TaskRow, phase: PhaseRow): void {
  const todos = draft.facts.todosOf(phase.id);
  const isComplete = todos.length > 0 && todos.every((t) => t.done_at !== null);
  if (isComplete === (phase.completed_at !== null)) return;
  draft.updatePhase(phase, { completed_at: isComplete ? draft.now : null });
  draft.event(isComplete ? 'task.phase_completed' : 'task.phase_reopened', { task: task.id, data: { phase_id: phase.id, name: phase.name } });
  draft.comment(task, isComplete ? `Phase "${phase.name}" is complete (${todos.length} of ${todos.length})` : `Phase "${phase.name}" is open again`);
}

interface Placed {
  readonly id: number;
  readonly position: number;
}

/** What PATCH can change has changed, if not by PATCH. */
const moved = ({ revision }: { revision: number }, position: number) => ({ position, revision: revision + 1 });

const last = (rows: readonly Placed[]): number => rows.reduce((most, row) => Math.max(most, row.position), 0);

/** Moves whoever stands at this position, and those it pushes against, one further. */
function makeRoom<T extends Placed>(rows: readonly T[], position: number, move: (row: T, to: number) => void): void {
  let taken = position;
  for (const row of [...rows].sort((a, b) => a.position - b.position || a.id - b.id)) {
    if (row.position < position) continue;
    if (row.position > taken) return;
    taken += 1;
    move(row, taken);
  }
}
