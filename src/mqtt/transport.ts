import type { Duplex } from 'node:stream';
import type { Principal } from '#domain/principal.ts';
import type { Code, MqttTransport, WireKind } from '#schemas/vocabulary.ts';
import type { AgentConnections, AgentMessages } from '#schemas/wire.ts';

/** One PUBLISH of a client, before anyone has looked into its payload. */
export interface InboundMessage {
  readonly principal: Principal;
  /** `<name>` of `agents/<name>/<leaf>`, exactly as in the topic. For an agent this is its own name; the admin may name any. */
  readonly agent: string;
  /** `ack`, `snooze`, `complete`, `fail`, `assign`, `sync` or `heartbeat`. */
  readonly leaf: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  /** MQTT packet identifier; null at QoS 0. */
  readonly packetId: number | null;
  /** Names the connection it came on; never reused by this process. */
  readonly connection: string;
}

/** What the coordinator's side does for a transport. Every method is called from the broker's own event loop turn. */
export interface TransportHandlers {
  /** The principal of these credentials, or null. `username` and `password` as sent; null where absent. */
  authenticate(username: string | null, password: string | null): Promise<Principal | null>;
  /** Whether an active agent has exactly this name. */
  isAgent(name: string): boolean;
  /**
   * Takes a command. Resolves when its effect or its refusal (whose code it gives) is committed: only then may the PUBACK (PUBREC) leave.
   * Rejects when it could be neither (storage refuses, we are stopping): then no PUBACK leaves and the connection closes.
   */
  takeCommand(message: InboundMessage): Promise<Code | null>;
  /**
   * Judges a heartbeat (or the Last Will of a heartbeat topic: `will` true) and answers at once, before any commit:
   * `keep` → retain and forward it; `drop` → acknowledge it, but neither retain nor forward it: the retained heartbeat stays what it was.
   */
  takeHeartbeat(message: InboundMessage, will: boolean): 'keep' | 'drop';
  /** A forbidden PUBLISH; the transport closes the connection after this resolves. */
  refusedPublish(message: { principal: Principal; topic: string; payload: Buffer }): Promise<void>;
  /**
   * An agent (never the admin) was granted a filter that matches its own ping topic, or came back to a stored session that has one.
   * `has(pingId)` says whether that ping was already written, or waits to be written, to this connection.
   */
  listening(agentId: number, connection: string, has: (pingId: string) => boolean): void;
  /**
   * The same for its own reply topic, and the withdrawals said there. `has(assignmentId)` says whether that one is known to have reached the agent
   * since this process began, or is on its way to this connection.
   */
  listeningToReplies(agentId: number, has: (assignmentId: number) => boolean): void;
  /** The client acknowledged (PUBACK, PUBCOMP) this very delivery of a ping on a connection of the pinged agent itself. */
  delivered(receipt: string): void;
}

/** Where a stream of MQTT packets comes from. */
export interface Origin {
  readonly transport: MqttTransport;
  /** Null where its socket is gone already. */
  readonly address: string | null;
  /** Who it acts as if its CONNECT names no user; null: nobody. */
  readonly guest: Principal | null;
}

/** A message of ours. Everything goes out at QoS 1 (a QoS 0 message would overtake and shadow it, see embedded). */
export interface OutboundMessage {
  readonly topic: string;
  readonly payload: string;
  readonly retain?: boolean;
  /** For what is said to one agent: whom, and what it is. */
  readonly to?: { readonly agent: string; readonly kind: Extract<WireKind, 'ping' | 'reply' | 'refusal' | 'withdraw'> };
  /**
   * For pings. `pingId` and `assignmentId` serve resending and the bound on offline queues (per assignment only the newest waits);
   * `receipt` comes back through `delivered` when the agent's own client has acknowledged the packet.
   */
  readonly ping?: { readonly agentId: number; readonly pingId: string; readonly assignmentId: number; readonly receipt: string };
  /** For withdrawals: the assignment that was taken from the agent. */
  readonly withdraws?: number;
}

export interface Listener {
  /** `mqtt`, `mqtts`, `http`. */
  readonly name: string;
  readonly url: string;
}

/** What is known of an agent by name, as the broker sees it. */
export interface WireView {
  messagesOf(agent: string): AgentMessages;
  connectionsOf(agent: string): AgentConnections;
}

/** How the coordinator speaks MQTT. Two implementations keep the same promises: the embedded broker and an external one. */
export interface Transport {
  /** Opens the listeners. Nothing is accepted before this is called. */
  listen(): Promise<Listener[]>;
  /** Resolves once the broker has taken the message (embedded: handed to every connected subscriber's session; external: PUBACK). */
  publish(message: OutboundMessage): Promise<void>;
  /** Embedded only: speaks MQTT on a stream that came by another way than the listeners, with the same bounds. */
  acceptStream?(stream: Duplex, origin: Origin): void;
  /** What a broker of our own has seen go over the wire; null: it is not ours, and tells nobody. */
  readonly wire: WireView | null;
  /** Whether anyone, connected or with a stored session, subscribes to this topic. */
  wanted(topic: string): boolean;
  /** Whether the delivery of a ping to this agent can be known: not where it listens at QoS 0 alone, and never on an external broker. */
  acknowledges(agent: string): boolean;
  /** Ends every connection and stored session of this agent (token renewed, agent deactivated); its wills are ignored. */
  disconnectAgent(name: string): Promise<void>;
  /** Live connections, for metrics. */
  connections(): number;
  /** From now on no command is taken (no PUBACK leaves) and wills are ignored; what was published before goes out; then everything closes. */
  close(): Promise<void>;
}
