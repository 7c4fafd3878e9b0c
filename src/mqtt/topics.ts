import { COMMAND_LEAVES, type EventKind } from '#schemas/vocabulary.ts';

/** Every topic name the product speaks (contract §2) is built or taken apart here, and nowhere else. */

export const HEARTBEAT_LEAF = 'heartbeat';
export const STATUS_TOPIC = 'coordinator/status';
export const MASS_STALE_TOPIC = 'coordinator/alerts/mass-stale';

export const pingTopic = (agent: string): string => `agents/${agent}/ping`;
export const replyTopic = (agent: string): string => `agents/${agent}/reply`;
export const heartbeatTopic = (agent: string): string => `agents/${agent}/${HEARTBEAT_LEAF}`;
export const alertTopic = (taskId: number): string => `coordinator/alerts/${taskId}`;
/** `task.created` → `coordinator/events/task/created`. */
export const eventTopic = (kind: EventKind): string => `coordinator/events/${kind.replace('.', '/')}`;

const INBOUND_LEAVES: ReadonlySet<string> = new Set([...COMMAND_LEAVES, HEARTBEAT_LEAF]);

/** The agent and the leaf of a topic on which clients speak to us; null for every other topic. Case matters. */
export function parseInbound(topic: string): { agent: string; leaf: string } | null {
  const [root, agent, leaf, ...rest] = topic.split('/');
  if (root !== 'agents' || !agent || !leaf || rest.length > 0 || !INBOUND_LEAVES.has(leaf)) return null;
  return { agent, leaf };
}
