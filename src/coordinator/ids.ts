import { uuidv7 } from 'uuidv7';
import { type Ids, NUMBERED, type Numbered } from '#domain/facts.ts';
import { nextIds } from '#storage/ids.ts';
import { dialectOf, type Em, run } from '#storage/statement.ts';

/** PostgreSQL: so many ids of a sequence are taken at a time; what is left over when the process ends is never used. */
const BLOCK = 200;

/**
 * New ids for one batch. SQLite: counted on from the last id of each table, as we are the only writer. PostgreSQL: taken from the sequences in
 * blocks and kept over batches; a decision that needs more than its block throws, and the batch is run again with a larger one.
 */
export class IdSource {
  readonly #pools = new Map<Numbered, number[]>();

  async forBatch(em: Em, commands: number): Promise<Ids> {
    if (dialectOf(em) === 'sqlite') return counting(await lastIds(em));
    for (const table of NUMBERED) await this.#fill(em, table, commands * 4 + BLOCK);
    return { next: (table) => this.#take(table), pingId: uuidv7 };
  }

  async #fill(em: Em, table: Numbered, enough: number): Promise<void> {
    const pool = this.#pools.get(table) ?? [];
    if (pool.length < enough) pool.push(...(await nextIds(em, table, Math.max(BLOCK, enough - pool.length))));
    this.#pools.set(table, pool);
  }

  #take(table: Numbered): number {
    const id = this.#pools.get(table)?.shift();
    if (id === undefined) throw new Error(`No ids left for ${table} in this batch`);
    return id;
  }
}

async function lastIds(em: Em): Promise<Map<string, number>> {
  const rows = await run(em, 'select name, seq from sqlite_sequence');
  return new Map(rows.map((row) => [String(row['name']), Number(row['seq'])]));
}

function counting(last: Map<string, number>): Ids {
  return {
    next: (table) => {
      const id = (last.get(table) ?? 0) + 1;
      last.set(table, id);
      return id;
    },
    pingId: uuidv7,
  };
}
