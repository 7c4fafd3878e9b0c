export type Handler<T> = (value: T) => unknown;

/** Messages kept for the first handler. */
const MAX_EARLY = 1_000;

/** Handlers of one kind. Until the first is there, what comes is kept for it (bounded). */
export class Listeners<T> {
  readonly #handlers = new Set<Handler<T>>();
  readonly #report: (error: unknown) => void;
  #early: T[] | null = [];

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  add(handler: Handler<T>): () => void {
    this.#handlers.add(handler);
    const early = this.#early ?? [];
    this.#early = null;
    for (const value of early) this.emit(value);
    return () => this.#handlers.delete(handler);
  }

  emit(value: T): void {
    if (this.#early !== null && this.#early.length < MAX_EARLY) this.#early.push(value);
    for (const handler of this.#handlers) guarded(() => handler(value), this.#report);
  }
}

/** Runs a handler of the user's; what it throws, now or later, is reported and disturbs nothing else. */
export function guarded(run: () => unknown, report: (error: unknown) => void): void {
  try {
    Promise.resolve(run()).catch(report);
  } catch (error) {
    report(error);
  }
}
