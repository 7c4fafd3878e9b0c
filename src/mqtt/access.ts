import type { Principal } from '#domain/principal.ts';
import { covers } from './filters.ts';
import { HEARTBEAT_LEAF, parseInbound, STATUS_TOPIC } from './topics.ts';

/** Who may do what on MQTT: the table of contract §5, and its only copy. Names are compared exactly; another case is a stranger. */

/** `ping`, `reply` and `coordinator/…` are the coordinator's alone, and it does not publish through a connection: not even the admin may. */
export function mayPublish(principal: Principal, topic: string): boolean {
  const target = parseInbound(topic);
  if (!target) return false;
  switch (principal.kind) {
    case 'admin':
      return true;
    case 'agent':
      return target.agent === principal.name && (target.leaf !== 'assign' || principal.type === 'main_agent');
    case 'coordinator':
      return false;
    default:
      return principal satisfies never;
  }
}

/** A Last Will may only say that an agent is gone: a will on a command topic would complete a task because a network broke. */
export const mayLeaveWill = (principal: Principal, topic: string): boolean => mayPublish(principal, topic) && parseInbound(topic)?.leaf === HEARTBEAT_LEAF;

/**
 * A filter is granted only if everything it can match is allowed: nothing is granted and then silently filtered.
 * `$share/…` is refused to everybody: in MQTT 3.1.1 it is an ordinary name, and who asks for it expects the load to be shared.
 */
export function maySubscribe(principal: Principal, filter: string): boolean {
  if (filter === '$share' || filter.startsWith('$share/')) return false;
  switch (principal.kind) {
    case 'admin':
      return true;
    case 'agent':
      return readable(principal).some((allowed) => covers(allowed, filter));
    case 'coordinator':
      return false;
    default:
      return principal satisfies never;
  }
}

function readable(agent: Extract<Principal, { kind: 'agent' }>): string[] {
  const own = [`agents/${agent.name}/#`, STATUS_TOPIC];
  return agent.type === 'main_agent' ? [...own, 'coordinator/#', 'agents/+/heartbeat'] : own;
}
