import { at } from './message-examples.ts';
import type { AgentConnections, AgentMessages } from './wire.ts';

const agentMessages: AgentMessages = {
  listening_since: at('08:00:00'),
  messages: [
    {
      n: 42,
      at: at('09:00:05'),
      direction: 'in',
      kind: 'ack',
      topic: 'agents/alice/ack',
      qos: 1,
      retain: false,
      dup: false,
      bytes: 14,
      payload: '{"task_id": 1}',
      is_cut: false,
      by: 'alice',
      client_id: 'alice-laptop',
      state: 'taken',
      code: null,
    },
  ],
  heartbeats: [],
};
const session = { client_id: 'alice-laptop', subscriptions: [{ filter: 'agents/alice/#', qos: 1 }], subscription_count: 1, waiting: 0, unacknowledged: 0 };
const agentConnections: AgentConnections = {
  listening_since: at('08:00:00'),
  connected: [
    {
      ...session,
      by_session: false,
      connected_at: at('08:59:00'),
      last_packet_at: at('09:00:30'),
      protocol: '3.1.1',
      transport: 'tcp',
      remote_address: '127.0.0.1',
      is_clean: true,
      keepalive_seconds: 60,
      has_will: true,
    },
  ],
  stored: [],
  ended: [
    {
      client_id: 'alice-laptop',
      transport: 'tcp',
      remote_address: '127.0.0.1',
      connected_at: at('08:00:00'),
      ended_at: at('08:58:00'),
      reason: 'keepalive',
      detail: null,
    },
  ],
  refused: [{ at: at('08:58:30'), client_id: 'alice-laptop', transport: 'tcp', remote_address: '127.0.0.1', connack: 5, reason: 'wrong_credentials' }],
};
/** Of the schemas in wire.ts. */
export const WIRE = { agent_messages: agentMessages, agent_connections: agentConnections };
