import type { Duplex } from 'node:stream';
import mqttPacket from 'mqtt-packet';
import type { ConnectionEnd } from '#schemas/vocabulary.ts';
import type { Follower, Message, Qos } from './message.ts';
import { publishPacket } from './publish-packet.ts';
import { Recent } from './recent.ts';

/** The connection an outbox writes to. */
export interface Line {
  readonly stream: Duplex;
  close(reason: ConnectionEnd, detail: string): void;
}

/** One delivery of a message to one session. */
interface Delivery {
  readonly message: Message;
  readonly qos: Qos;
  readonly retain: boolean;
  /** What it costs while it waits. A retained message is kept elsewhere anyway and costs nothing. */
  readonly size: number;
  /** Where the message is meant for the owner of this session. */
  readonly follower: Follower | undefined;
  /** 0 until first written; then kept over reconnects [MQTT-4.4.0-1]. */
  packetId: number;
  /** QoS 2: PUBREC came; from here on only the PUBREL is repeated. */
  released: boolean;
}

/** Unacknowledged QoS 1 and 2 packets per connection. What exceeds it waits here, where a newer ping can still replace an older one. */
const WINDOW = 1000;
/** QoS 0 messages to a connection with more than this waiting are skipped: that is what QoS 0 promises. */
const QOS0_BYTES = 256 * 1024;
/** A connection with more than this waiting is closed; it is too far behind to be told everything. */
const LIVE_BYTES = 16 * 1024 * 1024;
const LIVE_COUNT = 200_000;
/** What a stored session without a connection may keep waiting; beyond it the oldest is dropped (contract §5). */
const STORED_BYTES = 4 * 1024 * 1024;
const STORED_COUNT = 1000;
const PING_IDS = 1000;

/**
 * Everything on its way to one session, in order: what waits, and what was written but not acknowledged.
 *
 * It replaces Aedes' own delivery, which takes a QoS 1 message for a duplicate when another overtook it, lets one slow reader
 * stall all, keeps unbounded offline queues, repeats without the DUP flag, and tells nobody which packet a PUBACK is for.
 * Nothing here waits for anyone: a slow connection fills its own outbox only, and is closed when that is full.
 */
export class Outbox {
  readonly #owner: string;
  #line: Line | null = null;
  readonly #waiting = new Set<Delivery>();
  readonly #sent = new Map<number, Delivery>();
  /** By assignment: the ping that waits. A newer one takes its place; an agent that was away wants the latest, not the history. */
  readonly #pings = new Map<number, Delivery>();
  /** By assignment: the withdrawals that wait, or were written and not acknowledged. */
  readonly #withdrawals = new Set<number>();
  readonly #idsInUse = new Set<number>();
  /** Pings written to the present connection. */
  readonly #written = new Recent(PING_IDS);
  /** The stream that is corked until the end of this turn. */
  #gathering: Duplex | null = null;
  #lastId = 0;
  #bytes = 0;

  /** @param owner the user of the session */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Messages that wait to be written, and that were written and not acknowledged. */
  get backlog(): { readonly waiting: number; readonly unacknowledged: number } {
    return { waiting: this.#waiting.size, unacknowledged: this.#sent.size };
  }

  get #isLive(): boolean {
    return this.#line !== null && !this.#line.stream.destroyed;
  }

  /** True when nothing waits to be written. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Whether this ping was written, or waits to be written, to the present connection. */
  has(pingId: string): boolean {
    return this.#written.has(pingId) || [...this.#pings.values()].some((delivery) => delivery.message.ping?.pingId === pingId);
  }

  /** Whether the withdrawal of this assignment is on its way to this session. */
  withdraws(assignmentId: number): boolean {
    return this.#withdrawals.has(assignmentId);
  }

  add(message: Message, qos: Qos, retain: boolean): void {
    const live = this.#isLive;
    const follower = message.follower?.user === this.#owner ? message.follower : undefined;
    follower?.handed();
    if (qos === 0 && (!live || this.#bytes > QOS0_BYTES)) return;
    if (qos > 0 && message.withdrawal) this.#withdrawals.add(message.withdrawal.assignmentId);
    const size = retain ? 0 : message.payload.length + message.topic.length + 64;
    this.#wait({ message, qos, retain, size, follower, packetId: 0, released: false });
    if (!live) return this.#trim();
    this.pump();
    if (this.#bytes > LIVE_BYTES || this.#waiting.size > LIVE_COUNT) this.#line?.close('stalled', 'too far behind');
  }

  /** The connection has its CONNACK: repeats what was not acknowledged on the one before it, then goes on. */
  open(line: Line): void {
    this.#suspend();
    this.#written.clear();
    this.#line = line;
    for (const messageId of this.#sent.keys()) mqttPacket.writeToStream({ cmd: 'pubrel', messageId }, line.stream);
    this.pump();
  }

  /** The connection is gone; what it did not acknowledge waits for the next one. */
  close(line: Line): void {
    if (this.#line === line) this.#suspend();
  }

  /** The session is over: nothing of it waits any more. */
  discard(): void {
    this.#line = null;
    for (const delivery of this.#waiting) this.#drop(delivery);
  }

  /** Writes while the connection takes it and acknowledges. Called again on its `drain` and on each acknowledgement. */
  pump(): void {
    const line = this.#line;
    if (!line) return;
    for (const delivery of this.#waiting) {
      if (line.stream.destroyed || line.stream.writableNeedDrain) return;
      if (delivery.qos > 0 && this.#sent.size >= WINDOW) return;
      this.#stopWaiting(delivery);
      this.#write(delivery, line.stream);
    }
  }

  /** PUBACK (of a QoS 1 packet) or PUBCOMP (of a QoS 2 one): the message that has thereby arrived; null if there is none with this id. */
  acknowledged(packetId: number, by: 'puback' | 'pubcomp'): Message | null {
    const delivery = this.#sent.get(packetId);
    if (!delivery || delivery.qos !== (by === 'puback' ? 1 : 2)) return null;
    delivery.follower?.acknowledged();
    this.#arrived(delivery);
    this.#sent.delete(packetId);
    this.#idsInUse.delete(packetId);
    this.pump();
    return delivery.message;
  }

  /** PUBREC: the client has it; a repetition now begins with PUBREL [MQTT-4.3.3-1]. */
  received(packetId: number): void {
    const delivery = this.#sent.get(packetId);
    if (delivery) delivery.released = true;
  }

  #write(delivery: Delivery, stream: Duplex): void {
    const { message, qos, retain } = delivery;
    const dup = delivery.packetId !== 0; // [MQTT-3.3.1-1]
    if (qos > 0) {
      if (!dup) delivery.packetId = this.#newId();
      this.#sent.set(delivery.packetId, delivery);
    }
    this.#gather(stream);
    stream.write(publishPacket({ topic: message.topic, payload: message.payload, qos, retain, dup, packetId: delivery.packetId }));
    if (message.ping) this.#written.add(message.ping.pingId);
    delivery.follower?.written(qos, dup);
    if (qos === 0) this.#arrived(delivery);
  }

  /** As far as can be known: acknowledged, or written where nothing is acknowledged. */
  #arrived({ message, follower }: Delivery): void {
    if (!message.withdrawal) return;
    this.#withdrawals.delete(message.withdrawal.assignmentId);
    if (follower) message.withdrawal.arrived();
  }

  /** What is written in one turn of the event loop leaves together. */
  #gather(stream: Duplex): void {
    if (this.#gathering === stream) return;
    this.#gathering = stream;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = null;
      stream.uncork();
    });
  }

  #wait(delivery: Delivery): void {
    const { ping } = delivery.message;
    if (ping) {
      const older = this.#pings.get(ping.assignmentId);
      if (older) this.#drop(older);
      this.#pings.set(ping.assignmentId, delivery);
    }
    this.#waiting.add(delivery);
    this.#bytes += delivery.size;
    delivery.follower?.waits(true);
  }

  #stopWaiting(delivery: Delivery): void {
    this.#waiting.delete(delivery);
    this.#bytes -= delivery.size;
    delivery.follower?.waits(false);
    const { ping } = delivery.message;
    if (ping && this.#pings.get(ping.assignmentId) === delivery) this.#pings.delete(ping.assignmentId);
  }

  #drop(delivery: Delivery): void {
    this.#stopWaiting(delivery);
    this.#idsInUse.delete(delivery.packetId);
    if (delivery.message.withdrawal) this.#withdrawals.delete(delivery.message.withdrawal.assignmentId);
  }

  #trim(): void {
    for (const delivery of this.#waiting) {
      if (this.#waiting.size <= STORED_COUNT && this.#bytes <= STORED_BYTES) return;
      this.#drop(delivery);
    }
  }

  /** What was written and not acknowledged goes back to the head of the queue, in its order [MQTT-4.6.0-1]. */
  #suspend(): void {
    this.#line = null;
    const later = [...this.#waiting];
    for (const delivery of later) this.#stopWaiting(delivery);
    for (const delivery of [...this.#sent.values()].filter(({ released }) => !released)) {
      this.#sent.delete(delivery.packetId);
      this.#wait(delivery);
    }
    for (const delivery of later) if (delivery.qos > 0) this.#wait(delivery);
    this.#trim();
  }

  /** The next packet identifier that nothing in flight uses [MQTT-2.3.1-2]; the window is far below 65,535, so there is one. */
  #newId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1;
    while (this.#idsInUse.has(this.#lastId));
    this.#idsInUse.add(this.#lastId);
    return this.#lastId;
  }
}
