import type { Clock } from '#src/clock.ts';

/** Of one agent so many refusals are kept within the window; what comes beyond is counted and summed up (contract §5). */
const MAX_REFUSALS_KEPT = 60;
export const REFUSAL_WINDOW_MS = 60_000;

/** Counts per key and window. Bounded by the number of agents. */
class WindowCounter {
  readonly #windowMs: number;
  readonly #isSummed: boolean;
  readonly #counts = new Map<number, { since: number; count: number }>();

  /** @param isSummed a window ends only when `over` takes it out, so that what was counted in it is never lost */
  constructor(windowMs: number, isSummed = false) {
    this.#windowMs = windowMs;
    this.#isSummed = isSummed;
  }

  /** Counts one more; gives how many there are in this key's present window. */
  add(key: number, monotonic: number): number {
    const present = this.#counts.get(key);
    if (present !== undefined && (this.#isSummed || monotonic - present.since < this.#windowMs)) return ++present.count;
    this.#counts.set(key, { since: monotonic, count: 1 });
    return 1;
  }

  /** Takes out every window that is over. */
  over(monotonic: number): { key: number; count: number }[] {
    const done: { key: number; count: number }[] = [];
    for (const [key, { since, count }] of this.#counts) {
      if (monotonic - since < this.#windowMs) continue;
      this.#counts.delete(key);
      done.push({ key, count });
    }
    return done;
  }
}

/** How often each agent may ask, and how many of its refusals are kept (contract §5). */
export class Admission {
  readonly #clock: Clock;
  readonly #maxCommandsPerSecond: number;
  readonly #commands = new WindowCounter(1000);
  readonly #refusals = new WindowCounter(REFUSAL_WINDOW_MS, true);

  /** @param maxCommandsPerSecond of one agent; 0 = no limit */
  constructor(clock: Clock, maxCommandsPerSecond: number) {
    this.#clock = clock;
    this.#maxCommandsPerSecond = maxCommandsPerSecond;
  }

  /** Counts a command; false once more than the limit came within a second. */
  command(agentId: number): boolean {
    return this.#maxCommandsPerSecond === 0 || this.#commands.add(agentId, this.#clock.monotonic()) <= this.#maxCommandsPerSecond;
  }

  /** Counts a refusal (null: of nobody known); false once it goes into the summary of its window. */
  refusal(agentId: number | null): boolean {
    return this.#refusals.add(agentId ?? 0, this.#clock.monotonic()) <= MAX_REFUSALS_KEPT;
  }

  /** Takes out the summaries whose window is over, of those who had any. */
  summaries(): { agentId: number | null; count: number }[] {
    return this.#refusals
      .over(this.#clock.monotonic())
      .filter(({ count }) => count > MAX_REFUSALS_KEPT)
      .map(({ key, count }) => ({ agentId: key === 0 ? null : key, count: count - MAX_REFUSALS_KEPT }));
  }
}
