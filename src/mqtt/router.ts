import type { Message, Qos } from './message.ts';
import type { Session } from './sessions.ts';
import { TopicTree } from './topic-tree.ts';

/** Filters one session may hold. `agents/<own>/<anything>` is granted to its agent, so without a bound it could hold any number. */
const MAX_FILTERS = 1000;

const lower = (a: Qos, b: Qos): Qos => (a < b ? a : b);

/** Topics whose receivers are remembered at most: a few per agent. */
const MAX_REMEMBERED = 50_000;

/** Who gets which message: subscriptions of connected and stored sessions, and the retained messages. */
export class Router {
  readonly #subscribers = new TopicTree<Map<Session, Qos>>();
  readonly #retained = new TopicTree<Message>();
  /** By topic, until a subscription comes or goes: the same few topics are spoken on all the time. */
  readonly #receivers = new Map<string, ReadonlyMap<Session, Qos>>();

  /** False if the session holds too many filters already. */
  subscribe(session: Session, filter: string, qos: Qos): boolean {
    if (session.filters.size >= MAX_FILTERS && !session.filters.has(filter)) return false;
    this.#receivers.clear();
    session.filters.set(filter, qos);
    const subscribers = this.#subscribers.get(filter);
    if (subscribers) subscribers.set(session, qos);
    else this.#subscribers.set(filter, new Map([[session, qos]]));
    return true;
  }

  unsubscribe(session: Session, filter: string): void {
    this.#receivers.clear();
    session.filters.delete(filter);
    const subscribers = this.#subscribers.get(filter);
    subscribers?.delete(session);
    if (subscribers?.size === 0) this.#subscribers.delete(filter);
  }

  wanted(topic: string): boolean {
    return this.#receiversOf(topic).size > 0;
  }

  /** Whether this user's sessions that want the topic would acknowledge it: false where all of them listen at QoS 0; true, too, where there are none. */
  acknowledges(owner: string, topic: string): boolean {
    let listens = false;
    for (const [session, qos] of this.#receiversOf(topic)) {
      if (session.owner !== owner) continue;
      if (qos > 0) return true;
      listens = true;
    }
    return !listens;
  }

  /** Hands the message to every session that wants it. Waits for nobody. */
  publish(message: Message, retain: boolean): void {
    if (retain) this.#retain(message);
    // With retain 0, as the subscription was there before [MQTT-3.3.1-9].
    for (const [session, qos] of this.#receiversOf(message.topic)) session.outbox.add(message, lower(qos, message.qos), false);
  }

  /** Every session that wants the topic, once, with the highest QoS of its matching filters [MQTT-3.3.5-1]. */
  #receiversOf(topic: string): ReadonlyMap<Session, Qos> {
    const known = this.#receivers.get(topic);
    if (known !== undefined) return known;
    const receivers = new Map<Session, Qos>();
    this.#subscribers.filtersMatching(topic, (subscribers) => {
      for (const [session, qos] of subscribers) {
        if ((receivers.get(session) ?? 0) <= qos) receivers.set(session, qos);
      }
    });
    if (this.#receivers.size >= MAX_REMEMBERED) this.#receivers.clear();
    this.#receivers.set(topic, receivers);
    return receivers;
  }

  /** A new subscription gets what is retained, marked as such [MQTT-3.3.1-6] [MQTT-3.3.1-8]. */
  replay(session: Session, filter: string, qos: Qos): void {
    this.#retained.topicsMatching(filter, (message) => session.outbox.add(message, lower(qos, message.qos), true));
  }

  /** An empty payload clears [MQTT-3.3.1-10]. The payload is copied: a client's is a view into the whole chunk its socket read. */
  #retain(message: Message): void {
    if (message.payload.length === 0) this.#retained.delete(message.topic);
    else this.#retained.set(message.topic, { ...message, payload: Buffer.from(message.payload) });
  }
}
