import type { Measure } from '#domain/figures.ts';
import { dialectOf, type Em, run } from '#storage/statement.ts';

/** What was written along with somebody's commit. */
export interface Ridden {
  /** Forgets it; called once it is committed. */
  done(): void;
  readonly measures: readonly Measure[];
}

/** Pings published and delivered since the last write: they ride along with the next commit, or are written by the ticker. */
export class Receipts {
  #published = new Map<number, { readonly at: number; readonly receipt: boolean }>();
  #delivered = new Map<number, number>();

  /** @param receipt whether its delivery can be known */
  published(pingRow: number, at: number, receipt: boolean): void {
    this.#published.set(pingRow, { at, receipt });
  }

  delivered(pingRow: number, at: number): void {
    this.#delivered.set(pingRow, at);
  }

  get size(): number {
    return this.#published.size + this.#delivered.size;
  }

  /** Writes what has gathered, inside the caller's transaction. */
  async write(em: Em): Promise<Ridden> {
    const published = new Map(this.#published);
    const delivered = [...this.#delivered];
    const sent = await mark(
      em,
      'published_at',
      [...published].map(([id, { at }]) => [id, at]),
    );
    const came = await mark(em, 'delivered_at', delivered);
    return {
      done: () => {
        for (const id of published.keys()) this.#published.delete(id);
        for (const [id] of delivered) this.#delivered.delete(id);
      },
      measures: [
        ...sent.map(({ id, agent_id, at }): Measure => ({ of: 'published', agent_id, at, receipt: published.get(id)?.receipt ?? true })),
        // A receipt that came in spite of the expectation has no publication that it could be part of.
        ...came.filter(({ id }) => published.get(id)?.receipt !== false).map(({ agent_id, at }): Measure => ({ of: 'delivered', agent_id, at })),
      ],
    };
  }
}

interface Marked {
  readonly id: number;
  readonly agent_id: number;
  /** When it was published. */
  readonly at: number;
}

/** The first time stands: a ping delivered twice was delivered then. Gives those that were marked now. */
async function mark(em: Em, column: 'published_at' | 'delivered_at', times: readonly (readonly [number, number])[]): Promise<Marked[]> {
  if (times.length === 0) return [];
  const source =
    dialectOf(em) === 'sqlite'
      ? `(select json_extract(value, '$[0]') as row_id, json_extract(value, '$[1]') as marked_at from json_each(?))`
      : '(select (value->>0)::bigint as row_id, (value->>1)::bigint as marked_at from jsonb_array_elements(?::jsonb))';
  const rows = await run(
    em,
    `update ping set ${column} = r.marked_at from ${source} as r where ping.id = r.row_id and ping.${column} is null returning id, agent_id, published_at`,
    [JSON.stringify(times)],
  );
  return rows.map((row) => ({ id: Number(row['id']), agent_id: Number(row['agent_id']), at: Number(row['published_at']) }));
}
