import type { Connection } from '#mqtt/connection.ts';
import type { Session } from '#mqtt/sessions.ts';
import type { Mask } from '#schemas/refused.ts';
import { iso } from '#schemas/time.ts';
import type { ConnectionEnd } from '#schemas/vocabulary.ts';
import type { AgentConnections, EndedConnection, MqttConnection, MqttSession } from '#schemas/wire.ts';
import type { Wire } from './wire.ts';

/** Of a session's subscriptions, so many are told. */
const MAX_FILTERS = 50;

/** The connections of an agent that are, those that have ended lately, and the sessions that wait for one. */
export function connectionsOf(agent: string, sessions: readonly Session[], wire: Wire, mask: Mask): AgentConnections {
  const connected = sessions.flatMap((session) => viewOfConnection(session, mask) ?? []);
  const stored = sessions.flatMap((session) => viewOfStored(session, mask) ?? []);
  return {
    listening_since: wire.listeningSince(agent),
    connected: connected.sort((a, b) => b.connected_at.localeCompare(a.connected_at)),
    stored: stored.sort((a, b) => b.disconnected_at.localeCompare(a.disconnected_at)),
    ...wire.pastConnectionsOf(agent),
  };
}

function viewOfConnection(session: Session, mask: Mask): MqttConnection | null {
  const { connection } = session;
  if (connection === null || connection.acceptedAt === 0 || connection.request === null) return null;
  const { origin, request } = connection;
  return {
    ...sessionFields(session, mask),
    by_session: request.username === undefined,
    connected_at: iso(connection.acceptedAt),
    last_packet_at: iso(connection.lastReadAt),
    protocol: request.protocolVersion === 3 ? '3.1' : '3.1.1',
    transport: origin.transport,
    remote_address: origin.address,
    is_clean: !session.persistent,
    keepalive_seconds: request.keepalive ?? 0,
    has_will: request.will !== undefined,
  };
}

function viewOfStored(session: Session, mask: Mask): MqttSession | null {
  if (!session.persistent || session.disconnectedAt === null) return null;
  return { ...sessionFields(session, mask), disconnected_at: iso(session.disconnectedAt) };
}

function sessionFields({ clientId, filters, outbox }: Session, mask: Mask) {
  const subscriptions = [...filters].slice(0, MAX_FILTERS).map(([filter, qos]) => ({ filter: mask(filter), qos }));
  return { client_id: mask(clientId), subscriptions, subscription_count: filters.size, ...outbox.backlog };
}

/** What is remembered of a connection that had its CONNACK. To be made before it gives up its client id. */
export function endedConnection(connection: Connection, now: number): EndedConnection {
  const { client, origin, acceptedAt } = connection;
  const { reason, detail } = connection.end ?? { reason: quietEnd(connection), detail: null };
  return {
    client_id: client.id,
    transport: origin.transport,
    remote_address: origin.address,
    connected_at: iso(acceptedAt),
    ended_at: iso(now),
    reason,
    detail,
  };
}

/** Where nobody has said why. Whoever took its client id over has claimed it before this stream closed. */
function quietEnd({ saidGoodbye, session }: Connection): ConnectionEnd {
  if (saidGoodbye) return 'disconnected';
  return (session?.holders.size ?? 0) > 1 ? 'taken_over' : 'lost';
}

/** What an error of a connection says about its end: by Aedes' words for a timeout, by the system's code for a broken network; else the client spoke wrongly. */
export function endOf(error: Error): ConnectionEnd {
  if (error.message === 'keep alive timeout') return 'keepalive';
  if (error.message === 'drain timeout') return 'stalled';
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('E') ? 'lost' : 'refused_packet';
}
