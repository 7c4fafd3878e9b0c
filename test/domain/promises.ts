import { expect } from 'vitest';
import { alertOf } from '#domain/attention.ts';
import { type AssignmentRow, isOpen, isOpenTask, type TaskRow } from '#domain/model.ts';
import { canWork, isCapable, notATarget } from '#domain/selection.ts';
import type { EventKind } from '#schemas/vocabulary.ts';
import type { Scene } from '#test/support/facts.ts';

/** What must have been recorded for an assignment to have come from one status to another. */
const TOLD: Record<AssignmentRow['status'], readonly EventKind[]> = {
  pending: ['assignment.assigned', 'assignment.snooze_over', 'task.updated'],
  acknowledged: ['assignment.acknowledged'],
  snoozed: ['assignment.snoozed'],
  completed: ['assignment.completed'],
  failed: ['assignment.failed'],
};

/** Watches a scene and, after each step and its sweep, checks the promises of contract §1. */
export class Watch {
  readonly #scene: Scene;
  #seen = new Map<number, AssignmentRow>();
  #told = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  check(): void {
    this.#history();
    for (const task of this.#scene.tasks.values()) this.#task(task);
    for (const agent of this.#scene.agents.values())
      if (agent.due_at !== null) expect(agent.due_at, `agent ${agent.name} was judged`).toBeGreaterThan(this.#scene.now);
  }

  /** Closed is closed; each change of status has its event; nobody failed by timeout was not asked. */
  #history(): void {
    const events = this.#scene.events.slice(this.#told);
    for (const a of this.#scene.assignments.values()) {
      const before = this.#seen.get(a.id);
      if (before !== undefined && !isOpen(before)) expect(a, 'a closed assignment changed').toEqual(before);
      if (before?.status !== a.status) {
        const about = events.filter((e) => e.assignment_id === a.id || (e.assignment_id === null && e.task_id === a.task_id)).map((e) => e.kind);
        expect(
          about.some((kind) => TOLD[a.status].includes(kind)),
          `assignment ${a.id} became ${a.status} without an event; there are ${about}`,
        ).toBe(true);
        if (a.failure_reason === 'timeout') this.#wasAsked(a);
      }
      if (isOpen(a)) expect(this.#scene.agents.get(a.agent_id)?.is_active, `assignment ${a.id} has a holder who is there`).toBe(true);
    }
    this.#seen = new Map([...this.#scene.assignments].map(([id, row]) => [id, row]));
    this.#told = this.#scene.events.length;
  }

  #wasAsked(a: AssignmentRow): void {
    const asked = [...this.#scene.pings.values()].some(
      (p) => p.assignment_id === a.id && p.published_at !== null && p.answered_at === null && p.published_at >= (a.answered_at ?? 0),
    );
    expect(asked, `assignment ${a.id} failed by timeout and was never asked`).toBe(true);
  }

  #task(task: TaskRow): void {
    const open = [...this.#scene.assignments.values()].filter((a) => a.task_id === task.id && isOpen(a));
    expect(open.length, `open assignments of task ${task.id}`).toBeLessThanOrEqual(isOpenTask(task) ? 1 : 0);
    expect(task.escalation_count).toBeLessThanOrEqual(this.#scene.policy.maxEscalationAttempts);
    this.#alert(task, open[0]);
    if (task.due_at !== null) expect(task.due_at, `the moment of task ${task.id} has passed`).toBeGreaterThan(this.#scene.now);
    if (!isOpenTask(task) || !task.is_ping_enabled) return;
    if (open[0] !== undefined) this.#held(open[0]);
    else if (!this.#isBlocked(task)) this.#waits(task);
  }

  #alert(task: TaskRow, open: AssignmentRow | undefined): void {
    const holder = open === undefined ? null : (this.#scene.agents.get(open.agent_id)?.name ?? null);
    expect(this.#scene.alerts.get(task.id) ?? null, `the alert of task ${task.id}`).toEqual(alertOf(task, holder));
    if (task.needs_attention !== null) expect(task.attention_remind_at, `people are reminded of task ${task.id}`).toBeGreaterThan(this.#scene.now);
  }

  #held(a: AssignmentRow): void {
    expect(a.due_at, `assignment ${a.id} (${a.status}) has a next moment`).not.toBeNull();
    expect(a.due_at, `the moment of assignment ${a.id} has passed`).toBeGreaterThan(this.#scene.now);
  }

  /** Nobody holds it: then a person was called, or it is queued behind agents who are full. */
  #waits(task: TaskRow): void {
    const able = [...this.#scene.agents.values()].filter((a) => a.type === 'sub_agent' && canWork(a) && isCapable(a, task));
    if (task.needs_attention === null) {
      expect(task.queued_at, `task ${task.id} is neither held nor queued, and no person was called`).not.toBeNull();
      expect(task.waiting_notice_at).not.toBeNull();
      expect(
        able.filter((a) => this.#load(a.id) < a.max_concurrent).map((a) => a.name),
        `task ${task.id} is queued while somebody is free`,
      ).toEqual([]);
    } else if (task.needs_attention === 'no_target') {
      const parked = task.parked_assignment_id === null ? undefined : this.#scene.assignments.get(task.parked_assignment_id);
      if (parked === undefined)
        expect(
          able.map((a) => a.name),
          `task ${task.id} is parked while somebody is able`,
        ).toEqual([]);
      const chain = parked?.chain ?? task.escalation_chain ?? this.#scene.policy.escalationChain;
      const named = chain.map((name) => [...this.#scene.agents.values()].find((a) => a.name === name));
      expect(
        named.filter((a) => notATarget(a, task) === null).map((a) => a?.name),
        `task ${task.id} is parked while there is a target`,
      ).toEqual([]);
    }
  }

  #isBlocked = (task: TaskRow): boolean =>
    task.blocked_by.some((id) => {
      const b = this.#scene.tasks.get(id);
      return b !== undefined && isOpenTask(b);
    });
  #load = (agentId: number): number => [...this.#scene.assignments.values()].filter((a) => a.agent_id === agentId && isOpen(a)).length;
}
