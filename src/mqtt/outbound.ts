import type { Outbound } from '#coordinator/port.ts';
import type { Reply } from '#schemas/messages.ts';
import { withoutPayload } from '#schemas/refused.ts';
import type { EventKind } from '#schemas/vocabulary.ts';
import { alertTopic, eventTopic, heartbeatTopic, MASS_STALE_TOPIC, pingTopic, replyTopic, STATUS_TOPIC } from './topics.ts';
import type { Transport } from './transport.ts';

/** What the coordinator says, as topics and payloads (contract §2). The transport is asked for at each message, as it is made after what speaks over it. */
export function createOutbound(transport: () => Transport): Outbound {
  const retained = (topic: string, value: object | null): Promise<void> =>
    transport().publish({ topic, payload: value === null ? '' : JSON.stringify(value), retain: true });
  return {
    ping: (agent, row, payload) => {
      const ping = { agentId: row.agent_id, pingId: row.ping_id, assignmentId: row.assignment_id, receipt: String(row.id) };
      const sent = transport().publish({ topic: pingTopic(agent), payload: JSON.stringify(payload), to: { agent, kind: 'ping' }, ping });
      return sent.then(() => ({ receipt: transport().acknowledges(agent) }));
    },
    reply: (agent, reply) => {
      const kind = kindOf(reply);
      const withdraws = kind === 'withdraw' && reply.assignment !== undefined ? { withdraws: reply.assignment.id } : {};
      return transport().publish({ topic: replyTopic(agent), payload: JSON.stringify(reply), to: { agent, kind }, ...withdraws });
    },
    alert: (taskId, alert) => retained(alertTopic(taskId), alert),
    massStale: (alert) => retained(MASS_STALE_TOPIC, alert),
    status: (status) => retained(STATUS_TOPIC, status),
    heartbeat: (agent, payload) => transport().publish({ topic: heartbeatTopic(agent), payload, retain: true }),
    wants: (kind) => transport().wanted(eventTopic(kind)),
    // Main agents may subscribe to events, but refused payloads are not theirs to read (contract §4).
    // as: the resource is made from an event's row, whose kind is one.
    event: (event) => transport().publish({ topic: eventTopic(event.kind as EventKind), payload: JSON.stringify(withoutPayload(event)) }),
    disconnect: (agent) => transport().disconnectAgent(agent),
  };
}

function kindOf({ ok, command }: Reply): 'reply' | 'refusal' | 'withdraw' {
  if (command === 'withdraw') return 'withdraw';
  return ok ? 'reply' : 'refusal';
}
