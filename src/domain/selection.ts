import type { Facts } from './facts.ts';
import type { AgentRow, TaskRow } from './model.ts';

/** What selection finds: an agent, a queue behind full ones, or nobody at all. */
type Selection = { readonly found: AgentRow } | { readonly full: AgentRow[] } | { readonly nobody: true };

export const canWork = (agent: AgentRow): boolean => unavailable(agent) === null;
export const isCapable = (agent: AgentRow, task: TaskRow): boolean => task.required_capabilities.every((c) => agent.capabilities.includes(c));
const hasRoom = (agent: AgentRow, facts: Facts): boolean => (facts.load.get(agent.id) ?? 0) < agent.max_concurrent;

/** Why nothing is given to an agent, whatever the task; null: it may be. */
function unavailable(agent: AgentRow): string | null {
  if (!agent.is_active) return 'is deactivated';
  return agent.is_offline ? 'is offline' : null;
}

/** Why auto-assignment never gives this task to an agent, however free it is; null: it is able. */
function unable(agent: AgentRow, task: TaskRow): string | null {
  if (agent.type !== 'sub_agent') return 'is a main agent: only by escalation';
  const why = unavailable(agent);
  if (why !== null || isCapable(agent, task)) return why;
  return `lacks ${task.required_capabilities.filter((c) => !agent.capabilities.includes(c)).join(', ')}`;
}

/** Why an agent is passed over in auto-assignment; null: it is a candidate. */
export function passedOver(agent: AgentRow, task: TaskRow, facts: Facts): string | null {
  const why = unable(agent, task);
  if (why !== null || hasRoom(agent, facts)) return why;
  return `is full: ${facts.load.get(agent.id) ?? 0} of ${agent.max_concurrent} open`;
}

/** The agent to take this task, contract §3 "Auto-assign". Needs the fleet loaded. */
export function select(task: TaskRow, facts: Facts): Selection {
  const able = [...facts.agents.values()].filter((a) => unable(a, task) === null);
  if (able.length === 0) return { nobody: true };
  const [best] = able.filter((a) => hasRoom(a, facts)).sort((a, b) => compare(a, b, task, facts));
  return best === undefined ? { full: able } : { found: best };
}

/** Proven before unproven; fewest open assignments; longest since its last ack (never first); lowest id. */
function compare(a: AgentRow, b: AgentRow, task: TaskRow, facts: Facts): number {
  const doubt = (x: AgentRow): number => (x.returned_unproven || task.failed_by.includes(x.id) ? 1 : 0);
  return (
    doubt(a) - doubt(b) ||
    (facts.load.get(a.id) ?? 0) - (facts.load.get(b.id) ?? 0) ||
    (a.last_acknowledgment ?? 0) - (b.last_acknowledgment ?? 0) ||
    a.id - b.id
  );
}

/** Why an agent of an escalation chain is skipped; null: it is the target. */
export function notATarget(agent: AgentRow | undefined, task: TaskRow): string | null {
  if (agent === undefined) return 'does not exist';
  const why = unavailable(agent);
  if (why !== null) return why;
  const bar = task.bars.find((b) => b.agent_id === agent.id);
  return bar === undefined ? null : `is barred (${bar.reason})`;
}

/** Who of a chain could not take the task. */
export interface Skipped {
  readonly name: string;
  readonly why: string;
}

/** The first of the chain that may take the task, and who was skipped and why. */
export function firstTarget(chain: readonly string[], task: TaskRow, facts: Facts): { target: AgentRow | null; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  for (const name of chain) {
    const agent = facts.agentNamed(name);
    const why = notATarget(agent, task);
    if (agent !== undefined && why === null) return { target: agent, skipped };
    skipped.push({ name, why: why ?? '' });
  }
  return { target: null, skipped };
}
