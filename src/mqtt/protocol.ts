import type { Duplex } from 'node:stream';
import { Aedes, type Client, type PublishPacket, type Subscription } from 'aedes';
import { CONNECT_REFUSALS, type ConnectRefusal } from '#schemas/vocabulary.ts';
import { maySubscribe } from './access.ts';
import type { Admission } from './admission.ts';
import { deafEmitter, RESUMED, SessionPersistence } from './aedes-port.ts';
import { Connection } from './connection.ts';
import { covers, isFilter } from './filters.ts';
import { type Gate, isExpected } from './gate.ts';
import type { Log } from './log.ts';
import type { Recent } from './recent.ts';
import type { Router } from './router.ts';
import type { Sessions } from './sessions.ts';
import { pingTopic, replyTopic } from './topics.ts';
import type { Origin, TransportHandlers } from './transport.ts';
import { Wall } from './wall.ts';
import { endedConnection, endOf } from './wire/connections.ts';
import type { Wire } from './wire/wire.ts';

/** What Aedes is told and asked through. */
interface ProtocolParts {
  readonly handlers: TransportHandlers;
  readonly router: Router;
  readonly sessions: Sessions;
  readonly admission: Admission;
  readonly gate: Gate;
  readonly wire: Wire;
  /** Assignments whose withdrawal is known to have reached the agent it was meant for. */
  readonly withdrawn: Recent;
  readonly log: Log;
}

interface ProtocolLimits {
  /** Bytes a packet may announce. */
  readonly packetBytes: number;
  readonly connectTimeoutMs: number;
  readonly stalledMs: number;
  /** Server time, epoch ms. */
  readonly serverNow: () => number;
}

/** The conversation with clients: Aedes' hooks and events, each handed to the part that decides. */
export class Protocol {
  readonly #parts: ProtocolParts;
  readonly #limits: ProtocolLimits;
  readonly #aedes: Aedes;
  readonly #wall: Wall;
  /** Aedes still asks about a client after its stream has closed, hence weak and not removed. */
  readonly #byClient = new WeakMap<Client, Connection>();
  #lastConnection = 0;
  /** Every open stream. */
  readonly connections = new Set<Connection>();
  /** Those with a CONNACK. */
  readonly accepted = new Set<Connection>();

  constructor(parts: ProtocolParts, limits: ProtocolLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#wall = new Wall((client) => this.#byClient.get(client), parts.log);
    this.#aedes = this.#newAedes();
  }

  open(): Promise<void> {
    return this.#aedes.listen();
  }

  /** Ends what is still open. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#aedes.close(resolve));
  }

  /** Speaks MQTT on this stream from now on. */
  accept(stream: Duplex, origin: Origin): void {
    const { log } = this.#parts;
    const { packetBytes, serverNow } = this.#limits;
    this.#lastConnection += 1;
    const id = String(this.#lastConnection);
    const client = this.#aedes.handle(stream);
    const connection = new Connection(id, client, origin, {
      packetBytes,
      serverNow,
      onClose: (reason) => log.warn({ connection: id, client: client.id, reason }, 'connection closed'),
    });
    this.#byClient.set(client, connection);
    this.connections.add(connection);
    this.#wall.aroundPackets(client);
    stream.on('drain', () => this.#wall.inside(client, () => connection.drained()));
    stream.once('close', () => this.#wall.inside(client, () => this.#closed(connection)));
  }

  #closed(connection: Connection): void {
    const { sessions, wire } = this.#parts;
    const now = this.#limits.serverNow();
    this.connections.delete(connection);
    const { principal, client } = connection;
    if (this.accepted.delete(connection) && principal?.kind === 'agent') wire.ended(principal.name, endedConnection(connection, now));
    if (connection.hasClaim) sessions.release(connection, client.id, now);
  }

  #newAedes(): Aedes {
    const connectionOf = (client: Client): Connection | undefined => this.#byClient.get(client);
    const aedes = new Aedes({
      mq: deafEmitter,
      persistence: new SessionPersistence(this.#parts.sessions, connectionOf, this.#wall, {
        onAcknowledged: (connection, packet) => this.#acknowledged(connection, packet),
        onReleased: (connection, packetId) => this.#released(connection, packetId),
      }),
      connectTimeout: this.#limits.connectTimeoutMs,
      drainTimeout: this.#limits.stalledMs,
      preConnect: (client, packet, done) => {
        const connection = connectionOf(client);
        if (connection) connection.request = packet;
        done(null, true);
      },
      authenticate: async (client, username, password, done) => {
        const refusal = await this.#admit(client, username ?? null, password?.toString() ?? null);
        const answer = this.#wall.around(client, done);
        if (refusal === 'close') client.conn.destroy();
        else if (refusal === null) answer(null, true);
        else answer(Object.assign(new Error('CONNECT refused'), { returnCode: CONNECT_REFUSALS[refusal] }), null);
      },
      authorizePublish: (client, packet, done) => {
        if (client) this.#wall.inside(client, () => this.#authorizePublish(client, packet, this.#wall.around(client, done)));
      },
      authorizeSubscribe: (client, subscription, done) => this.#wall.inside(client, () => this.#authorizeSubscribe(client, subscription, done)),
    });
    aedes.on('client', (client) => this.#wall.inside(client, () => this.#register(client)));
    aedes.on('connackSent', ({ returnCode }, client) => returnCode === 0 && this.#wall.inside(client, () => this.#start(client)));
    aedes.on('subscribe', (subscriptions, client) => this.#wall.inside(client, () => this.#subscribed(client, subscriptions)));
    aedes.on('unsubscribe', (filters, client) => this.#wall.inside(client, () => this.#unsubscribed(client, filters)));
    const onError = (client: Client, error: Error): void => {
      const connection = connectionOf(client);
      connection?.endsBy(endOf(error), error.message);
      this.#parts.log.debug({ connection: connection?.id, reason: error.message }, 'connection broke');
    };
    aedes.on('clientError', onError);
    aedes.on('connectionError', onError);
    return aedes;
  }

  async #admit(client: Client, username: string | null, password: string | null): Promise<ConnectRefusal | 'close' | null> {
    const { admission, handlers, wire, log } = this.#parts;
    const connection = this.#byClient.get(client);
    if (!connection) return 'unavailable';
    try {
      const refusal = await admission.refusal(connection, username, password);
      // Strangers' names are not kept: there is no end to them.
      if (refusal !== null && refusal !== 'close' && username !== null && handlers.isAgent(username)) wire.refused(username, connection, refusal);
      return refusal;
    } catch (error) {
      log.error({ connection: connection.id, err: error }, 'authentication failed');
      return 'unavailable';
    }
  }

  /** The client before it with the same id has been closed. */
  #register(client: Client): void {
    const connection = this.#byClient.get(client);
    if (!connection?.principal || !connection.request || client.closed) return;
    this.#parts.sessions.attach(connection, client.id, connection.request.clean ?? false, connection.principal);
  }

  /** The CONNACK is written. */
  #start(client: Client): void {
    const connection = this.#byClient.get(client);
    if (!connection?.session || connection.session.connection !== connection) return;
    this.accepted.add(connection);
    connection.acceptedAt = this.#limits.serverNow();
    connection.session.outbox.open(connection);
    this.#announce(connection, [...connection.session.filters.keys()]);
  }

  /** Tells the coordinator that an agent now hears its own replies and pings (contract §3, "Coming back"). */
  #announce(connection: Connection, filters: string[]): void {
    const { principal, session, id } = connection;
    if (principal?.kind !== 'agent' || !session) return;
    const { handlers, withdrawn } = this.#parts;
    const hears = (topic: string): boolean => filters.some((filter) => covers(filter, topic));
    const isHere = (): boolean => session.connection === connection;
    if (hears(replyTopic(principal.name)))
      handlers.listeningToReplies(principal.id, (assignmentId) => withdrawn.has(String(assignmentId)) || (isHere() && session.outbox.withdraws(assignmentId)));
    if (hears(pingTopic(principal.name))) handlers.listening(principal.id, id, (pingId) => isHere() && session.outbox.has(pingId));
  }

  /** Also asked when a Last Will is due; then Aedes hands the very object of the CONNECT back. */
  #authorizePublish(client: Client, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const connection = this.#byClient.get(client);
    if (!connection) return done(new Error('no connection'));
    const will: unknown = connection.request?.will;
    if (packet === will) {
      this.#parts.gate.passWill(connection, packet);
      return done(null);
    }
    this.#parts.gate.pass(connection, packet).then(
      () => done(null),
      // an acknowledgement written just before leaves first: Aedes destroys the socket
      (error) => setImmediate(isExpected(error) ? done : () => this.#wall.breached(client, error), error),
    );
  }

  /** An error closes the connection; null is 0x80 for this filter alone. */
  #authorizeSubscribe(client: Client, subscription: Subscription, done: (error: Error | null, subscription?: Subscription | null) => void): void {
    const { principal, session } = this.#byClient.get(client) ?? {};
    const { topic, qos } = subscription;
    if (subscription === RESUMED) done(null, null);
    else if (!principal || !session || !isFilter(topic)) done(new Error('malformed topic filter'));
    else done(null, maySubscribe(principal, topic) && this.#parts.router.subscribe(session, topic, qos) ? subscription : null);
  }

  /** The SUBACK is on its way; a refused filter has qos 128 here. */
  #subscribed(client: Client, subscriptions: Subscription[]): void {
    const connection = this.#byClient.get(client);
    if (!connection?.session) return;
    if (subscriptions.length === 0) connection.close('refused_packet', 'SUBSCRIBE without a filter'); // [MQTT-3.8.3-3]; Aedes answers it
    const granted = subscriptions.filter(({ qos }) => qos <= 2);
    for (const { topic, qos } of granted) this.#parts.router.replay(connection.session, topic, qos);
    const topics = granted.map(({ topic }) => topic);
    this.#announce(connection, topics);
  }

  /** Aedes also says this when a clean session ends; then the session is gone anyway. */
  #unsubscribed(client: Client, filters: string[]): void {
    const session = this.#byClient.get(client)?.session;
    if (!session || client.closed) return;
    for (const filter of filters) this.#parts.router.unsubscribe(session, filter);
  }

  /** A receipt counts once, and only from the pinged agent itself: the admin reading along proves nothing (contract §3, "Receipts"). */
  #acknowledged({ principal, session }: Connection, packet: { cmd: string; messageId: number }): void {
    const message = session?.outbox.acknowledged(packet.messageId, packet.cmd === 'pubcomp' ? 'pubcomp' : 'puback');
    if (!message?.ping || message.isReceipted || principal?.kind !== 'agent' || principal.id !== message.ping.agentId) return;
    message.isReceipted = true;
    this.#parts.handlers.delivered(message.ping.receipt);
  }

  /** Without an answer when a PUBLISH before it failed; an acknowledgement written just before leaves first. */
  #released(connection: Connection, packetId: number): Promise<void> {
    return this.#parts.gate.release(connection, packetId).catch((error: Error) => {
      setImmediate(() => connection.close('not_committed', error.message));
      return new Promise<void>(() => {});
    });
  }
}
