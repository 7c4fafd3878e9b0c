import type { Clock } from '#src/clock.ts';

/** The longest sleep: gaps over 5 s are outages, so the pulse of the loop must be well below. */
const MAX_SLEEP_MS = 1000;

/** The only timer: runs `tick` at the next moment that anyone asked for, at least once a second, never twice at once. */
export class Ticker {
  readonly #clock: Clock;
  readonly #tick: () => Promise<number | null>;
  #cancel: (() => void) | null = null;
  /** Monotonic moment of the scheduled run. */
  #at = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;
  /** Earliest server time asked for while a run goes on. */
  #wanted = Number.POSITIVE_INFINITY;
  /** Until it is started, nobody's nudge sets it going. */
  #stopped = true;
  /** How late the last run began, ms. */
  #late = 0;
  /** Monotonic moment at which the present run began. */
  #began = 0;

  /** @param tick does the work; gives the server time of the next moment, or null; must not throw */
  constructor(clock: Clock, tick: () => Promise<number | null>) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** How late it is, ms: the run that should have begun and has not, or the one that goes on and on; when all is well, the last one. */
  get lag(): number {
    const mono = this.#clock.monotonic();
    const now = this.#running === null ? mono - this.#at : mono - this.#began - MAX_SLEEP_MS;
    return Math.max(this.#late, now);
  }

  start(): void {
    this.#stopped = false;
    this.#schedule(0);
  }

  /** Something may be due at this server time (default: now). */
  nudge(at: number = this.#clock.now()): void {
    if (this.#stopped) return;
    if (this.#running !== null) this.#wanted = Math.min(this.#wanted, at);
    else this.#schedule(at - this.#clock.now());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #schedule(ms: number): void {
    const wait = Math.min(Math.max(0, ms), MAX_SLEEP_MS);
    const at = this.#clock.monotonic() + wait;
    if (this.#stopped || at >= this.#at) return;
    this.#cancel?.();
    this.#at = at;
    this.#cancel = this.#clock.after(wait, () => this.#run());
  }

  #run(): void {
    this.#began = this.#clock.monotonic();
    this.#late = Math.max(0, this.#began - this.#at);
    this.#at = Number.POSITIVE_INFINITY;
    this.#cancel = null;
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#running = this.#tick().then((next) => {
      this.#running = null;
      this.#schedule(Math.min(next ?? Number.POSITIVE_INFINITY, this.#wanted) - this.#clock.now());
    });
  }
}
