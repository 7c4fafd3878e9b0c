import type { Message } from '#domain/draft.ts';
import type { PingRow } from '#domain/model.ts';
import { pingMessage, stillAsks } from '#domain/ping.ts';
import type { EventRow } from '#domain/trail.ts';
import { takeBackPings } from '#storage/pings.ts';
import { eventView } from '#storage/reads/views.ts';
import { select } from '#storage/select.ts';
import type { Em } from '#storage/statement.ts';
import { askings } from '#storage/webhooks.ts';
import type { Log } from './engine-deps.ts';
import type { Outbound } from './port.ts';
import type { Receipts } from './receipts.ts';

/** From commit to transport, at least once: pings are marked published after the transport took them; what a crash left unsent is found by `leftovers`. */
export class Relay {
  readonly #outbound: Outbound;
  readonly #receipts: Receipts;
  readonly #now: () => number;
  readonly #log: Pick<Log, 'warn'>;

  constructor(outbound: Outbound, receipts: Receipts, now: () => number, log: Pick<Log, 'warn'>) {
    this.#outbound = outbound;
    this.#receipts = receipts;
    this.#now = now;
    this.#log = log;
  }

  /** Says what a commit left to say, in order. Failures of the transport are logged: pings and alerts are found again, replies by `sync`. */
  send(messages: readonly Message[], events: readonly EventRow[]): void {
    for (const message of messages) this.#watch(this.#say(message), message.to);
    for (const row of events) if (this.#outbound.wants(row.kind)) this.#watch(this.#outbound.event(eventView(row)), 'event');
  }

  #say(message: Message): Promise<void> {
    switch (message.to) {
      case 'ping':
        return this.#outbound
          .ping(message.agent, message.row, message.payload)
          .then(({ receipt }) => this.#receipts.published(message.row.id, this.#now(), receipt || message.byWebhook));
      case 'agent':
        return this.#outbound.reply(message.name, message.reply);
      case 'alert':
        return this.#outbound.alert(message.task_id, message.alert);
      case 'mass_stale':
        return this.#outbound.massStale(message.alert);
      case 'disconnect':
        return this.#outbound.disconnect(message.name);
      default:
        return message satisfies never;
    }
  }

  #watch(sent: Promise<void>, what: string): void {
    sent.catch((error) => this.#log.warn({ err: error, what }, 'not published'));
  }

  /** Publishes pings that were committed and never sent; those of a closed or meanwhile answered assignment were never asked, and go. */
  async leftovers(em: Em): Promise<void> {
    for (let rows = await unsentBeyond(em, 0); rows.length > 0; rows = await unsentBeyond(em, rows.at(-1)?.id ?? 0)) {
      const current = (await askings(em, rows)).filter(({ ping, assignment }) => stillAsks(ping, assignment));
      for (const { ping, assignment, task, agent } of current) this.#watch(this.#say(pingMessage(ping, assignment, task, agent)), 'ping');
      const kept = new Set(current.map(({ ping }) => ping.id));
      await takeBackPings(
        em,
        rows.filter(({ id }) => !kept.has(id)),
      );
    }
  }
}

/** So many leftovers are held in memory at once. */
const PORTION = 500;
const unsentBeyond = (em: Em, id: number): Promise<PingRow[]> => select(em, 'ping', 'published_at is null and id > ?', [id], `order by id limit ${PORTION}`);
