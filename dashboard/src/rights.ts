import type { Agent } from '#schemas/resources.ts';
import { me } from './store.ts';

/** What whoever is logged in may do (contract: who may); the server has the last word. And why not. */

type Deed = 'read_figures' | 'direct_tasks' | 'change_tasks' | 'change_agents' | 'resolve';
export function may(deed: Deed): boolean {
  const role = me.value?.role;
  if (role === 'admin') return true;
  return role === 'main_agent' && deed !== 'change_tasks' && deed !== 'change_agents';
}

const NOT_YOURS = 'Your login may not do this';

/** Acks and snoozes in the name of this agent. */
export const speaksFor = (agentId: number): boolean => me.value?.role === 'admin' || me.value?.agent_id === agentId;

/** Why this agent cannot be deactivated, or false. */
export function whyNotDeactivated(agent: Agent): string | false {
  if (!may('change_agents')) return NOT_YOURS;
  return agent.name === 'Ruto' && 'Ruto has to stay: whatever nobody else takes goes there';
}
