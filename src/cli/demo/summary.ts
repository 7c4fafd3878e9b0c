import type { Rest } from '#cli/rest.ts';
import type { Agent, Event, Task } from '#schemas/resources.ts';

export interface Summary {
  readonly tasks: number;
  readonly completed: number;
  readonly open: number;
  readonly pings: number;
  readonly acknowledgments: number;
  readonly snoozes: number;
  readonly stale_agents: number;
  readonly escalations: number;
  /** Tasks that are gone, or open and held by nothing: no agent, no queue, nobody told. */
  readonly lost: number;
  readonly seconds: number;
}

/** What the coordinator itself says happened: nothing here is counted along the way. `given` are the tasks that it accepted. */
export async function summarize(rest: Rest, given: readonly number[], seconds: number): Promise<Summary> {
  const tasks = new Map((await rest.all<Task>('/tasks')).map((task) => [task.id, task]));
  const agents = await rest.all<Agent>('/agents');
  const events = await rest.all<Event>('/events');
  const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
  const all = [...tasks.values()];
  return {
    tasks: tasks.size,
    completed: all.filter(({ status }) => status === 'done').length,
    open: all.filter(isOpen).length,
    pings: count('assignment.pinged'),
    acknowledgments: count('assignment.acknowledged'),
    snoozes: count('assignment.snoozed'),
    stale_agents: count('agent.stale'),
    escalations: events.filter(({ kind, data }) => kind === 'assignment.escalated' && data['to'] !== null).length,
    lost: given.filter((id) => isLost(tasks.get(id), agents)).length,
    seconds: Math.round(seconds * 10) / 10,
  };
}

const isOpen = ({ status }: Task): boolean => status === 'todo' || status === 'in_progress';

/** A task that waits because every capable agent is full is held by the queue; one that waits beside an idle capable agent is not held by anything. */
function isLost(task: Task | undefined, agents: readonly Agent[]): boolean {
  if (task === undefined) return true;
  if (!isOpen(task) || task.assigned_agent_id !== null || task.needs_attention !== null) return false;
  return agents.some(
    ({ type, status, capabilities }) =>
      type === 'sub_agent' && status === 'idle' && task.required_capabilities.every((needed) => capabilities.includes(needed)),
  );
}

export function summaryText(s: Summary): string {
  const open = s.open === 0 ? '' : `, ${s.open} still open`;
  return [
    `After ${s.seconds} s: ${s.completed} of ${s.tasks} tasks completed${open}`,
    `  pings ${s.pings} · acknowledgments ${s.acknowledgments} · snoozes ${s.snoozes} · stale agents ${s.stale_agents} · escalations ${s.escalations}`,
    `  lost: ${s.lost}`,
  ].join('\n');
}
