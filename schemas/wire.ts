import Type, { type Static } from 'typebox';
import { described, Nullable, Time } from './scalars.ts';
import { CODE_NAMES, CONNECT_REFUSAL_NAMES, CONNECTION_ENDS, MQTT_TRANSPORTS, SAID_STATES, TOLD_STATES, WIRE_KINDS } from './vocabulary.ts';

/** What the broker itself knows of an agent: its last raw messages, and its connections (contract §4). Kept in memory alone. */

const Qos = Type.Integer({ minimum: 0, maximum: 2 });
const ListeningSince = described(
  Nullable(Time),
  'Nothing before it is known: the start of the server, or later where much was forgotten since. Null: the broker is not ours and tells nobody',
);
const RemoteAddress = Nullable(Type.String({ description: 'Of the other end; null where its socket was gone already' }));
const Transport = Type.Enum([...MQTT_TRANSPORTS]);

export const WireMessage = Type.Object({
  n: Type.Integer({ minimum: 1, description: 'Counts the messages of all agents since the server’s start' }),
  at: described(Time, 'When it was read, or handed out, by the server’s clock'),
  direction: Type.Enum(['in', 'out'], { description: 'in: to the coordinator; out: from it' }),
  kind: Type.Enum([...WIRE_KINDS], { description: 'forbidden: a PUBLISH that closed its connection; last_will: said by the broker, as the connection broke' }),
  topic: Type.String(),
  qos: described(Qos, 'Of the PUBLISH; from the coordinator: as it was written to the agent, 1 while it was not'),
  retain: Type.Boolean({ description: 'The flag of the PUBLISH. On a command it is stripped' }),
  dup: Type.Boolean({ description: 'The flag of the PUBLISH; from the coordinator: it was written more than once' }),
  bytes: Type.Integer({ minimum: 0, description: 'Of the whole payload' }),
  payload: Nullable(
    Type.String({ description: 'Its first 1 KiB as UTF-8, tokens masked; null: it was over MAX_PAYLOAD_BYTES, or is not this reader’s to see' }),
  ),
  is_cut: Type.Boolean({ description: 'The payload goes on' }),
  by: Nullable(Type.String({ description: 'Who published it: the agent, or admin in its name; null: the coordinator' })),
  client_id: Nullable(Type.String({ description: 'Of the connection it came on' })),
  state: Type.Enum([...SAID_STATES, ...TOLD_STATES], {
    description:
      'in: pending (not committed yet), taken, refused (see code), ignored (a heartbeat of an older session, or not valid), not_committed (no PUBACK left). ' +
      'out: unheard (no connection or session of the agent subscribes to it), waiting (for the agent to read or come back), sent, acknowledged (by the agent’s client), ' +
      'dropped (a newer ping took its place, its session ended, or it listens at QoS 0)',
  }),
  code: Nullable(Type.Enum(CODE_NAMES, { description: 'Of a refusal' })),
});
export type WireMessage = Static<typeof WireMessage>;

export const AgentMessages = Type.Object(
  {
    listening_since: ListeningSince,
    messages: Type.Array(WireMessage, { maxItems: 20, description: 'Newest first: commands, pings, replies' }),
    heartbeats: Type.Array(WireMessage, { maxItems: 5, description: 'Newest first, Last Wills among them' }),
  },
  { $id: 'agent_messages', title: 'AgentMessages', description: 'The last raw MQTT messages of an agent, in and out.' },
);
export type AgentMessages = Static<typeof AgentMessages>;

const Subscription = Type.Object({ filter: Type.String(), qos: Qos });
const sessionFields = {
  client_id: Type.String(),
  subscriptions: Type.Array(Subscription, { maxItems: 50, description: 'As granted; the first 50' }),
  subscription_count: Type.Integer({ minimum: 0 }),
  waiting: Type.Integer({ minimum: 0, description: 'Messages that wait to be written' }),
  unacknowledged: Type.Integer({ minimum: 0, description: 'Messages written at QoS 1 or 2 and not acknowledged; repeated when it comes back' }),
};

export const MqttConnection = Type.Object({
  ...sessionFields,
  by_session: Type.Boolean({ description: 'It named no user: a page of the dashboard, by its login' }),
  connected_at: Time,
  last_packet_at: described(Time, 'When anything was read from it; PINGREQ counts'),
  protocol: Type.Enum(['3.1', '3.1.1']),
  transport: Transport,
  remote_address: RemoteAddress,
  is_clean: Type.Boolean({ description: 'CleanSession: what waits for it is gone when it ends' }),
  keepalive_seconds: Type.Integer({ minimum: 0, description: '0: it asked for none' }),
  has_will: Type.Boolean({ description: 'It left a Last Will' }),
});
export type MqttConnection = Static<typeof MqttConnection>;
export const MqttSession = Type.Object({ ...sessionFields, disconnected_at: Time });
export type MqttSession = Static<typeof MqttSession>;
export const EndedConnection = Type.Object({
  client_id: Type.String(),
  transport: Transport,
  remote_address: RemoteAddress,
  connected_at: Time,
  ended_at: Time,
  reason: Type.Enum([...CONNECTION_ENDS], {
    description:
      'disconnected (it said DISCONNECT), lost (the network connection ended without), keepalive (silent for 1.5 times its keepalive), taken_over (another connection with its client id), ' +
      'refused_packet (it sent what may not be sent), not_committed (a command could not be committed, so that it repeats it), stalled (it took nothing, or too little), ' +
      'credentials_changed (its token was renewed, or it was deactivated)',
  }),
  detail: Nullable(Type.String({ description: 'In the words of the broker' })),
});
export type EndedConnection = Static<typeof EndedConnection>;
export const RefusedConnect = Type.Object({
  at: Time,
  client_id: Type.String(),
  transport: Transport,
  remote_address: RemoteAddress,
  connack: Type.Integer({ minimum: 2, maximum: 5, description: 'The return code it was given' }),
  reason: Type.Enum(CONNECT_REFUSAL_NAMES),
});
export type RefusedConnect = Static<typeof RefusedConnect>;

export const AgentConnections = Type.Object(
  {
    listening_since: ListeningSince,
    connected: Type.Array(MqttConnection, { description: 'Newest first' }),
    stored: Type.Array(MqttSession, { description: 'Persistent sessions without a connection, for which messages wait; last seen first' }),
    ended: Type.Array(EndedConnection, { maxItems: 5, description: 'Newest first' }),
    refused: Type.Array(RefusedConnect, { maxItems: 5, description: 'CONNECTs under its name that were refused, newest first' }),
  },
  { $id: 'agent_connections', title: 'AgentConnections', description: 'The MQTT connections and sessions of an agent.' },
);
export type AgentConnections = Static<typeof AgentConnections>;
