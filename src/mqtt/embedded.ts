import type { Duplex } from 'node:stream';
import { plainAddress } from '#src/strangers.ts';
import { Admission } from './admission.ts';
import type { Connection } from './connection.ts';
import { Gate } from './gate.ts';
import { Listeners, type ListenOptions } from './listeners.ts';
import { Patience } from './patience.ts';
import { Protocol } from './protocol.ts';
import { Recent } from './recent.ts';
import { Router } from './router.ts';
import { Sessions } from './sessions.ts';
import { pingTopic } from './topics.ts';
import type { Listener, Origin, OutboundMessage, Transport, TransportHandlers, WireView } from './transport.ts';
import { connectionsOf } from './wire/connections.ts';
import { Wire } from './wire/wire.ts';

export interface EmbeddedOptions extends Pick<ListenOptions, 'host' | 'port' | 'tls' | 'log'> {
  readonly maxPayloadBytes: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The server's time, epoch milliseconds. */
  readonly serverNow: () => number;
  /** Masks tokens in text that is kept or told. */
  readonly mask: (text: string) => string;
  /** Calls `run` about every `ms` until the function it returned is called. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** Over all listeners. */
  readonly maxConnections?: number;
  /** Of one agent. */
  readonly maxConnectionsOfOne?: number;
  /** A connection without a whole CONNECT by then is closed. */
  readonly connectTimeoutMs?: number;
  /** A connection that takes nothing for so long while data waits for it is closed. */
  readonly stalledMs?: number;
}

const DEFAULTS = { maxConnections: 10_000, maxConnectionsOfOne: 100, connectTimeoutMs: 5000, stalledMs: 10_000 };
/** What is published is in the sessions' hands at once. */
const TAKEN = Promise.resolve();
/** A packet announced at more than this many times the largest payload closes the connection (contract §2). */
const PACKET_FACTOR = 16;
/** Withdrawals of which it is remembered that they arrived; one that is forgotten is said once more than need be. */
const WITHDRAWN = 50_000;
/** close(): how long (ms) what was published may take to leave, and the clients to hang up. Together below 2 s. */
const FLUSH_MS = 1200;
const HANG_UP_MS = 500;
/** disconnectAgent(): how long (ms) what was said to the agent before may take to leave. */
const GOODBYE_MS = 500;

/**
 * The broker inside this process. Aedes speaks MQTT with the clients (`protocol`: CONNECT, keepalive, QoS handshakes, wills); who may do
 * what (`access`, `admission`), when a PUBLISH is acknowledged (`gate`), who gets what (`router`) and how it gets there (`sessions`, `outbox`) is ours.
 */
class EmbeddedBroker implements Transport {
  readonly #options: EmbeddedOptions & typeof DEFAULTS;
  readonly #listeners = new Listeners();
  readonly #router = new Router();
  readonly #sessions: Sessions;
  readonly #admission: Admission;
  readonly #gate: Gate;
  readonly #protocol: Protocol;
  readonly #wire: Wire;
  readonly #withdrawn = new Recent(WITHDRAWN);
  readonly wire: WireView;
  #isClosing = false;
  #stopWatching = (): void => {};

  constructor(options: EmbeddedOptions, handlers: TransportHandlers) {
    this.#options = { ...DEFAULTS, ...options };
    this.#sessions = new Sessions(this.#router, this.#options.maxConnectionsOfOne);
    this.#wire = new Wire(options);
    this.#admission = new Admission(handlers, this.#sessions, new Patience(options));
    this.#gate = new Gate(handlers, this.#router, this.#wire, options.maxPayloadBytes);
    const parts = {
      handlers,
      router: this.#router,
      sessions: this.#sessions,
      admission: this.#admission,
      gate: this.#gate,
      wire: this.#wire,
      withdrawn: this.#withdrawn,
      log: options.log,
    };
    const { connectTimeoutMs, stalledMs, maxPayloadBytes, serverNow } = this.#options;
    this.#protocol = new Protocol(parts, { connectTimeoutMs, stalledMs, packetBytes: PACKET_FACTOR * maxPayloadBytes, serverNow });
    this.wire = {
      messagesOf: (agent) => this.#wire.messagesOf(agent),
      connectionsOf: (agent) => connectionsOf(agent, this.#sessions.of(agent), this.#wire, options.mask),
    };
  }

  async listen(): Promise<Listener[]> {
    const { stalledMs, every } = this.#options;
    await this.#protocol.open();
    this.#stopWatching = every(stalledMs / 10, () => this.#closeStalled());
    try {
      return await this.#listeners.open(this.#options, (socket, transport) =>
        this.acceptStream(socket, { transport, address: socket.remoteAddress ?? null, guest: null }),
      );
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  publish({ topic, payload, retain = false, to, ping, withdraws }: OutboundMessage): Promise<void> {
    const bytes = Buffer.from(payload);
    const follower = to === undefined ? undefined : this.#wire.told(to, topic, bytes);
    const arrived = (): void => this.#withdrawn.add(String(withdraws));
    const withdrawal = withdraws === undefined ? undefined : { assignmentId: withdraws, arrived };
    this.#router.publish({ topic, payload: bytes, qos: 1, ping, withdrawal, follower }, retain);
    return TAKEN;
  }

  acceptStream(stream: Duplex, origin: Origin): void {
    if (this.#isClosing || this.#protocol.connections.size >= this.#options.maxConnections) stream.destroy();
    else this.#protocol.accept(stream, { ...origin, address: origin.address === null ? null : plainAddress(origin.address) });
  }

  wanted(topic: string): boolean {
    return this.#router.wanted(topic);
  }

  acknowledges(agent: string): boolean {
    return this.#router.acknowledges(agent, pingTopic(agent));
  }

  connections(): number {
    return this.#protocol.accepted.size;
  }

  async disconnectAgent(name: string): Promise<void> {
    this.#admission.credentialsChanged();
    const ended = this.#sessions.dropOwner(name);
    for (const connection of ended) connection.dismiss();
    // What was said before (a withdrawal) leaves first; nothing more is taken meanwhile.
    await this.#until(() => ended.every((connection) => connection.stream.closed || isFlushed(connection)), GOODBYE_MS);
    for (const { stream } of ended) stream.end();
    await this.#until(() => ended.every(({ stream }) => stream.closed), GOODBYE_MS);
    for (const connection of ended) connection.close('credentials_changed', 'dismissed');
    await Promise.all(ended.map(({ stream }) => stream.closed || new Promise((resolve) => stream.once('close', resolve))));
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#gate.shut();
    this.#admission.shut();
    const silent = this.#listeners.close();
    const { accepted, connections } = this.#protocol;
    await this.#until(() => [...accepted].every(isFlushed), FLUSH_MS);
    for (const { stream } of connections) stream.end();
    await this.#until(() => connections.size === 0, HANG_UP_MS);
    for (const connection of connections) connection.close('lost', 'stopping');
    this.#stopWatching();
    await this.#protocol.close();
    await silent;
  }

  #closeStalled(): void {
    const { now, stalledMs } = this.#options;
    const moment = now();
    for (const connection of this.#protocol.connections) {
      if (connection.stalledFor(moment) >= stalledMs) connection.close('stalled', 'takes nothing');
    }
  }

  /** Resolves when the condition holds, at the latest after `ms`. */
  async #until(condition: () => boolean, ms: number): Promise<void> {
    if (condition()) return;
    const { now, every } = this.#options;
    const end = now() + ms;
    await new Promise<void>((resolve) => {
      const stop = every(20, () => {
        if (!condition() && now() < end) return;
        stop();
        resolve();
      });
    });
  }
}

const isFlushed = ({ session, stream }: Connection): boolean => stream.writableLength === 0 && (session?.outbox.isIdle ?? true);

/** Made, but deaf until `listen()`; what is published before is retained, and queued, as ever. */
export async function createEmbeddedBroker(options: EmbeddedOptions, handlers: TransportHandlers): Promise<Transport> {
  return new EmbeddedBroker(options, handlers);
}
