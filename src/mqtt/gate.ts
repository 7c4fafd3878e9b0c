import type { PublishPacket } from 'aedes';
import { Unavailable } from '#coordinator/port.ts';
import type { Principal } from '#domain/principal.ts';
import type { WireKind } from '#schemas/vocabulary.ts';
import { mayPublish } from './access.ts';
import type { Connection } from './connection.ts';
import { isTopic } from './filters.ts';
import type { Qos } from './message.ts';
import type { Router } from './router.ts';
import type { Session } from './sessions.ts';
import { HEARTBEAT_LEAF, parseInbound } from './topics.ts';
import type { InboundMessage, TransportHandlers } from './transport.ts';
import type { Wire } from './wire/wire.ts';

/** Half-open QoS 2 exchanges per session: without a bound, a client that never sends PUBREL would fill memory. */
const MAX_QOS2 = 1000;

/** What a client must not send: its connection closes, and nothing is wrong with us. */
class Violation extends Error {}

/** Whether a rejection of `pass` is the client's own fault, or storage's, which the log has been told of. */
export const isExpected = (error: unknown): boolean => error instanceof Violation || error instanceof Unavailable;

/** What a PUBLISH and a Last Will have in common. */
type Publication = Pick<PublishPacket, 'topic' | 'payload' | 'qos' | 'retain'> & Partial<Pick<PublishPacket, 'dup' | 'messageId'>>;

const bytesOf = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload);

/**
 * Where every PUBLISH of a client is judged. Aedes answers (PUBACK, PUBREC) only after its `authorizePublish` hook called back, and closes
 * the connection if that got an error; so the promise of `pass` is the acknowledgement.
 */
export class Gate {
  readonly #handlers: TransportHandlers;
  readonly #router: Router;
  readonly #wire: Wire;
  readonly #maxPayloadBytes: number;
  #isShut = false;

  constructor(handlers: TransportHandlers, router: Router, wire: Wire, maxPayloadBytes: number) {
    this.#handlers = handlers;
    this.#router = router;
    this.#wire = wire;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** From now on nothing is taken: what comes is left unanswered, so that its sender repeats it, and wills are ignored. */
  shut(): void {
    this.#isShut = true;
  }

  /** Resolves when the acknowledgement may leave; rejects when the connection must close instead. Handlers are called in the order of the packets. */
  pass(connection: Connection, packet: Publication): Promise<void> {
    const { principal, session } = connection;
    if (this.#isShut || connection.dismissed) {
      connection.turn = new Promise(() => {}); // what comes behind it is not answered either
      return connection.turn;
    }
    if (!principal || !session) return Promise.reject(new Violation('no session'));
    const size = packet.payload.length;
    connection.enterGate(size);
    const taken = this.#take(connection, principal, session, packet);
    taken.catch(() => {}); // it is heard when its turn comes, which is never if one before it failed
    connection.turn = connection.turn.then(() => taken);
    const leave = (): void => connection.leaveGate(size);
    return connection.turn.then(leave, (error: unknown) => {
      leave();
      throw error;
    });
  }

  /**
   * PUBREL: the packet id is free at once, so that a PUBLISH behind it is a new message. Resolves when PUBCOMP may leave: after every PUBLISH
   * before it, and after the one of its id, which may be at the gate for an earlier connection. Rejects when one of them failed: a PUBCOMP would
   * say that it was taken, and the connection must close instead.
   */
  async release(connection: Connection, packetId: number): Promise<void> {
    const { session, turn } = connection;
    const taking = session?.taken.get(packetId);
    session?.taken.delete(packetId);
    connection.enterGate(0);
    await Promise.all([turn, taking]).finally(() => connection.leaveGate(0));
  }

  /** A Last Will: the topic was judged at CONNECT. */
  passWill(connection: Connection, will: Publication): void {
    if (this.#isShut || connection.dismissed || !connection.principal) return;
    this.#heartbeat(connection, inboundMessage(connection, connection.principal, will), true);
  }

  async #take(connection: Connection, principal: Principal, session: Session, packet: Publication): Promise<void> {
    if (!isTopic(packet.topic)) throw new Violation('malformed topic');
    if (packet.qos > 0 && !packet.messageId) throw new Violation('packet identifier 0'); // [MQTT-2.3.1-1]
    if (!mayPublish(principal, packet.topic)) {
      const { topic, qos, retain, dup = false } = packet;
      const payload = bytesOf(packet.payload);
      this.#wire.forbidden(connection, { topic, payload, qos, retain, dup });
      await this.#handlers.refusedPublish({ principal, topic, payload });
      throw new Violation('forbidden topic'); // [MQTT-3.3.5-2]
    }
    const message = inboundMessage(connection, principal, packet);
    if (message.qos === 2) await this.#judgeOnce(connection, session, message.packetId ?? 0, message);
    else await this.#judge(connection, message);
  }

  /** QoS 2: a packet id is taken once until its PUBREL, also when the repetition comes while the first is still being taken, or on the next connection. */
  #judgeOnce(connection: Connection, { taken }: Session, packetId: number, message: InboundMessage): Promise<void> {
    const earlier = taken.get(packetId);
    if (earlier) return earlier;
    if (taken.size >= MAX_QOS2) return Promise.reject(new Violation('too many QoS 2 messages without PUBREL'));
    const taking = this.#judge(connection, message);
    taken.set(packetId, taking);
    // It was not taken; its repetition is. The id may be another message's by then.
    taking.catch(() => taken.get(packetId) === taking && taken.delete(packetId));
    return taking;
  }

  async #judge(connection: Connection, message: InboundMessage): Promise<void> {
    if (message.leaf === HEARTBEAT_LEAF) return this.#heartbeat(connection, message, false);
    const said = this.#wire.said(connection, message, message.leaf as WireKind); // as: the other leaves are those of commands
    try {
      said.settle(await this.#handlers.takeCommand(message));
    } catch (error) {
      said.state = 'not_committed';
      connection.endsBy('not_committed', null);
      throw error;
    }
    this.#forward(message, false); // never retained: a stored ack would be replayed to the next subscriber
  }

  /** A heartbeat that counts is always retained, asked for or not: who subscribes later must see the fleet. */
  #heartbeat(connection: Connection, message: InboundMessage, will: boolean): void {
    const said = this.#wire.said(connection, message, will ? 'last_will' : 'heartbeat');
    if (this.#handlers.takeHeartbeat(message, will) === 'keep') {
      said.settle(null);
      this.#forward(message, true);
    } else {
      said.state = 'ignored';
    }
  }

  /** What is over the limit was refused; it is nobody else's burden. */
  #forward({ topic, payload, qos }: InboundMessage, retain: boolean): void {
    if (payload.length <= this.#maxPayloadBytes) this.#router.publish({ topic, payload, qos }, retain);
  }
}

function inboundMessage(connection: Connection, principal: Principal, packet: Publication): InboundMessage {
  const target = parseInbound(packet.topic);
  if (!target) throw new Error(`not a topic of ours: ${packet.topic}`); // mayPublish has seen to it
  const qos: Qos = packet.qos;
  return {
    ...target,
    principal,
    topic: packet.topic,
    payload: bytesOf(packet.payload),
    qos,
    retain: packet.retain,
    dup: packet.dup ?? false,
    packetId: qos > 0 ? (packet.messageId ?? null) : null,
    connection: connection.id,
  };
}
