import type { Event } from '#schemas/resources.ts';
import type { Reads } from '#storage/reads/reads.ts';

/** Events held in memory; beyond it they are read from the log when their turn comes. */
const MAX_PENDING = 5_000;
/** Events handed on together. */
const BATCH = 500;

/**
 * The end of the event log, in id order, each event once. Commits of this process hand their events over; the log itself is the truth: what was not
 * handed over (another process's, or too many at once) is read from it.
 */
export class Tail {
  readonly #reads: Reads;
  #pending: Event[] = [];
  /** The last event that was taken in, and the last that is known to exist. */
  #through = 0;
  #newest = 0;
  #isOpen = false;
  /** The log is being read: what is offered meanwhile is in it, or read next. */
  #isReading = false;

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  /** From now on; gives the id of the newest event, which is not handed on. */
  async open(): Promise<number> {
    this.#isOpen = true;
    this.#newest = 0;
    this.#pending = [];
    this.#through = Number.POSITIVE_INFINITY; // nothing fits until it is known where the log ends
    const { last } = await this.#reads.eventRange();
    this.#pending = [];
    this.#through = last;
    return last;
  }

  close(): void {
    this.#isOpen = false;
    this.#pending = [];
  }

  /** Events of a commit, in id order. */
  offer(events: readonly Event[]): void {
    if (!this.#isOpen) return;
    for (const event of events) {
      if (!this.#isReading && event.id === this.#through + 1 && this.#pending.length < MAX_PENDING) {
        this.#pending.push(event);
        this.#through = event.id;
      }
      if (event.id > this.#newest) this.#newest = event.id;
    }
  }

  /** Looks whether the log has grown; true where there is something to hand on. */
  async poll(): Promise<boolean> {
    if (this.#isOpen) this.#newest = Math.max(this.#newest, (await this.#reads.eventRange()).last);
    return this.#pending.length > 0 || this.#newest > this.#through;
  }

  /** The next events; none: that was all for now. */
  async next(): Promise<readonly Event[]> {
    if (this.#pending.length > 0) return this.#pending.splice(0, BATCH);
    if (!this.#isOpen || this.#newest <= this.#through) return [];
    this.#isReading = true;
    try {
      const { items, next } = await this.#reads.events({ owner_id: null }, { limit: BATCH, beyond: this.#through });
      this.#through = items.at(-1)?.id ?? next ?? this.#newest;
      return items;
    } finally {
      this.#isReading = false;
    }
  }

  /** What came after this event was not delivered: it is handed on again. */
  back(to: number): void {
    this.#pending = [];
    this.#newest = Math.max(this.#newest, this.#through);
    this.#through = to;
  }
}
