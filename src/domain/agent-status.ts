import type { AgentStatus } from '#schemas/vocabulary.ts';
import type { AgentRow } from './model.ts';

/** How many open assignments an agent has: acknowledged ones, and the others (pending, snoozed). */
interface OpenCounts {
  readonly acknowledged: number;
  readonly other: number;
}

/** The one place that says what an agent is doing (contract §3, "Agent status"): a stale agent is offline whatever it holds. */
export function agentStatus(agent: Pick<AgentRow, 'is_offline'>, open: OpenCounts): AgentStatus {
  if (agent.is_offline) return 'offline';
  if (open.acknowledged > 0) return 'working';
  return open.other > 0 ? 'busy' : 'idle';
}
