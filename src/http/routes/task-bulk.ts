import type { Static } from 'typebox';
import { Unavailable } from '#coordinator/port.ts';
import type { Command } from '#domain/command.ts';
import type { Principal } from '#domain/principal.ts';
import type { Answer } from '#http/answer.ts';
import type { HttpDeps } from '#http/deps.ts';
import { invalid, type Problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { said, submit } from '#http/submit.ts';
import { MAX_BULK, TaskBulk, TaskBulkDone } from '#schemas/bulk.ts';
import { taskFilter, type WantedTasks } from './tasks.ts';

type Bulk = Static<typeof TaskBulk>;
type Item = Static<typeof TaskBulkDone>['items'][number];

/** The same for many tasks at once, each for itself: what one refuses is no matter of the others. */
export function taskBulkRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'POST',
    url: '/tasks/bulk',
    may: 'direct_task',
    many: true,
    body: TaskBulk,
    doc: {
      id: 'bulk_tasks',
      tag: 'tasks',
      summary: 'Assign, cancel, resolve or ping many tasks',
      description:
        'Either ids or filter says which, 1,000 at most; of a filter the newest, and has_more says that there are others. ' +
        'Each task is a command of its own: items say in order what became of each, with the message or the refusal that it would have had alone.',
      answers: { 200: { description: 'What became of each', schema: TaskBulkDone } },
    },
    handle: (call) => bulk(deps, call),
  });
}

async function bulk(deps: HttpDeps, { principal, body }: Call<Bulk, unknown>): Promise<Answer | Problem> {
  if ((body.ids === undefined) === (body.filter === undefined)) return invalid([{ pointer: '', message: 'must have either ids or filter' }]);
  const { ids, has_more } = body.ids === undefined ? await matching(deps, principal, body.filter ?? {}) : { ids: body.ids, has_more: false };
  const items = await Promise.all(ids.map((id) => one(deps, principal, commandOf(body, id))));
  const failed = items.filter(({ ok }) => !ok).length;
  return { body: { message: `${items.length - failed} done, ${failed} refused`, done: items.length - failed, failed, has_more, items } };
}

/** The newest tasks that fit. */
async function matching(deps: HttpDeps, principal: Principal, wanted: WantedTasks): Promise<{ ids: number[]; has_more: boolean }> {
  const filter = await taskFilter(deps, principal, wanted);
  const found = filter === null ? [] : await deps.reads.taskIds(filter, MAX_BULK + 1);
  return { ids: found.slice(0, MAX_BULK), has_more: found.length > MAX_BULK };
}

type TaskCommand = Extract<Command, { type: 'assign' | 'update_task' | 'resolve_task' | 'ping_task' }>;

function commandOf({ action, agent_name }: Bulk, task_id: number): TaskCommand {
  switch (action) {
    case 'assign':
      return { type: 'assign', task_id, agent_name: said(agent_name) };
    case 'cancel':
      return { type: 'update_task', task_id, status: 'cancelled' };
    case 'resolve':
      return { type: 'resolve_task', task_id };
    case 'ping':
      return { type: 'ping_task', task_id };
    default:
      return action satisfies never;
  }
}

/** Submitted in one turn of the event loop, they share a commit. */
async function one(deps: HttpDeps, principal: Principal, command: TaskCommand): Promise<Item> {
  const { task_id } = command;
  try {
    const outcome = await submit(deps, principal, command);
    if (outcome.refused) return { task_id, ok: false, error: { code: outcome.code, detail: outcome.detail } };
    return { task_id, ok: true, message: outcome.message ?? 'Done' };
  } catch (error) {
    if (error instanceof Unavailable) return { task_id, ok: false, error: { code: error.code, detail: error.message } };
    throw error;
  }
}
