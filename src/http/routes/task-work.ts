import Type, { type Static } from 'typebox';
import { type Answer, missing } from '#http/answer.ts';
import { whyFor } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { PageOnly, pageAnswer } from '#http/page.ts';
import { isProblem, type Problem, problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { commit, idOfMade, said } from '#http/submit.ts';
import { Page } from '#schemas/answers.ts';
import { Comment, CommentAdded, CommentCreate } from '#schemas/conversation.ts';
import { Assignment, TaskAssign, TaskAssigned, TaskChanged, TaskPinged, Why } from '#schemas/resources.ts';
import { taskAnswer } from './tasks.ts';

/** A body that says nothing: left out, empty or {}. */
const Nothing = Type.Object({});

/** What people and main agents do with a task, and what there is to read about it. */
export function taskWorkRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  directions(route, deps);
  comments(route, deps);
  readings(route, deps);
}

function directions(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'POST',
    url: '/tasks/:id/assign',
    may: 'direct_task',
    thing: 'task',
    body: TaskAssign,
    doc: {
      id: 'assign_task',
      tag: 'tasks',
      summary: 'Assign a task, to somebody or to whom the coordinator chooses',
      description: 'Assigning it to its holder changes nothing. If capable agents are merely full, it is queued: then agent is null.',
      answers: { 200: { description: 'Who has it now', schema: TaskAssigned } },
      refuses: ['agent_not_found', 'task_closed', 'no_agent_available', 'conflict'],
    },
    handle: (call) => assign(deps, call),
  });
  route({
    method: 'POST',
    url: '/tasks/:id/ping',
    may: 'direct_task',
    thing: 'task',
    body: Nothing,
    doc: {
      id: 'ping_task',
      tag: 'tasks',
      summary: 'Ping the holder now',
      description: 'Once per 10 s and task.',
      answers: { 200: { description: 'Pinged', schema: TaskPinged } },
      refuses: ['no_open_assignment', 'task_closed', 'rate_limited'],
    },
    handle: (call) => ping(deps, call),
  });
  route({
    method: 'POST',
    url: '/tasks/:id/resolve',
    may: 'direct_task',
    thing: 'task',
    body: Nothing,
    doc: {
      id: 'resolve_task',
      tag: 'tasks',
      summary: 'A person has seen to it: clear needs_attention',
      description: 'Also lifts all bars and returns the escalation count to 0.',
      answers: { 200: { description: 'The task', schema: TaskChanged, headers: ['etag'] } },
      refuses: ['task_closed'],
    },
    handle: async ({ principal, id }) => {
      const done = await commit(deps, principal, { type: 'resolve_task', task_id: id });
      return isProblem(done) ? done : taskAnswer(deps, id, done.message ?? `Task ${id} needs no attention any more`);
    },
  });
}

function comments(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'POST',
    url: '/tasks/:id/comments',
    may: 'comment_task',
    thing: 'task',
    body: CommentCreate,
    doc: {
      id: 'comment_task',
      tag: 'conversation',
      summary: 'Comment on a task',
      answers: { 201: { description: 'Added', schema: CommentAdded } },
    },
    handle: (call) => comment(deps, call),
  });
}

const LISTS = {
  comments: {
    id: 'list_comments',
    tag: 'conversation',
    summary: 'Read the conversation about a task',
    answers: { 200: { description: 'A page of comments', schema: Page(Comment) } },
  },
  assignments: {
    id: 'list_assignments',
    tag: 'tasks',
    summary: 'Who has held a task',
    description: 'Newest first.',
    answers: { 200: { description: 'A page of assignments', schema: Page(Assignment) } },
  },
} as const;

function readings(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const list = (name: 'comments' | 'assignments'): void =>
    route({
      method: 'GET',
      url: `/tasks/:id/${name}`,
      may: 'read_task',
      thing: 'task',
      query: PageOnly,
      doc: LISTS[name],
      handle: ({ id, query }) =>
        pageAnswer<{ id: number }>(name, query, async (page) => ((await deps.reads.task(id)) === null ? missing('task') : deps.reads[name](id, page))),
    });
  list('comments');
  list('assignments');
  route({
    method: 'GET',
    url: '/tasks/:id/why',
    may: 'read_task',
    costly: true,
    thing: 'task',
    doc: {
      id: 'explain_task',
      tag: 'tasks',
      summary: 'Why does a task stand as it does, and what comes next?',
      description: 'A sub-agent sees only itself among the agents considered.',
      answers: { 200: { description: 'The explanation', schema: Why } },
    },
    handle: async ({ principal, id }) => {
      const why = await deps.why(id);
      return why === null ? missing('task') : { body: whyFor(principal, why) };
    },
  });
}

async function assign(deps: HttpDeps, { principal, id, body }: Call<Static<typeof TaskAssign>, unknown>): Promise<Answer | Problem> {
  const done = await commit(deps, principal, { type: 'assign', task_id: id, agent_name: said(body.agent_name) });
  if (isProblem(done)) return done;
  const assignment = done.assignment === undefined ? null : await deps.reads.assignment(done.assignment.id);
  const agent = assignment === null ? null : ((await deps.reads.agent(assignment.agent_id))?.resource ?? null);
  const message = done.message ?? (agent === null ? `Task ${id} is queued until a capable agent is free` : `Task ${id} is assigned to ${agent.name}`);
  return { body: { message, agent, agent_id: agent?.id ?? null, assignment_id: assignment?.id ?? null, assignment } };
}

async function ping(deps: HttpDeps, { principal, id }: Call<unknown, unknown>): Promise<Answer | Problem> {
  const done = await commit(deps, principal, { type: 'ping_task', task_id: id });
  // Once per 10 s and task (contract §4), not per second as commands are.
  if (isProblem(done)) return done.code === 'rate_limited' ? problem(done.code, done.detail, { headers: { 'retry-after': '10' } }) : done;
  const assignment = done.assignment === undefined ? null : await deps.reads.assignment(done.assignment.id);
  const message = done.message ?? `Pinged ${assignment?.agent_name ?? 'the holder'}`;
  return { body: { message, task_id: id, agent_id: assignment?.agent_id ?? null, assignment_id: assignment?.id ?? null, assignment } };
}

async function comment(deps: HttpDeps, { principal, id, body }: Call<{ content: string }, unknown>): Promise<Answer | Problem> {
  const done = await commit(deps, principal, { type: 'comment_task', task_id: id, content: body.content });
  if (isProblem(done)) return done;
  const kept = await deps.reads.comment(idOfMade(done.comment)); // as it was kept, where tokens are masked
  return kept === null ? missing('task') : { status: 201, body: { ...kept, message: done.message ?? 'Comment added' } };
}
