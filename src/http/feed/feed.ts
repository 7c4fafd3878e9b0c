import type { Socket } from 'node:net';
import type { WebSocket } from '@fastify/websocket';
import type { Coordinator } from '#coordinator/port.ts';
import type { Principal } from '#domain/principal.ts';
import { CHECK_MS, type Connections } from '#http/auth/connections.ts';
import type { HttpDeps } from '#http/deps.ts';
import type { Event } from '#schemas/resources.ts';
import { every } from '#src/clock.ts';
import { Reader } from './reader.ts';
import { Snapshots } from './snapshot.ts';
import { Tail } from './tail.ts';
import { Turns } from './turns.ts';
import { narrowedTo, Story, viewOf } from './view.ts';

const MAX_READERS = 2_000;
/** Of one agent; its sessions and tokens are one. */
const MAX_OF_ONE = 50;
/** Events that come within so long go out together: at 200 a second to 500 readers every write carries ten messages instead of one. The first goes at once. */
const PACE_MS = 50;
const LOOK_MS = 1_000;
/** Events of one step of catching up, and how many readers catch up at once. */
const PAGE = 200;
const MAX_CATCHING_UP = 4;

export interface Start {
  /** Where the reader goes on; undefined: it is new. */
  readonly after: number | undefined;
  readonly snapshot: boolean;
}

type FeedDeps = Pick<HttpDeps, 'reads' | 'clock' | 'log' | 'figures'> & {
  readonly coordinator: Pick<Coordinator, 'onEvents' | 'now'>;
  readonly connections: Connections;
};

/**
 * The live feed. Every reader has a cursor into the event log. A reader that is behind catches up from the log, page by page; once nothing lies between
 * its cursor and what was delivered last, it is live and gets each batch as it comes. Both happen in one turn of the event loop, so that no event falls in between.
 */
export class Feed {
  readonly #deps: FeedDeps;
  readonly #readers = new Set<Reader>();
  readonly #tail: Tail;
  readonly #snapshots: Snapshots;
  readonly #turns = new Turns(MAX_CATCHING_UP);
  /** The last event that went out to live readers. */
  #delivered = 0;
  #opening: Promise<void> | null = null;
  #isDelivering = false;
  #isClosed = false;
  readonly #stop: (() => void)[];

  constructor(deps: FeedDeps) {
    const { coordinator, clock, reads, connections } = deps;
    this.#deps = deps;
    this.#tail = new Tail(reads);
    this.#snapshots = new Snapshots(deps);
    this.#stop = [
      coordinator.onEvents((events) => this.#offer(events)),
      every(clock, LOOK_MS, () => this.#look()),
      every(clock, CHECK_MS, () => {
        for (const reader of this.#readers) reader.ping();
        void connections.check();
      }),
    ];
  }

  /** Whether there is room for one more reader, in all and of this principal. */
  hasRoomFor(principal: Principal): boolean {
    if (this.#isClosed || this.#readers.size >= MAX_READERS) return false;
    if (principal.kind !== 'agent') return true;
    return [...this.#readers].filter(({ principal: p }) => p.kind === 'agent' && p.id === principal.id).length < MAX_OF_ONE;
  }

  /** How many read. */
  get size(): number {
    return this.#readers.size;
  }

  /** Takes an open connection; `stream` is the socket below it. `left` is called when it has ended. The reader can be told to go. */
  join(socket: WebSocket, stream: Socket, principal: Principal, start: Start, left: () => void): Reader {
    const reader: Reader = new Reader(socket, stream, principal, start.after ?? 0, this.#deps.clock.after, () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#sleep();
      left();
    });
    this.#readers.add(reader);
    this.#orEnd(reader, this.#welcome(reader, start));
    return reader;
  }

  /** What fails for one reader ends that reader. */
  #orEnd(reader: Reader, serving: Promise<void>): void {
    serving.catch((error) => {
      this.#deps.log.error({ err: error }, 'a reader of the feed could not be served');
      reader.end('failed');
    });
  }

  /** Tells every reader that it may come back. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stop) stop();
    for (const reader of this.#readers) reader.end('stopping');
  }

  async #welcome(reader: Reader, { after, snapshot }: Start): Promise<void> {
    if (this.#opening === null) this.#opening = this.#wake();
    await this.#opening;
    const { first, last } = await this.#deps.reads.eventRange();
    const resumeFrom = after !== undefined && after <= last && after >= first - 1 ? after : null;
    if (snapshot || resumeFrom === null) {
      const taken = await this.#turns.take(() => this.#snapshots.take(reader.principal, resumeFrom, this.#turns.isCrowded));
      reader.cursor = taken.last;
      reader.send([taken.message]);
    }
    await this.#catchUp(reader);
  }

  /** Follows the log only while somebody reads. */
  async #wake(): Promise<void> {
    try {
      this.#delivered = await this.#tail.open();
    } catch (error) {
      this.#sleep();
      throw error;
    }
  }

  #sleep(): void {
    this.#opening = null;
    this.#tail.close();
  }

  async #catchUp(reader: Reader): Promise<void> {
    while (reader.isOpen && !reader.isLive) {
      const messages = await this.#turns.take(() => this.#page(reader));
      // From here to the end of the turn nothing is delivered: either it is in this page, or the reader will be there.
      reader.isLive = reader.cursor >= this.#delivered;
      if (reader.isLive) reader.send(messages);
      else await new Promise<void>((resolve) => reader.send(messages, resolve)); // a reader that reads slowly is read for slowly
    }
  }

  /** The next events after the reader's cursor, which moves on. */
  async #page(reader: Reader): Promise<Buffer[]> {
    if (!reader.isOpen) return [];
    const { reads } = this.#deps;
    const owner_id = narrowedTo(reader.principal);
    const { last } = await reads.eventRange();
    const { items, next } = await reads.events({ owner_id }, { limit: PAGE, beyond: reader.cursor });
    const messages = await this.#stories(items, owner_id === null ? [] : [owner_id]);
    reader.cursor = next ?? Math.max(last, reader.cursor, items.at(-1)?.id ?? 0);
    return messages(reader.principal).map(({ message }) => message);
  }

  /** Reads what these events speak of, once; then each principal's messages. */
  async #stories(events: readonly Event[], agentIds: readonly number[]): Promise<(principal: Principal) => { id: number; message: Buffer }[]> {
    const { reads } = this.#deps;
    const mentioned = await reads.mentioned(events);
    const held = await reads.heldBy(agentIds, [...new Set(events.flatMap(({ task_id }) => task_id ?? []))]);
    const stories = events.map((event) => new Story(event, mentioned));
    return (principal) => {
      const own = narrowedTo(principal);
      const tasks = own === null ? undefined : held.get(own);
      return stories.flatMap((story) => {
        const message = story.messageFor(principal, tasks);
        return message === null ? [] : [{ id: story.event.id, message }];
      });
    };
  }

  #offer(events: Event[]): void {
    this.#tail.offer(events);
    if (this.#opening !== null) void this.#deliver();
  }

  /** One at a time, batch by batch, until there is nothing more. */
  async #deliver(): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let batch = await this.#tail.next(); batch.length > 0; batch = await this.#tail.next()) {
        await this.#deliverBatch(batch);
        await new Promise<void>((resolve) => this.#deps.clock.after(PACE_MS, resolve));
      }
    } catch (error) {
      this.#deps.log.error({ err: error }, 'events were not delivered to the feed; tried again soon');
      this.#tail.back(this.#delivered);
    } finally {
      this.#isDelivering = false;
    }
  }

  async #deliverBatch(batch: readonly Event[]): Promise<void> {
    const agents = new Set([...this.#readers].flatMap(({ principal }) => narrowedTo(principal) ?? []));
    const messagesOf = await this.#stories(batch, [...agents]);
    // In one turn from here on: see #catchUp.
    this.#delivered = Math.max(this.#delivered, batch.at(-1)?.id ?? 0);
    const byView = new Map<string, ReturnType<typeof messagesOf>>();
    for (const reader of this.#readers) {
      if (!reader.isLive) continue;
      const own = narrowedTo(reader.principal);
      if (own !== null && !agents.has(own)) {
        this.#demote(reader); // it came while the batch was made ready, without its tasks
        continue;
      }
      const view = viewOf(reader.principal);
      const messages = byView.get(view) ?? messagesOf(reader.principal);
      byView.set(view, messages);
      reader.send(messages.filter(({ id }) => id > reader.cursor).map(({ message }) => message));
      reader.cursor = Math.max(reader.cursor, this.#delivered);
    }
  }

  #demote(reader: Reader): void {
    reader.isLive = false;
    this.#orEnd(reader, this.#catchUp(reader));
  }

  #look(): void {
    if (this.#readers.size === 0) return;
    const now = this.#deps.clock.monotonic();
    for (const reader of this.#readers) reader.look(now);
    this.#tail.poll().then(
      (hasMore) => (hasMore ? this.#deliver() : undefined),
      (error) => this.#deps.log.error({ err: error }, 'the event log could not be looked at; tried again soon'),
    );
  }
}
