import type { Message, Qos } from '#mqtt/outbox.ts';
import type { Session } from '#mqtt/sessions.ts';
import { TopicTree } from '#mqtt/topic-tree.ts';

/** Filters one session may hold. `agents/<own>/<anything>` is granted to its agent, so without a bound it could hold any number. */
const MAX_FILTERS = 1000;

const lower = (a: Qos, b: Qos): Qos => (a < b ? a : b);

/** Who gets which message: subscriptions of connected and stored sessions, and the retained messages. */
export class Router {
  readonly #subscribers = new TopicTree<Map<Session, Qos>>();
  readonly #retained = new TopicTree<Message>();

  /** False if the session holds too many filters already. */
  subscribe(session: Session, filter: string, qos: Qos): boolean {
    if (session.filters.size >= MAX_FILTERS && !session.filters.has(filter)) return false;
    session.filters.set(filter, qos);
    const subscribers = this.#subscribers.get(filter);
    if (subscribers) subscribers.set(session, qos);
    else this.#subscribers.set(filter, new Map([[session, qos]]));
    return true;
  }

  unsubscribe(session: Session, filter: string): void {
    session.filters.delete(filter);
    const subscribers = this.#subscribers.get(filter);
    subscribers?.delete(session);
    if (subscribers?.size === 0) this.#subscribers.delete(filter);
  }

  wanted(topic: string): boolean {
    let found = false;
    this.#subscribers.filtersMatching(topic, () => {
      found = true;
    });
    return found;
  }

  /** Whether this user's sessions that want the topic would acknowledge it: false where all of them listen at QoS 0; true, too, where there are none. */
  acknowledges(owner: string, topic: string): boolean {
    let [listens, acknowledges] = [false, false];
    this.#subscribers.filtersMatching(topic, (subscribers) => {
      for (const [session, qos] of subscribers) {
        if (session.owner !== owner) continue;
        listens = true;
        if (qos > 0) acknowledges = true;
      }
    });
    return acknowledges || !listens;
  }

  /** Hands the message to every session that wants it: once, at the highest QoS of its matching filters [MQTT-3.3.5-1]. Waits for nobody. */
  publish(message: Message, retain: boolean): void {
    if (retain) this.#retain(message);
    const receivers = new Map<Session, Qos>();
    this.#subscribers.filtersMatching(message.topic, (subscribers) => {
      for (const [session, qos] of subscribers) {
        if ((receivers.get(session) ?? 0) <= qos) receivers.set(session, qos);
      }
    });
    for (const [session, qos] of receivers) session.outbox.add(message, lower(qos, message.qos), false); // retain 0 for existing subscriptions [MQTT-3.3.1-9]
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
