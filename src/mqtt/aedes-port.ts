import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import type { Connection } from './connection.ts';
import type { Sessions } from './sessions.ts';
import type { Wall } from './wall.ts';

/**
 * The two parts Aedes lets one replace, filled so that it keeps MQTT's inbound protocol (CONNECT, keepalive, the QoS handshakes, wills)
 * and routes, stores and delivers nothing. What it asks is answered from our sessions.
 */

/** Given to Aedes for a resumed session instead of its filters, which our router already has: it makes Aedes set CONNACK's session present. */
export const RESUMED: Subscription = Object.freeze({ topic: 'resumed', qos: 0 });

/** Nothing is ever emitted here, `$SYS` noise included. Callbacks run at once: Aedes then closes a taken-over client before it registers the new one. */
export const deafEmitter = {
  on: (_topic: string, _receiver: unknown, done?: () => void) => done?.(),
  removeListener: (_topic: string, _receiver: unknown, done?: () => void) => done?.(),
  emit: (_packet: unknown, done?: () => void) => done?.(),
  close: (done: () => void) => done(),
};

interface Confirmation {
  readonly cmd: string;
  readonly messageId: number;
}

interface Listeners {
  /** PUBACK or PUBCOMP. */
  readonly onAcknowledged: (connection: Connection, packet: Confirmation) => void;
  /** PUBREL. Resolves when PUBCOMP may leave; never rejects. */
  readonly onReleased: (connection: Connection, packetId: number) => Promise<void>;
}

/** Aedes' persistence, as far as Aedes 1.2 calls it. Methods are async because Aedes chains on them, `setup` also because it insists. */
export class SessionPersistence {
  readonly #sessions: Sessions;
  readonly #connectionOf: (client: Client) => Connection | undefined;
  readonly #wall: Wall;
  readonly #listeners: Listeners;

  constructor(sessions: Sessions, connectionOf: (client: Client) => Connection | undefined, wall: Wall, listeners: Listeners) {
    this.#sessions = sessions;
    this.#connectionOf = connectionOf;
    this.#wall = wall;
    this.#listeners = listeners;
  }

  async setup(): Promise<void> {}

  async subscriptionsByClient({ id }: { id: string }): Promise<Subscription[]> {
    return this.#sessions.isStored(id) ? [RESUMED] : [];
  }

  /** PUBACK or PUBCOMP, of clean and of stored sessions alike. */
  outgoingClearMessageId(client: Client, packet: Confirmation): Promise<void> {
    return this.#answer(client, (connection) => this.#listeners.onAcknowledged(connection, packet));
  }

  /** PUBREC; Aedes answers it with PUBREL. It asks for stored sessions only, and only they repeat. */
  outgoingUpdate(client: Client, packet: Confirmation): Promise<void> {
    return this.#answer(client, ({ session }) => session?.outbox.received(packet.messageId));
  }

  /**
   * Asked behind the gate, by a PUBLISH of QoS 2 that it let pass and by PUBREL. The gate alone knows what is a repetition, and has taken what is none:
   * to Aedes every PUBLISH is one it has seen, which it answers with PUBREC and does not publish. PUBREL waits here for its PUBCOMP.
   */
  incomingGetPacket(client: Client, packet: Confirmation): Promise<Confirmation> {
    return this.#wall.answer(client, async () => {
      const connection = this.#connectionOf(client);
      if (packet.cmd === 'pubrel' && connection) await this.#listeners.onReleased(connection, packet.messageId);
      return packet;
    });
  }

  incomingDelPacket(client: Client): Promise<void> {
    return this.#answer(client, () => {});
  }

  /** For PUBLISH packets that `incomingGetPacket` does not know, of which there are none. */
  incomingStorePacket(client: Client): Promise<void> {
    return this.#answer(client, () => {
      throw new Error('a QoS 2 message that the gate did not see');
    });
  }

  #answer(client: Client, run: (connection: Connection) => void | Promise<void>): Promise<void> {
    return this.#wall.answer(client, async () => {
      const connection = this.#connectionOf(client);
      if (connection) await run(connection);
    });
  }

  outgoingStream = (): Readable => Readable.from([]);
  createRetainedStreamCombi = (): Readable => Readable.from([]);
  /** Wills live as long as their connection; none is left over from a crash. */
  streamWill = (): Readable => Readable.from([]);

  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async cleanIncoming(): Promise<void> {}
  async storeRetained(): Promise<void> {}
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingEnqueue(): Promise<void> {}
}
