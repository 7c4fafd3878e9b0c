import { actorOf } from '#domain/principal.ts';
import type { Connection } from '#mqtt/connection.ts';
import type { InboundMessage, OutboundMessage } from '#mqtt/transport.ts';
import type { Mask } from '#schemas/refused.ts';
import { iso } from '#schemas/time.ts';
import { CONNECT_REFUSALS, type ConnectRefusal, type WireKind } from '#schemas/vocabulary.ts';
import type { AgentMessages, EndedConnection, RefusedConnect } from '#schemas/wire.ts';
import { kept, Said, Told } from './message.ts';
import { Ring } from './ring.ts';

/** Of each agent. Heartbeats come all the time: they have a place of their own, so that they push nothing out. */
const MESSAGES = 20;
const HEARTBEATS = 5;
const ENDED = 5;
const REFUSED = 5;
/** Agents of whom anything is kept, and bytes of messages in all; beyond either the agent longest there is forgotten, and begins anew. */
const MAX_AGENTS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** What a message costs beside its text. */
const MESSAGE_BYTES = 256;

type Publication = Pick<InboundMessage, 'topic' | 'payload' | 'qos' | 'retain' | 'dup'>;

/** What is remembered of one agent. */
class Memory {
  /** Server time, epoch ms. */
  readonly since: number;
  readonly messages = new Ring<Said | Told>(MESSAGES);
  readonly heartbeats = new Ring<Said>(HEARTBEATS);
  readonly ended = new Ring<EndedConnection>(ENDED);
  readonly refused = new Ring<RefusedConnect>(REFUSED);
  bytes = 0;

  constructor(since: number) {
    this.since = since;
  }
}

export interface WireOptions {
  readonly maxPayloadBytes: number;
  /** Server time, epoch ms. */
  readonly serverNow: () => number;
  /** Masks tokens in text that is kept or told. */
  readonly mask: Mask;
}

/** The last raw messages of each agent, and how its last connections ended: for people who ask what went over the wire. In memory alone. */
export class Wire {
  readonly #options: WireOptions;
  readonly #byAgent = new Map<string, Memory>();
  /** Before it something may have been forgotten of those who are not remembered now. Server time, epoch ms. */
  #since: number;
  #lastMessage = 0;
  #bytes = 0;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#since = options.serverNow();
  }

  /** A PUBLISH or Last Will on a topic of ours. */
  said(connection: Connection, message: InboundMessage, kind: WireKind): Said {
    return this.#keepSaid(message.agent, connection, message, kind);
  }

  /** A PUBLISH that its sender was not allowed. */
  forbidden(connection: Connection, message: Publication): void {
    const { principal } = connection;
    if (principal?.kind === 'agent') this.#keepSaid(principal.name, connection, message, 'forbidden').settle('forbidden');
  }

  /** What the coordinator says to an agent; what is given back is to follow it to the agent's sessions. */
  told({ agent, kind }: NonNullable<OutboundMessage['to']>, topic: string, payload: Buffer): Told {
    const told = new Told(this.#read(topic, payload, kind), agent);
    this.#keep(agent, told);
    return told;
  }

  ended(agent: string, ended: EndedConnection): void {
    this.#of(agent).ended.push(ended);
  }

  refused(agent: string, { client, origin }: Connection, reason: ConnectRefusal): void {
    const { serverNow } = this.#options;
    this.#of(agent).refused.push({
      at: iso(serverNow()),
      client_id: client.id ?? '',
      transport: origin.transport,
      remote_address: origin.address,
      connack: CONNECT_REFUSALS[reason],
      reason,
    });
  }

  messagesOf(agent: string): AgentMessages {
    const { mask } = this.#options;
    const memory = this.#byAgent.get(agent);
    return {
      listening_since: this.listeningSince(agent),
      messages: memory?.messages.newestFirst().map((message) => message.view(mask)) ?? [],
      heartbeats: memory?.heartbeats.newestFirst().map((message) => message.view(mask)) ?? [],
    };
  }

  /** Newest first. */
  pastConnectionsOf(agent: string): { readonly ended: EndedConnection[]; readonly refused: RefusedConnect[] } {
    const { mask } = this.#options;
    const masked = <T extends { client_id: string }>(each: T): T => ({ ...each, client_id: mask(each.client_id) });
    const memory = this.#byAgent.get(agent);
    return { ended: memory?.ended.newestFirst().map(masked) ?? [], refused: memory?.refused.newestFirst().map(masked) ?? [] };
  }

  listeningSince(agent: string): string {
    return iso(this.#byAgent.get(agent)?.since ?? this.#since);
  }

  #keepSaid(agent: string, { client, principal }: Connection, { topic, payload, qos, retain, dup }: Publication, kind: WireKind): Said {
    const by = principal === null ? agent : actorOf(principal);
    const said = new Said(this.#read(topic, payload, kind), { qos, retain, dup }, by, client.id);
    this.#keep(agent, said);
    return said;
  }

  #read(topic: string, payload: Buffer, kind: WireKind): Said['read'] {
    const { maxPayloadBytes, mask, serverNow } = this.#options;
    this.#lastMessage += 1;
    return { n: this.#lastMessage, at: serverNow(), kind, topic, size: payload.length, excerpt: kept(payload, maxPayloadBytes, mask) };
  }

  #keep(agent: string, message: Said | Told): void {
    const memory = this.#of(agent);
    const { kind } = message.read;
    const isBeat = message instanceof Said && (kind === 'heartbeat' || kind === 'last_will');
    const gone = isBeat ? memory.heartbeats.push(message) : memory.messages.push(message);
    const more = costOf(message) - (gone === undefined ? 0 : costOf(gone));
    memory.bytes += more;
    this.#bytes += more;
    while (this.#bytes > MAX_BYTES) this.#forgetOldest();
  }

  #of(agent: string): Memory {
    const known = this.#byAgent.get(agent);
    if (known !== undefined) return known;
    const memory = new Memory(this.#since);
    if (this.#byAgent.size >= MAX_AGENTS) this.#forgetOldest();
    this.#byAgent.set(agent, memory);
    return memory;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byAgent;
    if (oldest === undefined) return;
    const [agent, memory] = oldest;
    this.#byAgent.delete(agent);
    this.#bytes -= memory.bytes;
    this.#since = this.#options.serverNow();
  }
}

const costOf = ({ read }: Said | Told): number => MESSAGE_BYTES + read.topic.length + (read.excerpt?.length ?? 0);
