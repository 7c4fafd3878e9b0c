import { iso, MINUTE } from '#schemas/time.ts';
import { close } from './assigning.ts';
import { after, schedule, windowFrom } from './assignment.ts';
import { clearAttention } from './attention.ts';
import { freeDependents } from './blockers.ts';
import type { Ack, Complete, Fail, Snooze, WorkCommand } from './command.ts';
import type { Draft } from './draft.ts';
import { escalate } from './escalation.ts';
import type { Facts } from './facts.ts';
import { measureAnswer, measureFirstAck, measureTooLate } from './measure.ts';
import { type AgentRow, type AssignmentRow, isOpen, NOT_QUEUED, type TaskRow } from './model.ts';
import { isRefusal, noTask, type Refusal, refuse } from './refusal.ts';

/** What an agent may say about its own work: ack, snooze, complete, fail (contract §3). */

const DEFAULT_SNOOZE_MINUTES = 30;

interface Target {
  readonly agent: AgentRow;
  readonly a: AssignmentRow;
  readonly task: TaskRow;
}

/** Decides the command; gives the assignment it was about, or why not. Refusals are found before anything is changed. */
export function work(draft: Draft, command: WorkCommand): AssignmentRow | Refusal {
  const agent = draft.facts.agents.get(command.agent_id);
  if (agent === undefined || !agent.is_active) return refuse('agent_not_found', `There is no active agent ${command.agent_id}.`);
  const target = findTarget(draft.facts, agent, command);
  if (isRefusal(target)) return target;
  if (!isOpen(target.a)) return onClosed(draft, target, command);
  switch (command.type) {
    case 'ack':
      return ack(draft, target, command);
    case 'snooze':
      return snooze(draft, target, command);
    case 'complete':
      return complete(draft, target, command);
    case 'fail':
      return fail(draft, target, command);
    default:
      return command satisfies never;
  }
}

/** The assignment a command means: by assignment_id, else by task_id, else by ping_id, else the agent's only open one. May be a closed one. */
function findTarget(facts: Facts, agent: AgentRow, command: WorkCommand): Target | Refusal {
  const a = named(facts, agent, command);
  if (isRefusal(a)) return a;
  const task = facts.tasks.get(a.task_id);
  if (task === undefined) return noTask(a.task_id);
  return { agent, a, task };
}

function named(facts: Facts, agent: AgentRow, command: WorkCommand): AssignmentRow | Refusal {
  const { task_id, assignment_id } = command;
  if (assignment_id !== undefined) return byId(facts, agent, assignment_id, task_id);
  return task_id === undefined ? onlyOpen(facts, agent, command) : ofTask(facts, agent, task_id);
}

function byId(facts: Facts, agent: AgentRow, id: number, taskId: number | undefined): AssignmentRow | Refusal {
  const a = facts.assignments.get(id);
  if (a !== undefined && a.agent_id === agent.id && (taskId ?? a.task_id) === a.task_id) return a;
  const where = taskId === undefined ? '' : ` of task ${taskId}`;
  return refuse('no_open_assignment', `Assignment ${id} is not one of yours${where}.`, { task_id: taskId ?? null });
}

function ofTask(facts: Facts, agent: AgentRow, taskId: number): AssignmentRow | Refusal {
  const a = facts.newestOf(taskId, agent.id);
  if (a !== undefined) return a;
  if (facts.task(taskId) === undefined) return noTask(taskId);
  return refuse('no_open_assignment', `You hold no open assignment of task ${taskId}.`, { task_id: taskId });
}

function onlyOpen(facts: Facts, agent: AgentRow, command: WorkCommand): AssignmentRow | Refusal {
  const pinged = command.type === 'ack' && command.ping_id !== undefined ? facts.pinged(agent.id, command.ping_id) : undefined;
  if (pinged !== undefined) return pinged;
  const [only, another] = facts.openHeldBy(agent.id);
  if (only === undefined) return refuse('no_open_assignment', 'You hold no open assignment. Ask with sync what you owe.');
  if (another !== undefined) return refuse('ambiguous_task', 'You hold more than one open assignment: say which with task_id.', { instruction: 'continue' });
  return only;
}

/** A command on a closed assignment: what this agent did itself is confirmed again; everything else is refused with the truth. */
function onClosed(draft: Draft, { a, task, agent }: Target, command: WorkCommand): AssignmentRow | Refusal {
  if (isOwnDoing(a, command)) return a;
  measureTooLate(draft, a);
  const late = command.type === 'complete' ? lateResult(draft.facts, command) : null;
  if (late !== null && !draft.facts.lateResults.has(late.key)) {
    draft.comment(task, late.content, agent.name);
    draft.facts.lateResults.add(late.key);
  }
  return refuse('assignment_closed', truth(draft.facts, a, task), { instruction: 'stop_work', task_id: a.task_id });
}

/** The agent closed it in this very way itself. */
const isOwnDoing = (a: AssignmentRow, { type }: WorkCommand): boolean =>
  a.closed_by_holder && ((type === 'complete' && a.status === 'completed') || (type === 'fail' && a.status === 'failed'));

/** What a complete that comes too late has to say, for the conversation; null where it does not, or says nothing. `key`: it is said once. */
export function lateResult(facts: Facts, command: Complete): { a: AssignmentRow; author: string; content: string; key: string } | null {
  const agent = facts.agents.get(command.agent_id);
  const target = agent === undefined ? null : findTarget(facts, agent, command);
  if (target === null || isRefusal(target) || isOpen(target.a) || isOwnDoing(target.a, command)) return null;
  if (command.result === undefined && command.note === undefined) return null;
  const { a, agent: author } = target;
  const content = `Late result from ${author.name}: ${lateWords(command)}`;
  return { a, author: author.name, content, key: `${a.id} ${content}` };
}

const lateWords = (command: Complete): string =>
  [command.note, command.result === undefined ? undefined : JSON.stringify(command.result)].filter((w) => w !== undefined).join(' ');

/** Who ended it, when, and who holds the task now. */
function truth(facts: Facts, a: AssignmentRow, task: TaskRow): string {
  const end = a.status === 'completed' ? 'completed' : `taken from you (${a.failure_reason})`;
  return `Task ${task.id} was ${end} at ${iso(a.closed_at ?? 0)}; ${presentState(facts, task)}.`;
}

function presentState(facts: Facts, task: TaskRow): string {
  const open = facts.openOf(task.id);
  if (open !== undefined) return `${facts.nameOf(open.agent_id)} holds it now`;
  return task.deleted_at === null ? `the task is ${task.status} and nobody holds it` : 'the task was deleted';
}

/** An answer of any kind: the ping is answered and the next one is a new one. */
function answered(draft: Draft, a: AssignmentRow, command: 'ack' | 'snooze'): Partial<AssignmentRow> {
  measureAnswer(draft, a, command);
  if (a.attempt > 0) draft.sweeping.push({ op: 'answered', assignment_id: a.id, at: draft.now });
  return { answered_at: draft.now, silent_since: null, ping_id: null, attempt: 0, asked_at: null, owes_resend: false, version: a.version + 1 };
}

function ack(draft: Draft, { a, task, agent }: Target, command: Ack): AssignmentRow | Refusal {
  const { now, policy } = draft;
  if (command.busy_until !== undefined && command.busy_until <= now)
    return refuse('invalid_payload', 'busy_until lies in the past (by the clock of the server).', { instruction: 'continue', task_id: task.id });
  const busy = command.busy_until === undefined ? now : Math.min(command.busy_until, now + policy.maxBusyMinutes * MINUTE);
  measureFirstAck(draft, a);
  const patch: Partial<AssignmentRow> = {
    ...answered(draft, a, 'ack'),
    status: after(a.status, 'ack') ?? a.status,
    last_ack_at: now,
    snooze_until: null,
    snoozes: 0,
    ...windowFrom(Math.round(busy), agent, task),
    ...(a.acknowledged_at === null ? { acknowledged_at: now } : {}),
    ...(command.progress === undefined ? {} : { progress: command.progress }),
  };
  draft.updateAssignment(a, { ...patch, ...schedule({ ...a, ...patch }, task, now) });
  draft.updateAgent(agent, { last_acknowledgment: now, ...(agent.returned_unproven ? { returned_unproven: false } : {}) });
  if (task.status === 'todo') draft.updateTask(task, { status: 'in_progress' });
  draft.event('assignment.acknowledged', {
    task: task.id,
    agent: agent.id,
    assignment: a.id,
    data: {
      ...(command.note === undefined ? {} : { note: command.note }),
      ...(command.progress === undefined ? {} : { progress: command.progress }),
      ...(command.busy_until === undefined ? {} : { busy_until: iso(busy) }),
    },
  });
  if (command.note !== undefined) draft.comment(task, command.note, agent.name);
  clearAttention(draft, task, ['main_agent_silent', 'escalation_exhausted']);
  return a;
}

function snooze(draft: Draft, { a, task, agent }: Target, command: Snooze): AssignmentRow | Refusal {
  const { now, policy } = draft;
  const minutes = command.minutes ?? DEFAULT_SNOOZE_MINUTES;
  const no = (code: 'snooze_limit' | 'snooze_past_deadline', detail: string): Refusal => refuse(code, detail, { instruction: 'continue', task_id: task.id });
  if (minutes > policy.maxSnoozeMinutes) return no('snooze_limit', `At most ${policy.maxSnoozeMinutes} minutes at once; ${minutes} were asked for.`);
  if (a.snoozes >= policy.maxSnoozes) return no('snooze_limit', `Snoozed ${a.snoozes} times without an ack between; acknowledge, complete or fail it.`);
  if (task.deadline !== null && task.deadline <= now) return no('snooze_past_deadline', `The deadline of task ${task.id} passed at ${iso(task.deadline)}.`);
  const until = Math.round(Math.min(now + minutes * MINUTE, task.deadline ?? Number.POSITIVE_INFINITY));
  const patch: Partial<AssignmentRow> = {
    ...answered(draft, a, 'snooze'),
    status: after(a.status, 'snooze') ?? a.status,
    snooze_until: until,
    respond_by: null,
    snoozes: a.snoozes + 1,
  };
  draft.updateAssignment(a, { ...patch, ...schedule({ ...a, ...patch }, task, now) });
  draft.event('assignment.snoozed', {
    task: task.id,
    agent: agent.id,
    assignment: a.id,
    data: { snooze_until: iso(until), ...(command.reason === undefined ? {} : { reason: command.reason }) },
  });
  return a;
}

function complete(draft: Draft, { a, task }: Target, command: Complete): AssignmentRow {
  close(draft, a, task, { status: 'completed', reason: null, byHolder: true, result: command.result, note: command.note });
  if (command.note !== undefined) draft.comment(task, command.note, draft.facts.nameOf(a.agent_id));
  finish(draft, task, 'done');
  return a;
}

function fail(draft: Draft, { a, task }: Target, command: Fail): AssignmentRow {
  escalate(draft, a, task, 'reported', true, command.reason);
  return a;
}

/** The task is over: nothing is due for it any more, and whom it blocked is free. */
export function finish(draft: Draft, task: TaskRow, status: 'done' | 'cancelled'): void {
  clearAttention(draft, task, 'all');
  draft.updateTask(task, {
    status,
    closed_at: draft.now,
    wake_at: null,
    ...NOT_QUEUED,
    parked_assignment_id: null,
  });
  freeDependents(draft, task);
}
