import type { Table } from '#domain/draft.ts';
import { dialectOf, type Em, run } from './statement.ts';

/** The advisory lock under which events are numbered and written on PostgreSQL. The number is ours alone within the database ("PING"). */
const EVENT_LOCK = 0x50494e47;

/** PostgreSQL: from here to the end of the transaction nobody else numbers events, so that their ids follow commit order. Taken again at no cost. */
export async function lockEvents(em: Em): Promise<void> {
  if (dialectOf(em) === 'postgresql') await run(em, 'select pg_advisory_xact_lock(?::bigint)', [EVENT_LOCK]);
}

/**
 * `n` new ids of this table in rising order, never given before, not even for rows that are gone. Call it in the transaction that inserts them.
 * Asking for event ids takes the event lock on PostgreSQL: ask late.
 */
export async function nextIds(em: Em, table: Table, n: number): Promise<number[]> {
  if (n === 0) return [];
  if (dialectOf(em) === 'sqlite') {
    const [row] = await run(em, 'update sqlite_sequence set seq = seq + ? where name = ? returning seq', [n, table]);
    const last = Number(row?.['seq']);
    if (!Number.isSafeInteger(last)) throw new Error(`No sequence for ${table}: is the database migrated?`);
    return Array.from({ length: n }, (_, i) => last - n + 1 + i);
  }
  if (table === 'event') await lockEvents(em);
  const rows = await run(em, `select nextval('${table}_id_seq') as id from generate_series(1, ?::int)`, [n]);
  return rows.map((row) => Number(row['id'])).sort((a, b) => a - b);
}
