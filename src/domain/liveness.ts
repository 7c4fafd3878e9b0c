import type { MassStaleAlert } from '#schemas/messages.ts';
import { iso, isoOrNull } from '#schemas/time.ts';
import type { Draft } from './draft.ts';
import { escalate } from './escalation.ts';
import type { FleetHealth } from './facts.ts';
import { measureReturn } from './measure.ts';
import { type AgentRow, isOpen } from './model.ts';
import { agentDueAt } from './moments.ts';
import type { AgentLeaving, AgentOnline } from './own-command.ts';
import type { Policy } from './policy.ts';
import { holdsAgain, withdraw } from './withdrawing.ts';

/** The mass-stale rule needs at least so many agents. */
const MASS_STALE_MIN_AGENTS = 4;
/** An agent that was online so long ago still counts for the mass-stale rule. */
export const RECENTLY_ONLINE_MS = 60_000;
/** Without a beat for so many intervals an agent counts as shaky in the mass-stale rule. */
export const SHAKY_INTERVALS = 1.5;

/** The moment an agent counts as stale unless it beats again. */
export const staleAt = (receivedAt: number, intervalSeconds: number, policy: Policy): number =>
  Math.round(receivedAt + policy.heartbeatMisses * intervalSeconds * 1000);

/** Contract §3 "Mass stale": one event, not fifty dead agents. */
const isMassStale = (fleet: FleetHealth, policy: Policy): boolean =>
  fleet.size >= MASS_STALE_MIN_AGENTS && fleet.shaky * 100 > policy.massStalePercent * fleet.size;

/** A first heartbeat, one of a new session, or one after silence. */
export function online(draft: Draft, agent: AgentRow, command: AgentOnline): void {
  const wasOffline = agent.is_offline;
  const isNew = agent.last_heartbeat === null;
  const waited = agent.escalate_at !== null;
  measureReturn(draft, agent);
  draft.updateAgent(agent, {
    session: command.session,
    interval_seconds: command.interval_seconds,
    last_heartbeat: command.received_at,
    heartbeat: command.heartbeat,
    is_offline: false,
    offline_since: null,
    in_grace: false,
    stale_at: staleAt(command.received_at, command.interval_seconds, draft.policy),
    escalate_at: null,
    returned_unproven: agent.returned_unproven || wasOffline,
  });
  if (wasOffline || isNew) draft.event('agent.online', { agent: agent.id, data: { session: command.session } });
  if (!wasOffline && !isNew) return;
  tellMissed(draft, agent);
  available(draft, agent);
  if (waited) leaveMassStale(draft);
}

/** What was taken from it for being stale it hears of now. The facts hold those closed since it went away. */
function tellMissed(draft: Draft, agent: AgentRow): void {
  for (const a of draft.facts.assignments.values()) {
    if (a.agent_id === agent.id && !isOpen(a) && a.failure_reason === 'stale' && !holdsAgain(draft, a)) withdraw(draft, a);
  }
}

/** Somebody may work now who could not before: the queue and what is parked are looked at. */
export function available(draft: Draft, agent: AgentRow): void {
  if (agent.type === 'sub_agent') draft.sweeping.push({ op: 'capacity', capabilities: agent.capabilities, slots: agent.max_concurrent });
  draft.sweeping.push({ op: 'parked' });
}

/** A goodbye of the current session: it is stale after the grace unless it is back. Of an older session: nothing. */
export function leaving(draft: Draft, agent: AgentRow, command: AgentLeaving): void {
  if (agent.session !== command.session || agent.is_offline || agent.stale_at === null) return;
  draft.updateAgent(agent, {
    in_grace: true,
    heartbeat: command.heartbeat,
    stale_at: Math.round(command.received_at + draft.policy.offlineGraceSeconds * 1000),
  });
}

/** An agent's moment has come: it is stale, or its mass-stale grace is over. */
export function agentDue(draft: Draft, agent: AgentRow): void {
  if (agent.due_at !== agentDueAt(agent)) return draft.updateAgent(agent, {}); // not its moment: a row that is due for nothing must not be found again and again
  if (agent.due_at === null || agent.due_at > draft.now) return;
  if (agent.is_offline) graceOver(draft, agent);
  else goStale(draft, agent);
}

function goStale(draft: Draft, agent: AgentRow): void {
  const { now, policy, facts } = draft;
  const mass = isMassStale(facts.fleet, policy);
  draft.updateAgent(agent, {
    is_offline: true,
    offline_since: now,
    stale_at: null,
    in_grace: false,
    escalate_at: mass ? Math.round(now + policy.massStaleGraceSeconds * 1000) : null,
  });
  draft.event('agent.stale', { agent: agent.id, data: { last_heartbeat: isoOrNull(agent.last_heartbeat), mass } });
  draft.sweeping.push({ op: 'queue' });
  if (mass) joinMassStale(draft, agent);
  else escalateAll(draft, agent, 'stale');
}

function graceOver(draft: Draft, agent: AgentRow): void {
  draft.updateAgent(agent, { escalate_at: null });
  escalateAll(draft, agent, 'stale');
  leaveMassStale(draft);
}

/** One agent less waits for the end of its grace; the last one takes the alert with it. */
export function leaveMassStale(draft: Draft): void {
  const waiting = draft.facts.fleet.waiting - 1;
  draft.facts.fleet = { ...draft.facts.fleet, waiting };
  if (waiting === 0) draft.say({ to: 'mass_stale', alert: null });
}

function joinMassStale(draft: Draft, agent: AgentRow): void {
  const { facts } = draft;
  if (facts.fleet.waiting === 0) {
    draft.event('agent.mass_stale', { data: { shaky: facts.fleet.shaky, of: facts.fleet.size } });
    draft.notify(
      'mass_stale',
      null,
      'Many agents went silent at once',
      `${facts.fleet.shaky} of ${facts.fleet.size} agents are silent. Their escalations wait ${draft.policy.massStaleGraceSeconds} s.`,
    );
    draft.say({ to: 'mass_stale', alert: massStaleAlert(facts.fleet.shaky, draft.now, agent.escalate_at ?? draft.now) });
  }
  facts.fleet = { ...facts.fleet, waiting: facts.fleet.waiting + 1 };
}

export const massStaleAlert = (agents: number, since: number, escalateAt: number): MassStaleAlert => ({
  reason: 'mass_stale',
  agents,
  since: iso(since),
  escalate_at: iso(escalateAt),
});

/** Everything it holds with pinging on goes on along the chain. */
export function escalateAll(draft: Draft, agent: AgentRow, reason: 'stale' | 'deactivated'): void {
  for (const a of draft.facts.openHeldBy(agent.id)) {
    const task = draft.facts.tasks.get(a.task_id);
    if (task !== undefined && (task.is_ping_enabled || reason === 'deactivated')) escalate(draft, a, task, reason);
  }
}
