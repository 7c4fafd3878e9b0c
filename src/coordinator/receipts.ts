import type { Measure } from '#domain/figures.ts';
import { writeReceipts } from '#storage/receipts.ts';
import type { Em } from '#storage/statement.ts';

/** What was written along with somebody's commit. */
export interface Ridden {
  /** Forgets it; called once it is committed. */
  done(): void;
  readonly measures: readonly Measure[];
}

/** A ping that was published is told as such after so long at most. */
export const RECEIPTS_WITHIN_MS = 200;

/**
 * Pings published and delivered since the last write: they ride along with the next commit, or are written by the ticker. That a ping was published waits
 * for its delivery, which mostly follows within milliseconds: together they are one update of its row. Lost in a crash it is said again, like any other.
 */
export class Receipts {
  readonly #published = new Map<number, number>();
  readonly #delivered = new Map<number, number>();
  /** Of the published ones, those whose delivery cannot be known. */
  readonly #unreceipted = new Set<number>();

  /** @param receipt whether its delivery can be known */
  published(pingRow: number, at: number, receipt: boolean): void {
    this.#published.set(pingRow, at);
    if (!receipt) this.#unreceipted.add(pingRow);
  }

  delivered(pingRow: number, at: number): void {
    this.#delivered.set(pingRow, at);
  }

  get size(): number {
    return this.#published.size + this.#delivered.size;
  }

  /** Writes what has gathered, inside the caller's transaction; of pings whose delivery is awaited, those published by this moment. */
  async write(em: Em, publishedBy: number): Promise<Ridden> {
    const awaits = (id: number): boolean => !this.#delivered.has(id) && !this.#unreceipted.has(id);
    const published = new Map([...this.#published].filter(([id, at]) => at <= publishedBy || !awaits(id)));
    const delivered = new Map(this.#delivered);
    const unreceipted = new Set(this.#unreceipted);
    const marked = await writeReceipts(em, published, delivered);
    return {
      done: () => {
        for (const id of published.keys()) this.#published.delete(id);
        for (const id of delivered.keys()) this.#delivered.delete(id);
        for (const id of unreceipted) this.#unreceipted.delete(id);
      },
      measures: [
        ...marked.published.map(
          ({ id, agent_id, published_at }): Measure => ({ of: 'published', agent_id, at: published_at ?? 0, receipt: !unreceipted.has(id) }),
        ),
        // A receipt that came in spite of the expectation has no publication that it could be part of.
        ...marked.delivered.flatMap(({ id, agent_id, published_at }): Measure[] =>
          unreceipted.has(id) ? [] : [{ of: 'delivered', agent_id, at: published_at ?? 0 }],
        ),
      ],
    };
  }
}
