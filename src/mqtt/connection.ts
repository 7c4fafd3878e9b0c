import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import type { IConnectPacket } from 'mqtt-packet';
import type { Principal } from '#domain/principal.ts';
import type { ConnectionEnd } from '#schemas/vocabulary.ts';
import type { Line } from './outbox.ts';
import { PacketGuard } from './packet-guard.ts';
import type { Session } from './sessions.ts';
import { Stall } from './stall.ts';
import type { Origin } from './transport.ts';

/** PUBLISH and PUBREL packets of one connection that may wait at the gate; beyond, its socket is not read, and TCP makes the sender wait. */
const MAX_AT_GATE = 256;
const MAX_BYTES_AT_GATE = 1024 * 1024;

/** The first byte of a DISCONNECT (MQTT 3.1.1 §3.14). */
const DISCONNECT = 0xe0;

interface ConnectionOptions {
  /** Bytes a packet may announce. */
  readonly packetBytes: number;
  /** Server time, epoch ms. */
  readonly serverNow: () => number;
  /** We close it. */
  readonly onClose: (detail: string) => void;
}

/** One client's connection: the byte stream, what Aedes knows of it, and what we do. */
export class Connection implements Line {
  readonly id: string;
  readonly client: Client;
  readonly stream: Duplex;
  readonly origin: Origin;
  /** The CONNECT packet, once it came. */
  request: IConnectPacket | null = null;
  principal: Principal | null = null;
  session: Session | null = null;
  /** Its client id was claimed: to be released when the stream has closed. */
  hasClaim = false;
  /** See `dismiss`. */
  dismissed = false;
  /** Server time of its CONNACK, and when anything was read from it. Epoch ms. */
  acceptedAt = 0;
  lastReadAt = 0;
  /** Why it ends: the first that anyone says counts. */
  end: { readonly reason: ConnectionEnd; readonly detail: string | null } | null = null;
  /** Settles when every PUBLISH so far has been answered; each waits for the one before it [MQTT-4.6.0-2]. */
  turn: Promise<void> = Promise.resolve();
  readonly #onClose: (detail: string) => void;
  readonly #guard: PacketGuard;
  readonly #serverNow: () => number;
  #atGate = 0;
  #bytesAtGate = 0;
  readonly #stall = new Stall();

  constructor(id: string, client: Client, origin: Origin, { packetBytes, serverNow, onClose }: ConnectionOptions) {
    this.id = id;
    this.client = client;
    this.stream = client.conn;
    this.origin = origin;
    this.#onClose = onClose;
    this.#serverNow = serverNow;
    this.#guard = new PacketGuard(packetBytes);
    this.#guardReads();
  }

  /** The client took its leave: its last packet was a DISCONNECT. */
  get saidGoodbye(): boolean {
    return this.#guard.lastHeader === DISCONNECT;
  }

  get #isHeld(): boolean {
    return this.#atGate >= MAX_AT_GATE || this.#bytesAtGate >= MAX_BYTES_AT_GATE;
  }

  /** Ends it as a broken connection, that is with its Last Will, unless dismissed. */
  close(reason: ConnectionEnd, detail: string): void {
    if (this.client.closed) return;
    this.endsBy(reason, detail);
    this.#onClose(detail);
    this.client.close();
  }

  /** It is ended by us for good: nothing more is taken from it, and its Last Will is not news. */
  dismiss(): void {
    this.dismissed = true;
    this.endsBy('credentials_changed', null);
  }

  endsBy(reason: ConnectionEnd, detail: string | null): void {
    this.end ??= { reason, detail };
  }

  /**
   * A PUBLISH or PUBREL begins to wait at the gate. Aedes reads on only when all it read is done or as often as the stream says `readable`;
   * saying so once per waiting packet lets a PINGREQ behind it be answered [MQTT-3.12.4-1]. Not at once: Aedes is inside its parser.
   */
  enterGate(bytes: number): void {
    this.#atGate += 1;
    this.#bytesAtGate += bytes;
    process.nextTick(() => this.stream.emit('readable'));
  }

  /** Aedes reads on by itself after each answer. */
  leaveGate(bytes: number): void {
    this.#atGate -= 1;
    this.#bytesAtGate -= bytes;
  }

  /** The client took all that the stream had. */
  drained(): void {
    this.#stall.drained();
    this.session?.outbox.pump();
  }

  /** For how long (ms) bytes have waited for this client without it taking any. */
  stalledFor(now: number): number {
    return this.#stall.look(this.stream.writableLength, now);
  }

  /** Aedes takes bytes with `read()` alone, so this is where they can be looked at and withheld without another stream in between, for TCP and TLS alike. */
  #guardReads(): void {
    const read: (size?: number) => Buffer | null = this.stream.read.bind(this.stream);
    this.stream.read = (size?: number) => {
      if (size !== 0 && this.#isHeld) return null;
      const chunk = read(size);
      if (!chunk) return chunk;
      this.lastReadAt = this.#serverNow();
      if (this.#guard.admits(chunk)) return chunk;
      this.close('refused_packet', 'packet too large');
      return null;
    };
  }
}
