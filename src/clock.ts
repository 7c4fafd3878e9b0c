/**
 * The only reader of the system clock and the only owner of timers outside the agents' SDK.
 *
 * `now()` is the server's time: the wall clock at the start plus monotonic time since, so that a jump of the wall clock moves no deadline.
 * coordinator/outage.ts compares it with `wall()`; on a jump it moves every pending duration along and calls `rebase()` (contract §1.6).
 */
export interface Clock {
  /** Server time, epoch milliseconds (whole). */
  now(): number;
  /** Monotonic milliseconds, from an arbitrary origin. */
  monotonic(): number;
  /** What the system's wall clock says, epoch milliseconds. */
  wall(): number;
  /** From now on `now()` starts from the wall clock again. */
  rebase(): void;
  /** Calls `fn` once after so many milliseconds; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** A time limit: its signal aborts after so many milliseconds, unless it is disposed of before. */
  limit(ms: number): Limit;
}
export interface Limit extends Disposable {
  readonly signal: AbortSignal;
}

/** Node's timers cannot wait longer than this; longer waits are cut short and asked for again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const after: Clock['after'] = (ms, fn) => {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  };
  let origin = Date.now() - performance.now();
  return {
    now: () => Math.floor(origin + performance.now()),
    monotonic: () => performance.now(),
    wall: () => Date.now(),
    rebase: () => {
      origin = Date.now() - performance.now();
    },
    after,
    limit: (ms) => {
      const over = new AbortController();
      return { signal: over.signal, [Symbol.dispose]: after(ms, () => over.abort()) };
    },
  };
}

/** Calls `run` about every `ms` until the returned function is called. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel = (): void => {};
  const next = (): void => {
    cancel = clock.after(ms, () => {
      next();
      run();
    });
  };
  next();
  return () => cancel();
}
