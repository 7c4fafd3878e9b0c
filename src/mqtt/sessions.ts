import type { Principal } from '#domain/principal.ts';
import { actorOf } from '#domain/principal.ts';
import { maySubscribe } from './access.ts';
import type { Connection } from './connection.ts';
import type { Qos } from './message.ts';
import { Outbox } from './outbox.ts';
import type { Router } from './router.ts';

/** Stored sessions (CleanSession 0) one user may leave behind; the one unused for longest is dropped. */
const STORED_PER_USER = 10;

/** MQTT's session state (3.1.1 §3.1.2.4), plus the user it belongs to, which Aedes does not keep: there, anyone who knows a client id takes it over. */
export class Session {
  readonly clientId: string;
  readonly owner: string;
  /** The latest connection asked for CleanSession 0: the session outlives it. */
  persistent = false;
  connection: Connection | null = null;
  readonly filters = new Map<string, Qos>();
  readonly outbox: Outbox;
  /** Server time, epoch ms; null while it is connected. */
  disconnectedAt: number | null = null;
  /**
   * QoS 2 packet ids whose PUBREL has not come, each with what settles when its message was taken: a repetition waits for that, is answered,
   * and is not taken again [MQTT-4.3.3-2]. Kept in the order of the packets, not of the commits.
   */
  readonly taken = new Map<number, Promise<void>>();
  /** Every connection that authenticated for this client id and is not gone; more than one only during a takeover. */
  readonly holders: Set<Connection>;

  constructor(clientId: string, owner: string, holders = new Set<Connection>()) {
    this.clientId = clientId;
    this.owner = owner;
    this.outbox = new Outbox(owner);
    this.holders = holders;
  }
}

/** All sessions by client id. A client id belongs to its user as long as a connection or a stored session exists (contract §5). */
export class Sessions {
  readonly #router: Router;
  readonly #byClient = new Map<string, Session>();
  /** By user: connections that have a client id. */
  readonly #connections = new Map<string, number>();
  readonly #maxOfOne: number;
  /** By user: stored sessions without a connection, longest unused first. */
  readonly #stored = new Map<string, Set<Session>>();

  /** @param maxOfOne connections of one agent, so that none can take all there are */
  constructor(router: Router, maxOfOne: number) {
    this.#router = router;
    this.#maxOfOne = maxOfOne;
  }

  /** Whether this user may have no more connections. */
  isFull(principal: Principal): boolean {
    return principal.kind === 'agent' && (this.#connections.get(actorOf(principal)) ?? 0) >= this.#maxOfOne;
  }

  /** Whether a client that now connects with CleanSession 0 finds a session (CONNACK's session present flag). */
  isStored(clientId: string): boolean {
    return this.#byClient.get(clientId)?.persistent ?? false;
  }

  /** Takes the client id for this connection's user; false if it is another user's. Before CONNACK, so that of two at once only one gets it. */
  claim(connection: Connection, clientId: string, principal: Principal): boolean {
    const owner = actorOf(principal);
    let session = this.#byClient.get(clientId);
    if (session && session.owner !== owner) return false;
    if (!session) {
      session = new Session(clientId, owner);
      this.#byClient.set(clientId, session);
    }
    session.holders.add(connection);
    this.#connections.set(owner, (this.#connections.get(owner) ?? 0) + 1);
    return true;
  }

  /** The connection is now the only one with its client id: resumes the stored session or begins a new one [MQTT-3.1.2-4] [MQTT-3.1.2-6]. */
  attach(connection: Connection, clientId: string, clean: boolean, principal: Principal): void {
    const found = this.#byClient.get(clientId);
    if (!found?.holders.has(connection)) return; // dropped meanwhile; the connection is being closed
    let session = found;
    if (clean || !found.persistent) {
      this.#forget(found);
      session = new Session(clientId, found.owner, found.holders);
      this.#byClient.set(clientId, session);
    }
    this.#unstore(session);
    session.persistent = !clean;
    session.disconnectedAt = null;
    session.connection = connection;
    connection.session = session;
    for (const filter of session.filters.keys()) {
      if (!maySubscribe(principal, filter)) this.#router.unsubscribe(session, filter); // a main agent may have become a sub-agent
    }
  }

  /** The connection, which had claimed its client id, is gone. `now`: server time, epoch ms. */
  release(connection: Connection, clientId: string, now: number): void {
    if (connection.principal) this.#leave(actorOf(connection.principal));
    const session = this.#byClient.get(clientId);
    if (connection.session !== session) connection.session?.outbox.discard(); // it is over, or another took its place
    if (!session?.holders.delete(connection)) return;
    session.outbox.close(connection);
    if (session.connection === connection) session.connection = null;
    if (session.holders.size > 0) return;
    session.disconnectedAt = now;
    if (session.persistent) this.#store(session);
    else this.#forget(session);
  }

  /** Every session of this user, connected or stored. */
  of(owner: string): Session[] {
    return [...this.#byClient.values()].filter((session) => session.owner === owner);
  }

  /** Drops every session of this user and returns the connections that held them. */
  dropOwner(owner: string): Connection[] {
    const dropped = this.of(owner);
    for (const session of dropped) this.#forget(session);
    return dropped.flatMap((session) => [...session.holders]);
  }

  #leave(owner: string): void {
    const left = (this.#connections.get(owner) ?? 1) - 1;
    if (left === 0) this.#connections.delete(owner);
    else this.#connections.set(owner, left);
  }

  #store(session: Session): void {
    const stored = this.#stored.get(session.owner) ?? new Set();
    this.#stored.set(session.owner, stored.add(session));
    const [oldest] = stored;
    if (stored.size > STORED_PER_USER && oldest) this.#forget(oldest);
  }

  #unstore(session: Session): void {
    const stored = this.#stored.get(session.owner);
    stored?.delete(session);
    if (stored?.size === 0) this.#stored.delete(session.owner);
  }

  #forget(session: Session): void {
    this.#unstore(session);
    if (session.connection === null) session.outbox.discard();
    for (const filter of session.filters.keys()) this.#router.unsubscribe(session, filter);
    this.#byClient.delete(session.clientId);
  }
}
