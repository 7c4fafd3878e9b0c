import type { Facts } from './facts.ts';
import type { AgentRow, TaskRow } from './model.ts';

/** What selection finds: an agent, a queue behind full ones, or nobody at all. */
export type Selection = { readonly found: AgentRow } | { readonly full: AgentRow[] } | { readonly nobody: true };

export const canWork = (agent: AgentRow): boolean => agent.is_active && !agent.is_offline;
export const isCapable = (agent: AgentRow, task: TaskRow): boolean => task.required_capabilities.every((c) => agent.capabilities.includes(c));
const hasRoom = (agent: AgentRow, facts: Facts): boolean => (facts.load.get(agent.id) ?? 0) < agent.max_concurrent;

/** Why an agent is passed over in auto-assignment; null: it is a candidate. The one place that knows. */
export function passedOver(agent: AgentRow, task: TaskRow, facts: Facts): string | null {
  if (agent.type !== 'sub_agent') return 'is a main agent: only by escalation';
  if (!agent.is_active) return 'is deactivated';
  if (agent.is_offline) return 'is offline';
  if (!isCapable(agent, task)) return `lacks ${task.required_capabilities.filter((c) => !agent.capabilities.includes(c)).join(', ')}`;
  if (!hasRoom(agent, facts)) return `is full: ${facts.load.get(agent.id) ?? 0} of ${agent.max_concurrent} open`;
  return null;
}

/** The agent to take this task, contract §3 "Auto-assign". Needs the fleet loaded. */
export function select(task: TaskRow, facts: Facts): Selection {
  const capable = [...facts.agents.values()].filter((a) => a.type === 'sub_agent' && canWork(a) && isCapable(a, task));
  if (capable.length === 0) return { nobody: true };
  const free = capable.filter((a) => hasRoom(a, facts)).sort((a, b) => compare(a, b, task, facts));
  return free[0] === undefined ? { full: capable } : { found: free[0] };
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
  if (!agent.is_active) return 'is deactivated';
  if (agent.is_offline) return 'is offline';
  const bar = task.bars.find((b) => b.agent_id === agent.id);
  return bar === undefined ? null : `is barred (${bar.reason})`;
}

/** The first of the chain that may take the task, and who was skipped and why. */
export function firstTarget(chain: readonly string[], task: TaskRow, facts: Facts): { target: AgentRow | null; skipped: { name: string; why: string }[] } {
  const skipped: { name: string; why: string }[] = [];
  for (const name of chain) {
    const agent = facts.agentNamed(name);
    const why = notATarget(agent, task);
    if (agent !== undefined && why === null) return { target: agent, skipped };
    skipped.push({ name, why: why ?? '' });
  }
  return { target: null, skipped };
}
