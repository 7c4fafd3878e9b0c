import type { Reply } from '#schemas/messages.ts';
import { iso } from '#schemas/time.ts';
import type { Instruction } from '#schemas/vocabulary.ts';
import { registerAgent, renewToken, updateAgent } from './agents.ts';
import { type AssignTask, agentIdOf, type Command, messageKey, type PhaseCommand, type Request, type WorkCommand } from './command.ts';
import { Draft } from './draft.ts';
import { assignmentDue, taskDue } from './due.ts';
import type { Facts } from './facts.ts';
import { agentDue, leaving, online } from './liveness.ts';
import type { AgentRow, AssignmentRow, PhaseRow, TaskRow, TodoRow } from './model.ts';
import type { OwnCommand } from './own-command.ts';
import { addPhase, addTodo, deletePhase, deleteTodo, updatePhase, updateTodo } from './phases.ts';
import { resend } from './ping.ts';
import type { Policy } from './policy.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import { type Kept, keptReply, replyAgain, replyOk, replyRefused } from './reply.ts';
import { assignTask, commentTask, createTask, deleteTask, pingTask, resolveTask, updateTask } from './tasks.ts';
import type { CommentRow, EventRow } from './trail.ts';
import { withdrawAgain } from './withdrawing.ts';
import { work } from './work.ts';

/** What a decision says to whoever asked. Which fields are set depends on the command; `message`: where there is more to say than the rows do. */
export interface Effect {
  readonly refused?: never;
  readonly reply?: Reply | undefined;
  readonly agent?: AgentRow | undefined;
  readonly task?: TaskRow | undefined;
  readonly assignment?: AssignmentRow | undefined;
  readonly comment?: CommentRow | undefined;
  readonly phase?: PhaseRow | undefined;
  readonly todo?: TodoRow | undefined;
  readonly message?: string | undefined;
}
export type Verdict = Effect | (Refusal & { readonly reply?: Reply | undefined });

export interface Decision {
  readonly verdict: Verdict;
  readonly draft: Draft;
  /** A repetition of an earlier command: answered as before, nothing changed. */
  readonly repeated: boolean;
}

/**
 * Decides one command on the facts as they stand, and advances them. No clock, no chance, no waiting: the same facts, policy and `now` give the same decision.
 * A command whose message_id was taken before (24 h) changes nothing and is answered as before.
 */
export function decide(request: Request, facts: Facts, policy: Policy, now: number): Decision {
  const draft = new Draft(facts, policy, now, request);
  const key = messageKey(request.command);
  const earlier = key === null ? undefined : facts.replies.get(key);
  if (earlier !== undefined)
    return { draft, repeated: true, verdict: answeredBefore(replyAgain(earlier as Kept | Reply, messageIdOf(request.command)), facts) }; // as: kept by us
  const verdict = judge(draft, request.command);
  if (key !== null && verdict.reply !== undefined) {
    const reply = keptReply(verdict.reply, verdict.refused === true ? undefined : verdict.assignment);
    facts.replies.set(key, reply);
    if (verdict.refused !== true && draft.events.length === 0)
      draft.event('message.repeated', { agent: agentIdOf(request.command), task: verdict.reply.task_id ?? null, data: { command: request.command.type } });
    const first = draft.events[0];
    if (first !== undefined) keepReply(first, key, reply);
  }
  return { draft, verdict, repeated: false };
}

/** Keeps a refused command of an agent as `message.refused`: with topic, code and the first of its payload, and the reply that a repetition gets again. */
export function keepRefusal({ draft, verdict, repeated }: Decision): void {
  if (verdict.refused !== true || repeated) return;
  const { command, origin } = draft.request;
  const agent = draft.facts.agents.get(agentIdOf(command) ?? 0);
  const topic = origin?.topic ?? `agents/${agent?.name ?? '?'}/${command.type}`;
  // what a stranger tried is not part of the task's story, which its holder may read
  const task = verdict.task_id === null || verdict.code === 'no_open_assignment' ? null : (draft.facts.tasks.get(verdict.task_id)?.id ?? null);
  const row = draft.event('message.refused', {
    agent: agent?.id ?? null,
    task,
    data: { topic, code: verdict.code, detail: verdict.detail, payload: origin?.excerpt ?? '' },
  });
  const key = messageKey(command);
  if (key !== null && verdict.reply !== undefined && !draft.events.some((e) => e.message_key === key)) keepReply(row, key, verdict.reply);
}

/** By this event a repetition is recognised, and answered. */
function keepReply(event: EventRow, key: string, reply: Kept | Reply): void {
  event.message_key = key;
  event.reply = reply;
}

const messageIdOf = (command: Command): string | undefined => ('message_id' in command ? command.message_id : undefined);

function answeredBefore(reply: Reply, facts: Facts): Verdict {
  if (reply.error !== undefined)
    return { ...refuse(reply.error.code, reply.error.detail, { instruction: reply.instruction, task_id: reply.task_id ?? null }), reply };
  return { reply, assignment: reply.assignment === undefined ? undefined : facts.assignments.get(reply.assignment.id) };
}

function judge(draft: Draft, command: Command): Verdict {
  switch (command.type) {
    case 'ack':
    case 'snooze':
    case 'complete':
    case 'fail':
      return judgeWork(draft, command);
    case 'assign':
      return judgeAssign(draft, command);
    case 'create_task':
      return createTask(draft, command);
    case 'update_task':
      return updateTask(draft, command);
    case 'delete_task':
      return deleteTask(draft, command);
    case 'ping_task':
      return pingTask(draft, command);
    case 'resolve_task':
      return resolveTask(draft, command);
    case 'comment_task':
      return commentTask(draft, command);
    case 'add_phase':
    case 'update_phase':
    case 'delete_phase':
    case 'add_todo':
    case 'update_todo':
    case 'delete_todo':
      return judgePhases(draft, command);
    case 'read_notification':
      draft.changes.push({ op: 'update', table: 'notification', id: command.notification_id, patch: { read_at: draft.now } });
      return {};
    case 'register_agent':
      return agentEffect(registerAgent(draft, command));
    case 'update_agent':
      return agentEffect(updateAgent(draft, command));
    case 'renew_token':
      return agentEffect(renewToken(draft, command));
    default:
      return judgeOwn(draft, command);
  }
}

function judgePhases(draft: Draft, command: PhaseCommand): Verdict {
  switch (command.type) {
    case 'add_phase':
      return addPhase(draft, command);
    case 'update_phase':
      return updatePhase(draft, command);
    case 'delete_phase':
      return deletePhase(draft, command);
    case 'add_todo':
      return addTodo(draft, command);
    case 'update_todo':
      return updateTodo(draft, command);
    case 'delete_todo':
      return deleteTodo(draft, command);
    default:
      return command satisfies never;
  }
}

function judgeOwn(draft: Draft, command: OwnCommand): Verdict {
  switch (command.type) {
    case 'record_refusal':
      draft.event('message.refused', {
        agent: command.agent_id,
        data: { topic: command.topic, code: command.code, detail: command.detail, payload: command.excerpt },
      });
      return {};
    case 'summarize_refusals':
      draft.event('message.refused', { agent: command.agent_id, data: { count: command.count, since: iso(command.since) } });
      return {};
    case 'record_fact':
      draft.event(command.kind, { ...command.about, data: command.data });
      return {};
    case 'agent_online':
      return withAgent(draft, command.agent_id, (agent) => online(draft, agent, command));
    case 'agent_leaving':
      return withAgent(draft, command.agent_id, (agent) => leaving(draft, agent, command));
    case 'agent_due': {
      const agent = draft.facts.agents.get(command.agent_id);
      if (agent !== undefined) agentDue(draft, agent);
      return {};
    }
    case 'resend':
      resend(draft, command);
      return {};
    case 'withdraw_again':
      withdrawAgain(draft, command);
      return {};
    case 'assignment_due': {
      const a = draft.facts.assignments.get(command.assignment_id);
      if (a !== undefined) assignmentDue(draft, a);
      return {};
    }
    case 'task_due': {
      const task = draft.facts.tasks.get(command.task_id);
      if (task !== undefined) taskDue(draft, task);
      return {};
    }
    default:
      return command satisfies never;
  }
}

function withAgent(draft: Draft, id: number, fn: (agent: AgentRow) => void): Verdict {
  const agent = draft.facts.agents.get(id);
  if (agent?.is_active === true) fn(agent);
  return {};
}

const INSTRUCTION: Record<WorkCommand['type'], Instruction> = { ack: 'continue', snooze: 'none', complete: 'none', fail: 'stop_work' };

function judgeWork(draft: Draft, command: WorkCommand): Verdict {
  const a = work(draft, command);
  if (isRefusal(a)) return { ...a, reply: replyRefused(command.type, a, command.message_id) };
  return { assignment: a, agent: draft.facts.agents.get(a.agent_id), reply: replyOk(command.type, a, INSTRUCTION[command.type], command.message_id) };
}

function judgeAssign(draft: Draft, command: AssignTask): Verdict {
  const done = assignTask(draft, command);
  if (isRefusal(done)) {
    const refusal = { ...done, task_id: done.task_id ?? command.task_id };
    return { ...refusal, reply: replyRefused('assign', refusal, command.message_id) };
  }
  const a = done.assignment;
  const reply: Reply =
    a === undefined
      ? { ok: true, command: 'assign', message_id: command.message_id ?? null, task_id: command.task_id, instruction: 'none' }
      : replyOk('assign', a, 'none', command.message_id);
  return { ...done, reply };
}

const agentEffect = (agent: AgentRow | Refusal): Verdict => (isRefusal(agent) ? agent : { agent });
