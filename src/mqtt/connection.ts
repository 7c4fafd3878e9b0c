import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import type { IConnectPacket } from 'mqtt-packet';
import type { Principal } from '#domain/principal.ts';
import type { Line } from '#mqtt/outbox.ts';
import { PacketGuard } from '#mqtt/packet-guard.ts';
import type { Session } from '#mqtt/sessions.ts';
import { Stall } from '#mqtt/stall.ts';

/** PUBLISH packets of one connection that may wait at the gate; beyond, its socket is not read, and TCP makes the sender wait. */
const MAX_AT_GATE = 256;
const MAX_BYTES_AT_GATE = 1024 * 1024;

/** One client's connection: the byte stream, what Aedes knows of it, and what we do. */
export class Connection implements Line {
  readonly id: string;
  readonly client: Client;
  readonly stream: Duplex;
  /** Who it acts as if its CONNECT names no user. */
  readonly guest: Principal | null;
  /** The CONNECT packet, once it came. */
  request: IConnectPacket | null = null;
  principal: Principal | null = null;
  session: Session | null = null;
  /** Its client id was claimed: to be released when the stream has closed. */
  hasClaim = false;
  /** Ended by us for good: its Last Will is not news. */
  dismissed = false;
  /** Settles when every PUBLISH so far has been answered; each waits for the one before it [MQTT-4.6.0-2]. */
  turn: Promise<void> = Promise.resolve();
  readonly #onClose: (reason: string) => void;
  #atGate = 0;
  #bytesAtGate = 0;
  readonly #stall = new Stall();

  constructor(id: string, client: Client, guest: Principal | null, packetLimit: number, onClose: (reason: string) => void) {
    this.id = id;
    this.client = client;
    this.stream = client.conn;
    this.guest = guest;
    this.#onClose = onClose;
    this.#guardReads(new PacketGuard(packetLimit));
  }

  get #isHeld(): boolean {
    return this.#atGate >= MAX_AT_GATE || this.#bytesAtGate >= MAX_BYTES_AT_GATE;
  }

  /** Ends it as a broken connection, that is with its Last Will, unless dismissed. */
  close(reason: string): void {
    if (this.client.closed) return;
    this.#onClose(reason);
    this.client.close();
  }

  /**
   * A PUBLISH begins to wait at the gate. Aedes reads on only when all it read is done or as often as the stream says `readable`;
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
  #guardReads(guard: PacketGuard): void {
    const read: (size?: number) => Buffer | null = this.stream.read.bind(this.stream);
    this.stream.read = (size?: number) => {
      if (size !== 0 && this.#isHeld) return null;
      const chunk = read(size);
      if (!chunk || guard.admits(chunk)) return chunk;
      this.close('packet too large');
      return null;
    };
  }
}
