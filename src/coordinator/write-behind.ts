import { incrementsOf, type Measure } from '#domain/figures.ts';
import type { Clock } from '#src/clock.ts';
import { addToRollup } from '#storage/rollup.ts';
import type { Em } from '#storage/statement.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { Receipts } from './receipts.ts';

const BEATS_EVERY_MS = 1000;

interface WriteBehindDeps {
  readonly clock: Clock;
  readonly heartbeats: Heartbeats;
  readonly receipts: Receipts;
  transaction<T>(work: (em: Em) => Promise<T>): Promise<T>;
  /** What the receipts counted. */
  measured(measures: readonly Measure[]): void;
}

/** What gathers in memory and is written together: heartbeats about once a second, receipts that no commit took along. */
export class WriteBehind {
  readonly #deps: WriteBehindDeps;
  #beatsAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WriteBehindDeps) {
    this.#deps = deps;
  }

  async flush(): Promise<void> {
    const mono = this.#deps.clock.monotonic();
    if (mono - this.#beatsAt >= BEATS_EVERY_MS) {
      await this.beats();
      this.#beatsAt = mono;
    }
    if (this.#deps.receipts.size > 0) await this.#writeReceipts();
  }

  /** Writes the heartbeats at once: before a silence is judged, what was heard counts. */
  beats(): Promise<void> {
    return this.#deps.heartbeats.flush((work) => this.#deps.transaction(work));
  }

  async #writeReceipts(): Promise<void> {
    const { done, measures } = await this.#deps.transaction(async (em) => {
      const ridden = await this.#deps.receipts.write(em, Number.POSITIVE_INFINITY);
      await addToRollup(em, incrementsOf(ridden.measures));
      return ridden;
    });
    done();
    this.#deps.measured(measures);
  }
}
