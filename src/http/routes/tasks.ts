import Type, { type Static } from 'typebox';
import type { Principal } from '#domain/principal.ts';
import { type Answer, resourceAnswer } from '#http/answer.ts';
import { mayPatchTask, ownRowsOf } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { ifRevisionOf } from '#http/etag.ts';
import { pageFields, sortedPageAnswer } from '#http/page.ts';
import { isProblem, type Problem, problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { commit, idOfMade, momentOf, said, settledConflict } from '#http/submit.ts';
import { Page, TaskCounts } from '#schemas/answers.ts';
import { Task, TaskChanged, TaskCreate, TaskDone, TaskPatch } from '#schemas/resources.ts';
import { epoch } from '#schemas/time.ts';
import { ATTENTION_REASONS, TASK_SORTS, TASK_STATUSES } from '#schemas/vocabulary.ts';
import type { TaskFilter, TaskSort } from '#storage/reads/reads.ts';
import { MAX_COUNTED } from '#storage/reads/task-counts.ts';
import { sortValueOf } from '#storage/reads/task-list.ts';

const TasksQuery = Type.Object({
  status: Type.Optional(Type.Enum([...TASK_STATUSES])),
  agent: Type.Optional(Type.String({ maxLength: 63, description: 'Name or id of the holder' })),
  needs_attention: Type.Optional(Type.Enum(['true', 'false', ...ATTENTION_REASONS])),
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the name or the description' })),
  sort: Type.Optional(
    Type.Enum([...TASK_SORTS], {
      description: 'With - the newest, highest or latest first; -created_at unless said. Tasks without a deadline come last in both',
    }),
  ),
  ...pageFields,
});
type TasksQuery = Static<typeof TasksQuery>;

/** Tasks themselves; what is done with them is in task-work.ts. */
export function taskRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'POST',
    url: '/tasks',
    may: 'create_task',
    body: TaskCreate,
    doc: {
      id: 'create_task',
      tag: 'tasks',
      summary: 'Create a task',
      description: 'With agent_name it is assigned in the same transaction; without, a capable agent is chosen.',
      answers: { 201: { description: 'Created', schema: TaskChanged, headers: ['etag', 'location'] } },
      refuses: ['agent_not_found', 'task_not_found', 'blocked_cycle'],
    },
    handle: (call) => create(deps, call),
  });
  route({
    method: 'GET',
    url: '/tasks',
    may: 'list_tasks',
    query: TasksQuery,
    doc: {
      id: 'list_tasks',
      tag: 'tasks',
      summary: 'List tasks',
      description: 'Newest first unless sort says otherwise. A page goes on where the last one ended, whatever was added or changed meanwhile.',
      answers: { 200: { description: 'A page of tasks', schema: Page(Task) } },
    },
    handle: (call) => list(deps, call),
  });
  route({
    method: 'GET',
    url: '/tasks/counts',
    may: 'list_tasks',
    costly: true,
    doc: {
      id: 'count_tasks',
      tag: 'tasks',
      summary: 'How many tasks are there?',
      description: `By status, and the open ones by where they stand. Of each it counts to ${MAX_COUNTED}: that many are that many or more.`,
      answers: { 200: { description: 'The numbers', schema: TaskCounts } },
    },
    handle: async ({ principal }) => ({ body: await deps.reads.taskCounts(ownRowsOf(principal, 'list_tasks')) }),
  });
  oneTask(route, deps);
}

function oneTask(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const answers = { 200: { description: 'The task', schema: Task, headers: ['etag'] } } as const;
  route({
    method: 'GET',
    url: '/tasks/:id',
    may: 'read_task',
    thing: 'task',
    doc: { id: 'read_task', tag: 'tasks', summary: 'Read a task', answers },
    handle: ({ id }) => taskAnswer(deps, id),
  });
  route({
    method: 'PATCH',
    url: '/tasks/:id',
    may: 'change_task',
    thing: 'task',
    body: TaskPatch,
    doc: {
      id: 'change_task',
      tag: 'tasks',
      summary: 'Change a task',
      description: 'A main agent may only cancel it: {"status":"cancelled"}. done completes it in the holder’s name.',
      answers: { 200: { ...answers[200], schema: TaskChanged } },
      refuses: ['forbidden', 'agent_not_found', 'task_not_found', 'conflict', [412, 'conflict'], 'task_closed', 'blocked_cycle'],
      takes: ['if-match'],
    },
    handle: (call) => change(deps, call),
  });
  route({
    method: 'DELETE',
    url: '/tasks/:id',
    may: 'delete_task',
    thing: 'task',
    doc: {
      id: 'delete_task',
      tag: 'tasks',
      summary: 'Delete a task',
      description: 'Open work on it is cancelled. It reads 404 afterwards; its history stays in /events?task=.',
      answers: { 200: { description: 'Deleted', schema: TaskDone } },
    },
    handle: async ({ principal, id }) => {
      const done = await commit(deps, principal, { type: 'delete_task', task_id: id });
      return isProblem(done) ? done : { body: { message: done.message ?? `Task ${id} is deleted; its events stay.`, task_id: id } };
    },
  });
}

/** The task with its ETag; with `message`, as a mutation answers. */
export async function taskAnswer(deps: HttpDeps, id: number, message?: string, more: Pick<Answer, 'status' | 'headers'> = {}): Promise<Answer | Problem> {
  const found = await deps.reads.task(id);
  return resourceAnswer(found, 'task', message === undefined ? {} : { message, agent_id: found?.resource.assigned_agent_id }, more);
}

function list(deps: HttpDeps, { principal, query }: Call<unknown, TasksQuery>): Promise<Answer | Problem> {
  const sort = query.sort ?? '-created_at';
  return sortedPageAnswer({ list: 'tasks', sort, by: (task: Task) => sortValue(sort, task) }, query, async (page) => {
    const filter = await taskFilter(deps, principal, { ...query, needs_attention: attentionOf(query.needs_attention) });
    return filter === null ? [] : deps.reads.tasks(filter, page, sort);
  });
}

/** Which tasks: what the list and what is done to many at once may be asked for. */
export interface WantedTasks extends Pick<TaskFilter, 'status' | 'needs_attention' | 'q'> {
  /** Name or id of the holder. */
  readonly agent?: string | number | undefined;
}

/** The tasks wanted, of those that this principal may see; null: of an agent that does not exist, so that no task fits. */
export async function taskFilter(deps: HttpDeps, principal: Principal, { status, agent, needs_attention, q }: WantedTasks): Promise<TaskFilter | null> {
  const agent_id = agent === undefined ? undefined : await deps.reads.agentId(String(agent));
  if (agent_id === null) return null;
  return { status, agent_id, needs_attention, q, owner_id: ownRowsOf(principal, 'list_tasks') };
}

function sortValue(sort: TaskSort, task: Task): number | null {
  const by = sortValueOf(sort);
  if (by !== 'deadline') return task[by];
  return task.deadline === null ? null : epoch(task.deadline);
}

/** A query knows no booleans beside other words. */
function attentionOf(text: TasksQuery['needs_attention']): TaskFilter['needs_attention'] {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}

async function create(deps: HttpDeps, { principal, body }: Call<TaskCreate, unknown>): Promise<Answer | Problem> {
  const done = await commit(deps, principal, { type: 'create_task', name: body.name, agent_name: said(body.agent_name), ...fieldsOf(body) });
  if (isProblem(done)) return done;
  const id = idOfMade(done.task);
  return taskAnswer(deps, id, done.message ?? `Task ${id} is created`, { status: 201, headers: { location: `/tasks/${id}` } });
}

async function change(deps: HttpDeps, { principal, id, body, ifMatch }: Call<TaskPatch, unknown>): Promise<Answer | Problem> {
  if (!mayPatchTask(principal, body)) return problem('forbidden', 'A main agent may cancel a task ({"status":"cancelled"}) and change nothing else.');
  const revision = async () => (await deps.reads.task(id))?.revision;
  const if_revision = await ifRevisionOf(ifMatch, revision);
  const done = await commit(deps, principal, { type: 'update_task', task_id: id, name: body.name, status: body.status, ...fieldsOf(body), if_revision });
  if (isProblem(done)) return settledConflict(done, if_revision, revision);
  return taskAnswer(deps, id, done.message ?? `Task ${id} is updated`);
}

/** null clears description, escalation_chain and deadline; left out, they stay. */
const fieldsOf = (body: TaskPatch | TaskCreate) => ({
  description: body.description,
  priority: body.priority,
  required_capabilities: body.required_capabilities,
  escalation_chain: body.escalation_chain,
  blocked_by: body.blocked_by,
  deadline: momentOf(body.deadline),
  ping_interval_minutes: body.ping_interval_minutes,
  is_ping_enabled: body.is_ping_enabled,
});
