import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { Aedes, type Client, type PublishPacket, type Subscription } from 'aedes';
import { maySubscribe } from '#mqtt/access.ts';
import { Admission } from '#mqtt/admission.ts';
import { deafEmitter, RESUMED, SessionPersistence } from '#mqtt/aedes-port.ts';
import { Connection } from '#mqtt/connection.ts';
import { covers, isFilter } from '#mqtt/filters.ts';
import { Gate } from '#mqtt/gate.ts';
import { Listeners, type ListenOptions } from '#mqtt/listeners.ts';
import { Router } from '#mqtt/router.ts';
import { Sessions } from '#mqtt/sessions.ts';
import { pingTopic } from '#mqtt/topics.ts';
import type { Listener, OutboundMessage, Transport, TransportHandlers } from '#mqtt/transport.ts';

interface Log {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface EmbeddedOptions extends ListenOptions {
  readonly maxPayloadBytes: number;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Calls `run` about every `ms` until the function it returned is called. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** Over both listeners. */
  readonly maxConnections?: number;
  /** A connection without a whole CONNECT by then is closed. */
  readonly connectTimeoutMs?: number;
  /** A connection that takes nothing for so long while data waits for it is closed. */
  readonly stalledMs?: number;
}

/** A packet announced at more than this many times the largest payload closes the connection (contract §2). */
const PACKET_FACTOR = 16;
/** close(): how long (ms) what was published may take to leave, and the clients to hang up. Together below 2 s. */
const FLUSH_MS = 1200;
const HANG_UP_MS = 500;

/**
 * The broker inside this process. Aedes speaks MQTT with the clients (CONNECT, keepalive, QoS handshakes, wills); who may do what
 * (`access`, `admission`), when a PUBLISH is acknowledged (`gate`), who gets what (`router`) and how it gets there (`sessions`, `outbox`) is ours.
 */
class EmbeddedBroker implements Transport {
  readonly #options: Required<Omit<EmbeddedOptions, 'tls'>> & Pick<EmbeddedOptions, 'tls'>;
  readonly #handlers: TransportHandlers;
  readonly #listeners = new Listeners();
  readonly #router = new Router();
  readonly #sessions = new Sessions(this.#router);
  readonly #admission: Admission;
  readonly #gate: Gate;
  readonly #aedes: Aedes;
  /** Aedes still asks about a client after its stream has closed, hence weak and not removed. */
  readonly #byClient = new WeakMap<Client, Connection>();
  readonly #connections = new Set<Connection>();
  /** Those with a CONNACK. */
  readonly #accepted = new Set<Connection>();
  #lastConnection = 0;
  #isClosing = false;
  #stopWatching = (): void => {};

  constructor(options: EmbeddedOptions, handlers: TransportHandlers) {
    this.#options = { maxConnections: 10_000, connectTimeoutMs: 5000, stalledMs: 10_000, ...options };
    this.#handlers = handlers;
    this.#admission = new Admission(handlers, this.#sessions);
    this.#gate = new Gate(handlers, this.#router, options.maxPayloadBytes);
    this.#aedes = this.#newAedes();
  }

  async listen(): Promise<Listener[]> {
    const { maxConnections, connectTimeoutMs, stalledMs, every } = this.#options;
    await this.#aedes.listen();
    this.#stopWatching = every(Math.max(20, stalledMs / 10), () => this.#closeStalled());
    return this.#listeners.open(this.#options, { maxConnections, handshakeTimeout: connectTimeoutMs }, (socket) => this.#accept(socket));
  }

  async publish(message: OutboundMessage): Promise<void> {
    const { topic, payload, retain = false, ping } = message;
    this.#router.publish({ topic, payload: Buffer.from(payload), qos: 1, ping }, retain);
  }

  wanted(topic: string): boolean {
    return this.#router.wanted(topic);
  }

  connections(): number {
    return this.#accepted.size;
  }

  async disconnectAgent(name: string): Promise<void> {
    this.#admission.credentialsChanged();
    const ended = this.#sessions.dropOwner(name);
    for (const connection of ended) {
      connection.dismissed = true;
      connection.close('dismissed');
    }
    await Promise.all(ended.map(({ stream }) => stream.closed || once(stream, 'close')));
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#gate.shut();
    this.#admission.shut();
    const silent = this.#listeners.close();
    await this.#until(() => [...this.#accepted].every(isFlushed), FLUSH_MS);
    for (const { stream } of this.#connections) stream.end();
    await this.#until(() => this.#connections.size === 0, HANG_UP_MS);
    for (const connection of this.#connections) connection.close('stopping');
    this.#stopWatching();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    await silent;
  }

  #newAedes(): Aedes {
    const connectionOf = (client: Client): Connection | undefined => this.#byClient.get(client);
    const aedes = new Aedes({
      mq: deafEmitter,
      persistence: new SessionPersistence(this.#sessions, connectionOf, (connection, packet) => this.#acknowledged(connection, packet)),
      connectTimeout: this.#options.connectTimeoutMs,
      drainTimeout: this.#options.stalledMs,
      preConnect: (client, packet, done) => {
        const connection = connectionOf(client);
        if (connection) connection.request = packet;
        done(null, true);
      },
      authenticate: (client, username, password, done) => {
        this.#admit(client, username ?? null, password?.toString() ?? null).then(
          (returnCode) => (returnCode === null ? done(null, true) : done(Object.assign(new Error('CONNECT refused'), { returnCode }), null)),
        );
      },
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => this.#authorizeSubscribe(client, subscription, done),
    });
    aedes.on('client', (client) => this.#register(client));
    aedes.on('connackSent', ({ returnCode }, client) => returnCode === 0 && this.#open(client));
    aedes.on('subscribe', (subscriptions, client) => this.#subscribed(client, subscriptions));
    aedes.on('unsubscribe', (filters, client) => this.#unsubscribed(client, filters));
    const onClientError = (client: Client, error: Error): void => this.#options.log.debug({ connection: connectionOf(client)?.id, reason: error.message }, 'connection broke');
    aedes.on('clientError', onClientError);
    aedes.on('connectionError', onClientError);
    return aedes;
  }

  #accept(socket: Duplex): void {
    const { maxConnections, maxPayloadBytes, log } = this.#options;
    if (this.#isClosing || this.#connections.size >= maxConnections) {
      socket.destroy();
      return;
    }
    this.#lastConnection += 1;
    const id = String(this.#lastConnection);
    const client = this.#aedes.handle(socket);
    const connection = new Connection(id, client, PACKET_FACTOR * maxPayloadBytes, (reason) => log.warn({ connection: id, client: client.id, reason }, 'connection closed'));
    this.#byClient.set(client, connection);
    this.#connections.add(connection);
    socket.on('drain', () => connection.drained());
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#accepted.delete(connection);
      if (connection.hasClaim) this.#sessions.release(connection, client.id);
    });
  }

  async #admit(client: Client, username: string | null, password: string | null): Promise<2 | 3 | 5 | null> {
    const connection = this.#byClient.get(client);
    if (!connection) return 3;
    try {
      return await this.#admission.refusal(connection, username, password);
    } catch (error) {
      this.#options.log.error({ connection: connection.id, error }, 'authentication failed');
      return 3;
    }
  }

  /** The client before it with the same id has been closed. */
  #register(client: Client): void {
    const connection = this.#byClient.get(client);
    if (!connection?.principal || !connection.request || client.closed) return;
    this.#sessions.attach(connection, client.id, connection.request.clean ?? false, connection.principal);
  }

  #open(client: Client): void {
    const connection = this.#byClient.get(client);
    if (connection?.session?.connection !== connection || !connection?.session) return;
    this.#accepted.add(connection);
    connection.session.outbox.open(connection);
    this.#announce(connection, [...connection.session.filters.keys()]);
  }

  /** Tells the coordinator that an agent now hears its own pings (contract §3, "Coming back"). */
  #announce(connection: Connection, filters: string[]): void {
    const { principal, session, id } = connection;
    if (principal?.kind !== 'agent' || !session) return;
    const topic = pingTopic(principal.name);
    if (!filters.some((filter) => covers(filter, topic))) return;
    this.#handlers.listening(principal.id, id, (pingId) => session.connection === connection && session.outbox.has(pingId));
  }

  #authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const connection = client && this.#byClient.get(client);
    if (!connection) return done(new Error('no connection'));
    const will: unknown = connection.request?.will; // Aedes hands the very object of the CONNECT back when the will is due
    if (packet !== will) {
      this.#gate.pass(connection, packet).then(
        () => done(null),
        (error) => setImmediate(done, error), // an acknowledgement written just before leaves first: Aedes destroys the socket
      );
      return;
    }
    this.#gate.passWill(connection, packet);
    done(null);
  }

  /** An error closes the connection; null is 0x80 for this filter alone. */
  #authorizeSubscribe(client: Client, subscription: Subscription, done: (error: Error | null, subscription?: Subscription | null) => void): void {
    const { principal, session } = this.#byClient.get(client) ?? {};
    const { topic, qos } = subscription;
    if (subscription === RESUMED) done(null, null);
    else if (!principal || !session || !isFilter(topic)) done(new Error('malformed topic filter'));
    else done(null, maySubscribe(principal, topic) && this.#router.subscribe(session, topic, qos) ? subscription : null);
  }

  /** The SUBACK is on its way; a refused filter has qos 128 here. */
  #subscribed(client: Client, subscriptions: Subscription[]): void {
    const connection = this.#byClient.get(client);
    if (!connection?.session) return;
    const granted = subscriptions.filter(({ qos }) => qos <= 2);
    for (const { topic, qos } of granted) this.#router.replay(connection.session, topic, qos);
    this.#announce(
      connection,
      granted.map(({ topic }) => topic),
    );
  }

  /** Aedes also says this when a clean session ends; then the session is gone anyway. */
  #unsubscribed(client: Client, filters: string[]): void {
    const session = this.#byClient.get(client)?.session;
    if (!session || client.closed) return;
    for (const filter of filters) this.#router.unsubscribe(session, filter);
  }

  /** A receipt counts once, and only from the pinged agent itself: the admin reading along proves nothing (contract §3, "Receipts"). */
  #acknowledged({ principal, session }: Connection, packet: { cmd: string; messageId: number }): void {
    const message = session?.outbox.acknowledged(packet.messageId, packet.cmd === 'pubcomp' ? 'pubcomp' : 'puback');
    if (!message?.ping || message.isReceipted || principal?.kind !== 'agent' || principal.id !== message.ping.agentId) return;
    message.isReceipted = true;
    this.#handlers.delivered(message.ping.receipt);
  }

  #closeStalled(): void {
    const now = this.#options.now();
    for (const connection of this.#connections) {
      if (connection.stalledFor(now) >= this.#options.stalledMs) connection.close('takes nothing');
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

/** Made, but deaf until `listen()`; messages published before are retained or queued as ever. */
export async function createEmbeddedBroker(options: EmbeddedOptions, handlers: TransportHandlers): Promise<Transport> {
  return new EmbeddedBroker(options, handlers);
}
