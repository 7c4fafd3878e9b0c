/** Counts per key and window. Bounded by the number of agents. */
export class WindowCounter {
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
