import type { Static, TSchema } from 'typebox';
import type { Outcome } from '#coordinator/port.ts';
import type { WorkCommand } from '#domain/command.ts';
import { refuse } from '#domain/refusal.ts';
import { ackOf, completeOf, failOf, snoozeOf } from '#domain/said.ts';
import { type Answer, missing } from '#http/answer.ts';
import type { HttpDeps } from '#http/deps.ts';
import { type Problem, problem, refusedProblem, refusedReply } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { submit } from '#http/submit.ts';
import { Ack, Complete, Fail, Reply, Snooze } from '#schemas/messages.ts';
import { WorkDone } from '#schemas/resources.ts';
import type { Code } from '#schemas/vocabulary.ts';

/** What an agent says about its own work: the commands of MQTT, answered with the same reply. */
export function workRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  const verb = <B extends TSchema>(name: Verb, body: B, commandOf: (call: Call<Static<B>, unknown>) => WorkCommand): void =>
    route({
      method: 'POST',
      url: `/agents/:id/${name}`,
      may: 'act_as_agent',
      thing: 'agent',
      tooMany: tooMany(name),
      body,
      doc: {
        id: `${name}_task`,
        tag: 'work',
        ...VERBS[name],
        answers: { 200: { description: 'Taken and committed', schema: WorkDone } },
        refuses: [...REFUSED_WORK, ...(VERBS[name].refuses ?? [])],
      },
      handle: (call) => work(deps, call, commandOf(call)),
    });
  verb('acknowledge', Ack, ({ id, body }) => ackOf(id, body));
  verb('snooze', Snooze, ({ id, body }) => snoozeOf(id, body));
  verb('complete', Complete, ({ id, body }) => completeOf(id, body));
  verb('fail', Fail, ({ id, body }) => failOf(id, body));

  route({
    method: 'GET',
    url: '/agents/:id/sync',
    may: 'sync_agent',
    thing: 'agent',
    doc: {
      id: 'sync_agent',
      tag: 'work',
      summary: 'What does this agent owe?',
      description: 'What it holds, and what was taken from it in the last 24 h and by whom that is held now.',
      answers: { 200: { description: 'The reply to sync', schema: Reply } },
    },
    handle: async ({ id }) => ((await deps.reads.agent(id)) === null ? missing('agent') : { body: await deps.coordinator.sync(id) }),
  });
}

/** Said before the body is read, hence without its message_id. */
function tooMany(name: Verb): Problem {
  const refusal = refuse('rate_limited', 'More commands of this agent in a second than MAX_COMMANDS_PER_SECOND.', { instruction: 'continue' });
  return problem(refusal.code, refusal.detail, { reply: refusedReply(refusal, COMMAND[name], undefined) });
}

type Verb = 'acknowledge' | 'snooze' | 'complete' | 'fail';
const COMMAND: Record<Verb, WorkCommand['type']> = { acknowledge: 'ack', snooze: 'snooze', complete: 'complete', fail: 'fail' };
const VERBS: Record<Verb, { summary: string; description: string; refuses?: readonly Code[] }> = {
  acknowledge: { summary: 'Acknowledge a ping', description: 'I have it and work on it. {} acknowledges the only open assignment.' },
  snooze: {
    summary: 'Snooze a task',
    description: 'Not now: ask again in so many minutes.',
    refuses: ['snooze_limit', 'snooze_past_deadline'],
  },
  complete: { summary: 'Complete a task', description: 'It is done; result is any JSON. A second complete changes nothing and answers as the first did.' },
  fail: { summary: 'Give a task up', description: 'I cannot do it: it is escalated to somebody else.' },
};
/** What any of them may be refused for. A command on a closed assignment is told who holds it now. */
const REFUSED_WORK = ['task_not_found', 'no_open_assignment', 'ambiguous_task', 'assignment_closed', 'task_closed', 'conflict', 'rate_limited'] as const;

async function work(deps: HttpDeps, { principal }: Call<unknown, unknown>, command: WorkCommand): Promise<Answer | Problem> {
  const outcome = await submit(deps, principal, command);
  if (!outcome.refused) return { body: answerOf(outcome, command) };
  return refusedProblem({ ...outcome, reply: outcome.reply ?? refusedReply(outcome, command.type, command.message_id) });
}

const SAID: Readonly<Record<string, string>> = { ack: 'acknowledged', snooze: 'snoozed', complete: 'completed', fail: 'reported as failed' };

/** The reply, and beside it the fields of the old plan (contract §4). */
function answerOf(done: Exclude<Outcome, { refused: true }>, command: WorkCommand): Reply & Record<string, unknown> {
  if (done.reply === undefined) throw new Error(`the coordinator took ${command.type} without a reply`);
  const { task_id, assignment, command: said } = done.reply; // what was done: of a repeated message_id, by the first command that carried it
  return {
    ...done.reply,
    message: done.message ?? `Task ${task_id} ${SAID[said] ?? said}`,
    agent_id: command.agent_id,
    acknowledged_at: assignment?.acknowledged_at ?? null,
    snooze_until: assignment?.snooze_until ?? null,
  };
}
