/**
 * For how long data has waited for a reader that took none of it. A reader that is slow but reads is not stalled; that is why the
 * measure is progress (the backlog shrank, or the stream drained), not the size of the backlog.
 */
export class Stall {
  #waiting = 0;
  #since: number | null = null;

  /** The stream said that all it had was taken. */
  drained(): void {
    this.#since = null;
  }

  /** To be called regularly with the bytes that wait now; milliseconds without progress. */
  look(waiting: number, now: number): number {
    if (waiting === 0 || waiting < this.#waiting) this.#since = null;
    this.#waiting = waiting;
    if (waiting === 0) return 0;
    this.#since ??= now;
    return now - this.#since;
  }
}
