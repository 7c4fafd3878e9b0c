import type { AgentType } from '#schemas/vocabulary.ts';
import { changedFields } from './changed-fields.ts';
import type { RegisterAgent, RenewToken, UpdateAgent } from './command.ts';
import type { Draft } from './draft.ts';
import { available, escalateAll, leaveMassStale } from './liveness.ts';
import type { AgentRow } from './model.ts';
import type { Policy } from './policy.ts';
import { changedMeanwhile, type Refusal, refuse } from './refusal.ts';

/** The main agent that is always there (contract §3 "Ruto"). */
export const RUTO = 'Ruto';
const RUTO_CAPABILITIES = ['task_management', 'escalation', 'coordination'];

const noAgent = (id: number): Refusal => refuse('agent_not_found', `There is no agent ${id}.`);

/** A new agent's row with nothing happened yet. */
export function newAgent(
  id: number,
  fields: {
    name: string;
    type: AgentType;
    capabilities: string[];
    endpoint_url: string | null;
    timeout_minutes: number;
    max_concurrent: number;
    token_hash: string;
    webhook_secret: string;
  },
  now: number,
): AgentRow {
  return {
    id,
    ...fields,
    name_key: fields.name.toLowerCase(),
    is_active: true,
    created_at: now,
    last_acknowledgment: null,
    last_heartbeat: null,
    heartbeat: null,
    session: null,
    interval_seconds: null,
    is_offline: false,
    offline_since: null,
    in_grace: false,
    stale_at: null,
    escalate_at: null,
    due_at: null,
    returned_unproven: false,
    revision: 1,
  };
}

/** What Ruto is registered with at the first start, and whenever missing. */
export const rutoCommand = (tokenHash: string, webhookSecret: string, policy: Policy): RegisterAgent => ({
  type: 'register_agent',
  name: RUTO,
  agent_type: 'main_agent',
  capabilities: RUTO_CAPABILITIES,
  endpoint_url: null,
  timeout_minutes: policy.rutoTimeoutMinutes,
  max_concurrent: 1,
  token_hash: tokenHash,
  webhook_secret: webhookSecret,
});

export function registerAgent(draft: Draft, command: RegisterAgent): AgentRow | Refusal {
  const { facts, policy } = draft;
  const there = facts.agentNamed(command.name);
  if (there !== undefined)
    return refuse('agent_exists', `An agent named ${there.name} exists${there.is_active ? '' : ' (deactivated; PATCH is_active brings it back)'}.`);
  const { type: _t, agent_type, timeout_minutes, ...fields } = command;
  const agent = newAgent(
    facts.ids.next('agent'),
    { ...fields, type: agent_type, timeout_minutes: timeout_minutes ?? policy.defaultAgentTimeoutMinutes },
    draft.now,
  );
  draft.insert('agent', agent);
  facts.addAgent(agent);
  facts.load.set(agent.id, 0);
  draft.event('agent.registered', { agent: agent.id, data: { name: agent.name, type: agent.type, capabilities: agent.capabilities } });
  available(draft, agent);
  return agent;
}

export function updateAgent(draft: Draft, command: UpdateAgent): AgentRow | Refusal {
  const agent = draft.facts.agents.get(command.agent_id);
  if (agent === undefined) return noAgent(command.agent_id);
  if (command.if_revision !== undefined && command.if_revision !== agent.revision) return changedMeanwhile(`Agent ${agent.name}`);
  if (command.is_active === false && agent.name === RUTO) return refuse('conflict', `${RUTO} can be neither deleted nor deactivated.`);
  const { type: _t, agent_id: _id, if_revision: _r, is_active, ...rest } = command;
  const fields = changedFields(agent, rest);
  if (Object.keys(fields).length > 0) {
    draft.updateAgent(agent, { ...fields, revision: agent.revision + 1 });
    draft.event('agent.updated', { agent: agent.id, data: fields });
    draft.sweeping.push({ op: 'queue' });
    available(draft, agent);
  }
  if (is_active === false && agent.is_active) deactivate(draft, agent);
  else if (is_active === true && !agent.is_active) activate(draft, agent);
  return agent;
}

/** Nobody's holder any more: what it holds goes on along the chain, then its sessions are closed. Its history stays. */
function deactivate(draft: Draft, agent: AgentRow): void {
  if (agent.escalate_at !== null) leaveMassStale(draft);
  draft.updateAgent(agent, { is_active: false, stale_at: null, escalate_at: null, in_grace: false, revision: agent.revision + 1 });
  draft.event('agent.deactivated', { agent: agent.id, data: { name: agent.name } });
  escalateAll(draft, agent, 'deactivated');
  draft.sweeping.push({ op: 'queue' });
  draft.say({ to: 'disconnect', name: agent.name });
}

/** Back as a newcomer: supervised again from its next heartbeat on. */
function activate(draft: Draft, agent: AgentRow): void {
  draft.updateAgent(agent, { is_active: true, is_offline: false, offline_since: null, session: null, revision: agent.revision + 1 });
  draft.event('agent.updated', { agent: agent.id, data: { is_active: true } });
  available(draft, agent);
}

export function renewToken(draft: Draft, command: RenewToken): AgentRow | Refusal {
  const agent = draft.facts.agents.get(command.agent_id);
  if (agent === undefined) return noAgent(command.agent_id);
  draft.updateAgent(agent, { token_hash: command.token_hash });
  draft.event('agent.token_renewed', { agent: agent.id });
  draft.say({ to: 'disconnect', name: agent.name });
  return agent;
}
