import type { Clock } from '#src/clock.ts';
import type { Log } from './engine-deps.ts';

/** Something that is done in small steps beside the work: pruning, compacting. */
export interface Chore {
  /** For the log. */
  readonly name: string;
  /** One step, a few milliseconds at most, as everybody waits meanwhile on SQLite. Gives whether there is more to do now. */
  step(now: number): Promise<boolean>;
}

const EVERY_MS = 60_000;
/** While there is more to do. */
const AGAIN_MS = 1000;

/** Takes each chore's next step when it is time: once a minute, once a second while there is more to do. One that fails is logged and tried again a minute later. */
export class Chores {
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'warn'>;
  readonly #next: { readonly chore: Chore; at: number }[];

  constructor(chores: readonly Chore[], clock: Clock, log: Pick<Log, 'warn'>) {
    this.#clock = clock;
    this.#log = log;
    this.#next = chores.map((chore) => ({ chore, at: clock.monotonic() }));
  }

  async run(): Promise<void> {
    for (const next of this.#next) {
      const mono = this.#clock.monotonic();
      if (mono < next.at) continue;
      next.at = mono + EVERY_MS;
      try {
        if (await next.chore.step(this.#clock.now())) next.at = mono + AGAIN_MS;
      } catch (error) {
        this.#log.warn({ err: error, chore: next.chore.name }, 'housekeeping failed; it is tried again in a minute');
      }
    }
  }
}
