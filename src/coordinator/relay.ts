import type { Message } from '#domain/draft.ts';
import type { EventRow } from '#domain/model.ts';
import { pingPayload } from '#domain/ping.ts';
import { select } from '#storage/select.ts';
import { dialectOf, type Em, inList, run } from '#storage/statement.ts';
import { eventView } from '#storage/views.ts';
import type { Outbound } from './port.ts';
import type { Receipts } from './receipts.ts';

export interface RelayLog {
  warn(fields: object, message: string): void;
}

/** From commit to transport, at least once: pings are marked published after the transport took them; what a crash left unsent is found by `leftovers`. */
export class Relay {
  readonly #outbound: Outbound;
  readonly #receipts: Receipts;
  readonly #now: () => number;
  readonly #log: RelayLog;

  constructor(outbound: Outbound, receipts: Receipts, now: () => number, log: RelayLog) {
    this.#outbound = outbound;
    this.#receipts = receipts;
    this.#now = now;
    this.#log = log;
  }

  /** Says what a commit left to say, in order. Failures of the transport are logged: pings and alerts are found again, replies by `sync`. */
  send(messages: readonly Message[], events: readonly EventRow[]): void {
    for (const message of messages) this.#watch(this.#say(message), message.to);
    for (const row of events) this.#watch(this.#outbound.event(eventView(row)), 'event');
  }

  #say(message: Message): Promise<void> {
    switch (message.to) {
      case 'ping':
        return this.#outbound
          .ping(message.agent, message.row, message.payload)
          .then(({ receipt }) => this.#receipts.published(message.row.id, this.#now(), receipt));
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
  async leftovers(em: Em): Promise<number> {
    const rows = await select(em, 'ping', 'published_at is null', [], 'order by id limit 500');
    if (rows.length === 0) return 0;
    const d = dialectOf(em);
    const by = async <T extends 'assignment' | 'task' | 'agent'>(table: T, ids: number[]) =>
      new Map((await select(em, table, inList(d, 'id'), [JSON.stringify(ids)])).map((row) => [row.id, row]));
    const assignments = await by(
      'assignment',
      rows.map((r) => r.assignment_id),
    );
    const tasks = await by(
      'task',
      [...assignments.values()].map((a) => a.task_id),
    );
    const agents = await by(
      'agent',
      rows.map((r) => r.agent_id),
    );
    const moot: number[] = [];
    for (const row of rows) {
      const a = assignments.get(row.assignment_id);
      const task = tasks.get(a?.task_id ?? 0);
      const agent = agents.get(row.agent_id);
      if (a !== undefined && task !== undefined && agent !== undefined && a.ping_id === row.ping_id && a.attempt === row.attempt) {
        this.#watch(this.#say({ to: 'ping', agent: agent.name, row, payload: pingPayload(row, a, task, agent) }), 'ping');
      } else moot.push(row.id);
    }
    if (moot.length > 0) await run(em, `delete from ping where ${inList(d, 'id')} and published_at is null`, [JSON.stringify(moot)]);
    return rows.length;
  }
}
