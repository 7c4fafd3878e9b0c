import type { Static } from 'typebox';
import { type Answer, missing, resourceAnswer } from '#http/answer.ts';
import { mayPatchTodo } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { ifRevisionOf } from '#http/etag.ts';
import { PageOnly, sortedPageAnswer } from '#http/page.ts';
import { isProblem, type Problem, problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { commit, idOfMade, settledConflict } from '#http/submit.ts';
import { Page } from '#schemas/answers.ts';
import { Phase, PhaseChanged, PhaseCreate, PhaseDone, PhasePatch, Todo, TodoChanged, TodoCreate, TodoDone, TodoPatch } from '#schemas/conversation.ts';

/** A task's stages and their checklists (contract §4). */
export function phaseRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  ofTask(route, deps);
  onePhase(route, deps);
  oneTodo(route, deps);
}

function ofTask(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'GET',
    url: '/tasks/:id/phases',
    may: 'read_task',
    thing: 'task',
    query: PageOnly,
    doc: {
      id: 'list_phases',
      tag: 'conversation',
      summary: 'The stages of a task with their checklists',
      description: 'In order of position, each with all of its todos in theirs.',
      answers: { 200: { description: 'A page of phases', schema: Page(Phase) } },
    },
    handle: ({ id, query }) =>
      sortedPageAnswer({ list: 'phases', sort: 'position', by: (phase: Phase) => phase.position }, query, async (page) =>
        (await deps.reads.task(id)) === null ? missing('task') : deps.reads.phases(id, page),
      ),
  });
  route({
    method: 'POST',
    url: '/tasks/:id/phases',
    may: 'change_phases',
    thing: 'task',
    body: PhaseCreate,
    doc: {
      id: 'add_phase',
      tag: 'conversation',
      summary: 'Add a stage to a task',
      description: 'A task has at most 50.',
      answers: { 201: { description: 'Added', schema: PhaseChanged, headers: ['etag'] } },
      refuses: ['conflict'],
    },
    handle: async ({ principal, id, body }) => {
      const done = await commit(deps, principal, { type: 'add_phase', task_id: id, name: body.name, position: body.position });
      return isProblem(done) ? done : phaseAnswer(deps, idOfMade(done.phase), done.message ?? 'The phase is added', 201);
    },
  });
}

function onePhase(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const common = { url: '/phases/:id', may: 'change_phases', thing: 'phase' } as const;
  route({
    ...common,
    may: 'read_stage',
    method: 'GET',
    doc: {
      id: 'read_phase',
      tag: 'conversation',
      summary: 'Read a stage with its checklist',
      answers: { 200: { description: 'The phase', schema: Phase, headers: ['etag'] } },
    },
    handle: async ({ id }) => resourceAnswer(await deps.reads.phase(id), 'phase'),
  });
  route({
    ...common,
    method: 'PATCH',
    body: PhasePatch,
    doc: {
      id: 'change_phase',
      tag: 'conversation',
      summary: 'Rename or move a stage',
      takes: ['if-match'],
      answers: { 200: { description: 'The phase', schema: PhaseChanged, headers: ['etag'] } },
      refuses: ['conflict', [412, 'conflict']],
    },
    handle: (call) => changePhase(deps, call),
  });
  route({
    ...common,
    method: 'DELETE',
    doc: {
      id: 'delete_phase',
      tag: 'conversation',
      summary: 'Delete a stage and its checklist',
      answers: { 200: { description: 'Deleted', schema: PhaseDone } },
    },
    handle: async ({ principal, id }) => {
      const done = await commit(deps, principal, { type: 'delete_phase', phase_id: id });
      return isProblem(done) ? done : { body: { message: done.message, phase_id: id, task_id: done.task?.id } };
    },
  });
  route({
    ...common,
    method: 'POST',
    url: '/phases/:id/todos',
    body: TodoCreate,
    doc: {
      id: 'add_todo',
      tag: 'conversation',
      summary: 'Add a line to a checklist',
      description: 'A phase has at most 200. One that was done is open again.',
      answers: { 201: { description: 'Added', schema: TodoChanged, headers: ['etag'] } },
      refuses: ['conflict'],
    },
    handle: async ({ principal, id, body }) => {
      const done = await commit(deps, principal, { type: 'add_todo', phase_id: id, title: body.title, position: body.position });
      return isProblem(done) ? done : todoAnswer(deps, idOfMade(done.todo), done.message ?? 'The todo is added', 201);
    },
  });
}

function oneTodo(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'GET',
    url: '/todos/:id',
    may: 'read_stage',
    thing: 'todo',
    doc: {
      id: 'read_todo',
      tag: 'conversation',
      summary: 'Read a line of a checklist',
      answers: { 200: { description: 'The todo', schema: Todo, headers: ['etag'] } },
    },
    handle: async ({ id }) => resourceAnswer(await deps.reads.todo(id), 'todo'),
  });
  route({
    method: 'PATCH',
    url: '/todos/:id',
    may: 'tick_todo',
    thing: 'todo',
    body: TodoPatch,
    doc: {
      id: 'change_todo',
      tag: 'conversation',
      summary: 'Tick, rename or move a line of a checklist',
      takes: ['if-match'],
      description:
        'Whoever holds the task now may tick and untick ({"is_done": true}) and change nothing else; the rest is the admin’s. ' +
        'When all todos of a phase are done, the phase is done; one reopened reopens it.',
      answers: { 200: { description: 'The todo', schema: TodoChanged, headers: ['etag'] } },
      refuses: ['forbidden', 'conflict', [412, 'conflict']],
    },
    handle: (call) => changeTodo(deps, call),
  });
  route({
    method: 'DELETE',
    url: '/todos/:id',
    may: 'change_phases',
    thing: 'todo',
    doc: {
      id: 'delete_todo',
      tag: 'conversation',
      summary: 'Delete a line of a checklist',
      answers: { 200: { description: 'Deleted', schema: TodoDone } },
    },
    handle: async ({ principal, id }) => {
      const done = await commit(deps, principal, { type: 'delete_todo', todo_id: id });
      return isProblem(done) ? done : { body: { message: done.message, todo_id: id, phase_id: done.phase?.id, task_id: done.task?.id } };
    },
  });
}

async function changePhase(deps: HttpDeps, { principal, id, body, ifMatch }: Call<Static<typeof PhasePatch>, unknown>): Promise<Answer | Problem> {
  const revision = async () => (await deps.reads.phase(id))?.revision;
  const if_revision = await ifRevisionOf(ifMatch, revision);
  const done = await commit(deps, principal, { type: 'update_phase', phase_id: id, name: body.name, position: body.position, if_revision });
  if (isProblem(done)) return settledConflict(done, if_revision, revision);
  return phaseAnswer(deps, id, done.message ?? 'The phase is updated');
}

async function changeTodo(deps: HttpDeps, { principal, id, body, ifMatch }: Call<TodoPatch, unknown>): Promise<Answer | Problem> {
  if (!mayPatchTodo(principal, body)) return problem('forbidden', 'An agent may tick a todo ({"is_done":true}) and change nothing else.');
  const revision = async () => (await deps.reads.todo(id))?.revision;
  const if_revision = await ifRevisionOf(ifMatch, revision);
  const done = await commit(deps, principal, { type: 'update_todo', todo_id: id, ...body, if_revision });
  if (isProblem(done)) return settledConflict(done, if_revision, revision);
  return todoAnswer(deps, id, done.message ?? 'The todo is updated');
}

const phaseAnswer = async (deps: HttpDeps, id: number, message: string, status = 200): Promise<Answer | Problem> =>
  resourceAnswer(await deps.reads.phase(id), 'phase', { message }, { status });

const todoAnswer = async (deps: HttpDeps, id: number, message: string, status = 200): Promise<Answer | Problem> =>
  resourceAnswer(await deps.reads.todo(id), 'todo', { message }, { status });
