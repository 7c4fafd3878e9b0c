import { dialectOf, type Em, run } from '#storage/statement.ts';

/** Pings published and delivered since the last write: they ride along with the next commit, or are written by the ticker. */
export class Receipts {
  #published = new Map<number, number>();
  #delivered = new Map<number, number>();

  published(pingRow: number, at: number): void {
    this.#published.set(pingRow, at);
  }

  delivered(pingRow: number, at: number): void {
    this.#delivered.set(pingRow, at);
  }

  get size(): number {
    return this.#published.size + this.#delivered.size;
  }

  /** Writes what has gathered, inside the caller's transaction; the returned function forgets it and is called once that is committed. */
  async write(em: Em): Promise<() => void> {
    const published = [...this.#published];
    const delivered = [...this.#delivered];
    await mark(em, 'published_at', published);
    await mark(em, 'delivered_at', delivered);
    return () => {
      for (const [id] of published) this.#published.delete(id);
      for (const [id] of delivered) this.#delivered.delete(id);
    };
  }
}

/** The first time stands: a ping delivered twice was delivered then. */
async function mark(em: Em, column: 'published_at' | 'delivered_at', times: readonly (readonly [number, number])[]): Promise<void> {
  if (times.length === 0) return;
  const source =
    dialectOf(em) === 'sqlite'
      ? `(select json_extract(value, '$[0]') as id, json_extract(value, '$[1]') as at from json_each(?))`
      : '(select (value->>0)::bigint as id, (value->>1)::bigint as at from jsonb_array_elements(?::jsonb))';
  await run(em, `update ping set ${column} = r.at from ${source} as r where ping.id = r.id and ping.${column} is null`, [JSON.stringify(times)]);
}
