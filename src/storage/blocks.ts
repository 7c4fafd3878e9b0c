import { and, type Conditions } from './conditions.ts';
import { type Dialect, type Em, inList, listOf, run } from './statement.ts';

/**
 * The order in which the log of events is indexed by task, and that of pings by agent: by blocks of ids first. What is written now goes into the last block,
 * some twenty pages of the index. In an index by task alone nearly every event of a commit takes a page of its own. Measured with 6,000 tasks and 330 acks a
 * commit: an event is inserted in 2.3 µs against 3.0, and a commit takes 8.3 µs an ack against 11.5. A read looks into each block of the ids that it wants,
 * for 1.5 µs each.
 */
const BITS = 12;
const BLOCK = 2 ** BITS;
/** 2 ms on SQLite where there is nothing. */
const MOST_BLOCKS = 1024;

/** All ids between these two, themselves left out. */
export interface Ids {
  readonly low: number;
  readonly high: number;
}

/** Those that are kept; what comes in from now on is not among them. */
export async function keptIds(em: Em, table: 'event' | 'ping'): Promise<Ids> {
  const [ends] = await run(em, `select (select min(id) from ${table}) as first, (select max(id) from ${table}) as last`);
  return { low: Number(ends?.['first'] ?? 1) - 1, high: Number(ends?.['last'] ?? 0) + 1 };
}

/** So many ids are looked through in the `n`th step (from 0) of a read that has found too little so far. */
export const sizeOf = (n: number): number => BLOCK * Math.min(4 ** n, MOST_BLOCKS);

/** The first `size` of these, from the side where reading begins. */
export const firstOf = ({ low, high }: Ids, size: number, isDown: boolean): Ids =>
  isDown ? { low: Math.max(low, high - size - 1), high } : { low, high: Math.min(high, low + size + 1) };

/** Word for word the first column of the index, or SQLite would not use it. */
export const BLOCK_OF_ID = `(id >> ${BITS})`;

/** Adds that the id is one of these, said so that the index is used; `to` says of which task or agent. */
export function among(to: Conditions, dialect: Dialect, { low, high }: Ids): Conditions {
  const first = Math.floor((low + 1) / BLOCK);
  const last = Math.floor((high - 1) / BLOCK);
  const blocks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return and(to, `${inList(dialect, BLOCK_OF_ID)} and id > ? and id < ?`, listOf(blocks), low, high);
}
