import { openBlockers } from '#domain/blockers.ts';
import type { Request } from '#domain/command.ts';
import { decide } from '#domain/decide.ts';
import type { Facts } from '#domain/facts.ts';
import { type AssignmentRow, isOpenTask, type TaskRow } from '#domain/model.ts';
import { earliest } from '#domain/moments.ts';
import type { Policy } from '#domain/policy.ts';
import { notATarget, passedOver } from '#domain/selection.ts';
import type { EventRow } from '#domain/trail.ts';
import type { Why } from '#schemas/resources.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import type { Em } from '#storage/statement.ts';
import { loadFacts } from './facts.ts';
import { IdSource } from './ids.ts';

/** The dry run ends when a person is needed, and at the latest after so many steps. */
const MAX_STEPS = 100;

/**
 * Why a task stands as it does: its next moment and the rule behind it, every agent considered, and what happens if nobody ever answers,
 * found by running the very decisions on a copy of the facts. Null where there is no such task.
 */
export async function explain(em: Em, taskId: number, policy: Policy, now: number): Promise<Why | null> {
  const request: Request = { command: { type: 'task_due', task_id: taskId }, principal: { kind: 'coordinator' }, channel: 'coordinator' };
  const facts = await loadFacts(em, [request], await new IdSource().forBatch(em, 1), policy, now, (text) => text);
  const task = facts.task(taskId);
  if (task === undefined) return null;
  const open = facts.openOf(taskId);
  const chain = open?.chain ?? task.escalation_chain ?? policy.escalationChain;
  return {
    task_id: taskId,
    next: nextOf(task, open, facts),
    considered: [...facts.agents.values()].map((a) => ({ agent: a.name, passed_over: passedOver(a, task, facts) })),
    chain: chain.map((name) => ({ agent: name, passed_over: notATarget(facts.agentNamed(name), task) })),
    blocked_by: openBlockers(task, facts).map((t) => t.id),
    if_nobody_answers: dryRun(task, facts, policy, now),
  };
}

function nextOf(task: TaskRow, open: AssignmentRow | undefined, facts: Facts): Why['next'] {
  if (!isOpenTask(task)) return { at: null, rule: `the task is ${task.status}` };
  const own = { at: isoOrNull(task.due_at), rule: ownRule(task) };
  if (open === undefined) {
    const blockers = openBlockers(task, facts);
    if (blockers.length > 0) return { at: own.at, rule: `waits for task ${blockers.map((b) => b.id).join(', ')}` };
    return task.is_ping_enabled || task.due_at !== null ? own : { at: null, rule: 'pinging is off: assigned by hand only' };
  }
  const holder = facts.nameOf(open.agent_id);
  if (open.due_at === null) return { at: own.at, rule: `${holder} holds it; pinging is off` };
  if (open.status === 'snoozed') return { at: iso(open.due_at), rule: `${holder} snoozed it until then` };
  if (open.due_at === open.respond_by) return { at: iso(open.due_at), rule: `${holder} must have answered by then` };
  return { at: iso(open.due_at), rule: `${holder} is pinged again` };
}

/** What the task's own moment is for, whoever holds it. */
function ownRule(task: TaskRow): string {
  if (task.needs_attention !== null) return `needs a person (${task.needs_attention}): reminded then`;
  return task.queued_at === null ? 'its deadline' : 'queued for the first capable agent to become free';
}

type Step = Why['if_nobody_answers'][number];

/** A ping that may never be sent has no id that anybody could meet again. */
function stepOf({ kind, agent_id, data: { ping_id: _, ...data } }: EventRow, at: number, facts: Facts): Step {
  return { at: iso(at), event: kind, agent: agent_id === null ? null : (facts.agents.get(agent_id)?.name ?? null), data };
}

/** Lets time pass on the copy: each due moment is decided as the sweep would, every ping counts as published and none is answered. */
function dryRun(task: TaskRow, facts: Facts, policy: Policy, now: number): Step[] {
  const steps: Step[] = [];
  let at = now;
  for (let decisions = 0; decisions < MAX_STEPS && steps.length < MAX_STEPS; decisions += 1) {
    const open = facts.openOf(task.id);
    const due = earliest(open?.due_at ?? null, task.due_at);
    if (due === null || !isOpenTask(task)) break;
    at = Math.max(at, due);
    if (open !== undefined && open.attempt > 0) facts.asked.add(open.id);
    const command = open?.due_at === due ? ({ type: 'assignment_due', assignment_id: open.id } as const) : ({ type: 'task_due', task_id: task.id } as const);
    const { draft } = decide({ command, principal: { kind: 'coordinator' }, channel: 'coordinator' }, facts, policy, at);
    for (const e of draft.events) steps.push(stepOf(e, at, facts));
    if (draft.events.some((e) => e.kind === 'task.attention_needed')) break;
  }
  return steps;
}
