import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Limit } from '#src/clock.ts';

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/** Turns of the event loop that let what is already in the sockets be read, judged, committed and answered. */
const TURNS = 12;
/** A tick that has not asked for its next moment after so long hangs. */
const HANGS_MS = 10_000;

/** A clock that stands still until it is told to go on: what is due then happens at its moment, in order. */
export class ManualClock implements Clock {
  #monotonic = 1_000_000;
  /** The wall clock beside the monotonic one. */
  #offset: number;
  #origin: number;
  readonly #timers = new Set<Timer>();
  /** Time limits: nobody asks for another when one has run out. */
  readonly #limits = new Set<Timer>();

  constructor(wall = Date.UTC(2026, 10, 23, 9)) {
    this.#offset = wall - this.#monotonic;
    this.#origin = this.#offset;
  }

  now(): number {
    return Math.floor(this.#origin + this.#monotonic);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return Math.floor(this.#offset + this.#monotonic);
  }

  rebase(): void {
    this.#origin = this.#offset;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, ms), fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  limit(ms: number): Limit {
    const over = new AbortController();
    const timer = { at: this.#monotonic + Math.max(0, ms), fn: () => over.abort() };
    this.#limits.add(timer);
    return { signal: over.signal, [Symbol.dispose]: () => void this.#limits.delete(timer) };
  }

  /**
   * Time passes: every timer fires at its moment, and what it began is over before the next.
   * @param ending those who own the timers are closing: they need not run again
   */
  async advance(ms: number, ending = false): Promise<void> {
    const end = this.#monotonic + ms;
    await this.#settle(0);
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#monotonic = Math.max(this.#monotonic, next.at);
      await this.#fire(next, ending);
    }
    this.#monotonic = end;
    await this.#settle(0);
  }

  /** The process was stopped for so long: no timer fired meanwhile; those that are due fire once, late. */
  async pause(ms: number): Promise<void> {
    this.skip(ms);
    await this.advance(0);
  }

  /** Time passes and no timer has come to fire yet. */
  skip(ms: number): void {
    this.#monotonic += ms;
  }

  /** Somebody sets the wall clock; nothing else moves. */
  jumpWall(ms: number): void {
    this.#offset += ms;
  }

  #earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of [...this.#timers, ...this.#limits]) if (timer.at <= end && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
    return earliest;
  }

  async #fire(timer: Timer, ending: boolean): Promise<void> {
    const isLimit = this.#limits.delete(timer);
    const waiting = this.#timers.size;
    this.#timers.delete(timer);
    timer.fn();
    await this.#settle(ending || isLimit ? 0 : waiting);
  }

  /** Whoever runs again and again asks for its next moment when it is done: then there are as many timers as before. */
  async #settle(timers: number): Promise<void> {
    const end = performance.now() + HANGS_MS;
    for (let i = 0; i < TURNS || this.#timers.size < timers; i += 1) {
      await turn();
      if (performance.now() > end) throw new Error(`a timer that fired has not asked for its next moment within ${HANGS_MS} ms`);
    }
  }
}
