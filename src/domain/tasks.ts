import { isoOrNull } from '#schemas/time.ts';
import { autoAssign, close, giveTo } from './assigning.ts';
import { schedule, windowFrom } from './assignment.ts';
import { clearAttention } from './attention.ts';
import { freeDependents, noteBlockers, openBlockers, wouldCycle } from './blockers.ts';
import { changedFields } from './changed-fields.ts';
import type { AssignTask, CommentTask, CreateTask, DeleteTask, PingTask, ResolveTask, UpdateTask } from './command.ts';
import type { Draft } from './draft.ts';
import { look } from './due.ts';
import { resetEscalation } from './escalation.ts';
import { type AgentRow, type AssignmentRow, isOpenTask, NOT_QUEUED, type TaskRow } from './model.ts';
import { newTask } from './new-task.ts';
import { sendPing } from './ping.ts';
import { changedMeanwhile, isRefusal, noTask, type Refusal, refuse } from './refusal.ts';
import type { CommentRow } from './trail.ts';
import { finish } from './work.ts';

/** What people and main agents do with tasks (contract §3 "Assignment", "Pinging off", §4). */

const MANUAL_PING_EVERY_MS = 10_000;

interface TaskResult {
  readonly task: TaskRow;
  readonly assignment?: AssignmentRow | undefined;
  readonly agent?: AgentRow | undefined;
  readonly comment?: CommentRow;
  readonly message: string;
}

const noAgent = (name: string): Refusal => refuse('agent_not_found', `There is no active agent named ${name}.`);

export function createTask(draft: Draft, command: CreateTask): TaskResult | Refusal {
  const agent = command.agent_name === undefined ? undefined : activeAgent(draft, command.agent_name);
  if (agent !== undefined && isRefusal(agent)) return agent;
  const fault = badReferences(draft, command.blocked_by, command.escalation_chain);
  if (fault !== null) return fault;
  const task = newTask(draft, command);
  draft.insert('task', task);
  draft.facts.addTask(task);
  draft.event('task.created', { task: task.id, data: { name: task.name, priority: task.priority } });
  if (agent !== undefined) giveTo(draft, task, agent, 'assigned');
  else look(draft, task);
  return result(draft, task, `Task ${task.id} created`);
}

/** Names and ids that a task refers to must exist. */
function badReferences(draft: Draft, blockers: readonly number[] | undefined, chain: readonly string[] | null | undefined): Refusal | null {
  const blocker = blockers?.find((id) => draft.facts.task(id) === undefined);
  if (blocker !== undefined) return refuse('task_not_found', `There is no task ${blocker} to wait for (blocked_by).`, { task_id: blocker });
  const name = chain?.find((n) => draft.facts.agentNamed(n) === undefined);
  return name === undefined ? null : refuse('agent_not_found', `There is no agent named ${name} (escalation_chain).`);
}

function activeAgent(draft: Draft, name: string): AgentRow | Refusal {
  const agent = draft.facts.agentNamed(name);
  return agent === undefined || agent.name !== name || !agent.is_active ? noAgent(name) : agent;
}

/** Assign or reassign, by name or by choice of the coordinator; by the admin it also lifts bars and what needs a person, by a main agent it keeps the count. */
export function assignTask(draft: Draft, command: AssignTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  if (!isOpenTask(task)) return closed(task);
  if (command.agent_name === undefined) return assignByChoice(draft, task);
  const agent = activeAgent(draft, command.agent_name);
  if (isRefusal(agent)) return agent;
  const open = draft.facts.openOf(task.id);
  if (draft.request.principal.kind === 'admin') resetEscalation(draft, task);
  if (open?.agent_id === agent.id) return result(draft, task, `${agent.name} holds task ${task.id} already`);
  if (open !== undefined) close(draft, open, task, { status: 'failed', reason: 'reassigned', byHolder: false });
  giveTo(draft, task, agent, 'assigned');
  return result(draft, task, `Task ${task.id} assigned to ${agent.name}`);
}

const closed = (task: TaskRow): Refusal => refuse('task_closed', `Task ${task.id} is ${task.status}; reopen it first (status todo).`, { task_id: task.id });

function assignByChoice(draft: Draft, task: TaskRow): TaskResult | Refusal {
  if (draft.facts.openOf(task.id) !== undefined) return result(draft, task, `Task ${task.id} is held already; name an agent to reassign it`);
  const blockers = openBlockers(task, draft.facts);
  if (blockers.length > 0)
    return result(draft, task, `Task ${task.id} waits for task ${blockers.map((b) => b.id).join(', ')}; it is assigned when that is over, or now by name`);
  const choice = autoAssign(draft, task);
  if ('nobody' in choice)
    return refuse('no_agent_available', 'No capable agent is active and not offline, and nobody in the escalation chain can take it.', { task_id: task.id });
  if (draft.request.principal.kind === 'admin') resetEscalation(draft, task);
  if ('queued' in choice) return result(draft, task, `Every capable agent is full; task ${task.id} is queued for the first to become free`);
  return result(draft, task, `Task ${task.id} assigned to ${draft.facts.nameOf(choice.assignment.agent_id)}`);
}

export function updateTask(draft: Draft, command: UpdateTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  if (command.if_revision !== undefined && command.if_revision !== task.revision) return changedMeanwhile(`Task ${task.id}`, task.id);
  const fault = badReferences(
    draft,
    command.blocked_by?.filter((id) => !task.blocked_by.includes(id)),
    command.escalation_chain,
  );
  if (fault !== null) return fault;
  if (command.blocked_by !== undefined && wouldCycle(task.id, command.blocked_by, draft.facts))
    return refuse('blocked_cycle', `Task ${task.id} would wait for itself.`, { task_id: task.id });
  const { type: _t, task_id: _id, if_revision: _r, status, is_ping_enabled, ...rest } = command;
  const fields = changedFields(task, rest);
  const isMoved = status !== undefined && status !== task.status;
  // How it ended is history: a cancelled task was not done, and what was done cannot be cancelled any more.
  if (isMoved && !isOpenTask(task) && (status === 'done' || status === 'cancelled')) return closed(task);
  const isSwitched = is_ping_enabled !== undefined && is_ping_enabled !== task.is_ping_enabled;
  if (Object.keys(fields).length === 0 && !isMoved && !isSwitched) return result(draft, task, `Task ${task.id} is unchanged`);
  draft.updateTask(task, { ...fields, revision: task.revision + 1 });
  if (command.blocked_by !== undefined) noteBlockers(task.id, command.blocked_by, draft.facts);
  draft.event('task.updated', {
    task: task.id,
    data: {
      ...fields,
      ...(command.deadline === undefined ? {} : { deadline: isoOrNull(command.deadline) }),
      ...(status === undefined ? {} : { status }),
      ...(is_ping_enabled === undefined ? {} : { is_ping_enabled }),
    },
  });
  if (isSwitched) switchPinging(draft, task, is_ping_enabled);
  if (status !== undefined) moveTo(draft, task, status);
  reschedule(draft, task);
  return result(draft, task, `Task ${task.id} updated`);
}

/** What the holder's moments and the queue make of the new fields. */
function reschedule(draft: Draft, task: TaskRow): void {
  const open = draft.facts.openOf(task.id);
  if (open !== undefined) {
    const { snooze_until } = open;
    const { deadline } = task;
    const isTooLong = snooze_until !== null && deadline !== null && snooze_until > deadline;
    const cut = isTooLong ? { snooze_until: Math.max(deadline, draft.now) } : {};
    draft.updateAssignment(open, { ...cut, ...schedule({ ...open, ...cut }, task, draft.now) });
  } else if (isOpenTask(task)) look(draft, task);
}

/** On: as if assigned now. Off: no moments any more. */
function switchPinging(draft: Draft, task: TaskRow, on: boolean): void {
  draft.updateTask(task, { is_ping_enabled: on, ...(on ? {} : { wake_at: null, ...NOT_QUEUED }) });
  const open = draft.facts.openOf(task.id);
  const holder = open === undefined ? undefined : draft.facts.agents.get(open.agent_id);
  if (open === undefined || holder === undefined) return;
  const fresh = on ? { status: 'pending' as const, snooze_until: null, ...windowFrom(draft.now, holder, task) } : { respond_by: null };
  draft.updateAssignment(open, { ...fresh, version: open.version + 1 });
  if (on) sendPing(draft, open, task, holder, 'assigned');
}

/** A person sets the status: done completes it in the holder's name, cancelled takes it away, todo and in_progress reopen. */
function moveTo(draft: Draft, task: TaskRow, status: TaskRow['status']): void {
  const open = draft.facts.openOf(task.id);
  if (status === 'done' || status === 'cancelled') {
    if (task.status === status) return;
    if (open !== undefined && status === 'done') close(draft, open, task, { status: 'completed', reason: null, byHolder: false });
    else if (open !== undefined) close(draft, open, task, { status: 'failed', reason: 'cancelled', byHolder: false });
    finish(draft, task, status);
  } else if (!isOpenTask(task)) {
    draft.updateTask(task, { status, closed_at: null });
    resetEscalation(draft, task);
  } else draft.updateTask(task, { status });
}

export function deleteTask(draft: Draft, command: DeleteTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  const open = draft.facts.openOf(task.id);
  if (open !== undefined) close(draft, open, task, { status: 'failed', reason: 'cancelled', byHolder: false });
  const wasOpen = isOpenTask(task);
  clearAttention(draft, task, 'all');
  draft.updateTask(task, { deleted_at: draft.now, closed_at: task.closed_at ?? draft.now, wake_at: null, ...NOT_QUEUED });
  draft.event('task.deleted', { task: task.id, data: { name: task.name } });
  if (wasOpen) freeDependents(draft, task);
  return { task, message: `Task ${task.id} deleted` };
}

/** Pings the holder now, at most once per 10 s and task. */
export function pingTask(draft: Draft, command: PingTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  const open = draft.facts.openOf(task.id);
  const holder = open === undefined ? undefined : draft.facts.agents.get(open.agent_id);
  if (open === undefined || holder === undefined) return refuse('no_open_assignment', `Nobody holds task ${task.id}; assign it first.`, { task_id: task.id });
  const since = draft.now - (task.last_manual_ping ?? Number.NEGATIVE_INFINITY);
  if (since < MANUAL_PING_EVERY_MS)
    return refuse('rate_limited', `Task ${task.id} was pinged by hand ${Math.floor(since / 1000)} s ago; once per ${MANUAL_PING_EVERY_MS / 1000} s.`, {
      task_id: task.id,
    });
  draft.updateTask(task, { last_manual_ping: draft.now });
  sendPing(draft, open, task, holder, 'manual');
  return result(draft, task, `${holder.name} was pinged`);
}

/** A person has dealt with it: bars lifted, count 0, and the task goes on by itself. */
export function resolveTask(draft: Draft, command: ResolveTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  resetEscalation(draft, task);
  draft.event('task.resolved', { task: task.id });
  look(draft, task);
  return result(draft, task, `Task ${task.id} resolved`);
}

export function commentTask(draft: Draft, command: CommentTask): TaskResult | Refusal {
  const task = draft.facts.task(command.task_id);
  if (task === undefined) return noTask(command.task_id);
  const comment = draft.comment(task, command.content, draft.actor);
  draft.event('task.commented', { task: task.id, data: { comment_id: comment.id } });
  return { task, comment, message: 'Comment added' };
}

function result(draft: Draft, task: TaskRow, message: string): TaskResult {
  const assignment = draft.facts.openOf(task.id);
  return { task, assignment, agent: assignment === undefined ? undefined : draft.facts.agents.get(assignment.agent_id), message };
}
