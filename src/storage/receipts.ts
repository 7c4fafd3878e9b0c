import { fillOf } from './sql.ts';
import { dialectOf, type Em, run } from './statement.ts';

/** A ping in which a time was set. */
interface Received {
  readonly id: number;
  readonly agent_id: number;
  readonly published_at: number | null;
}

/**
 * Writes when pings were published and delivered, in the transaction of `em`; a ping of which both is new in one update, as every one costs.
 * The first time stands: a ping delivered twice was delivered then. Gives the rows in which it was set now.
 */
export async function writeReceipts(
  em: Em,
  published: ReadonlyMap<number, number>,
  delivered: ReadonlyMap<number, number>,
): Promise<{ readonly published: Received[]; readonly delivered: Received[] }> {
  const both = [...published].flatMap(([id, published_at]) => {
    const delivered_at = delivered.get(id);
    return delivered_at === undefined ? [] : [{ id, published_at, delivered_at }];
  });
  const written = await fill(em, ['published_at', 'delivered_at'], both);
  const known = new Set(written.map(({ id }) => id));
  const others = (times: ReadonlyMap<number, number>): [id: number, at: number][] => [...times].filter(([id]) => !known.has(id));
  const sent = await fill(
    em,
    ['published_at'],
    others(published).map(([id, published_at]) => ({ id, published_at })),
  );
  const came = await fill(
    em,
    ['delivered_at'],
    others(delivered).map(([id, delivered_at]) => ({ id, delivered_at })),
  );
  return { published: [...written, ...sent], delivered: [...written, ...came] };
}

async function fill(em: Em, columns: readonly ('published_at' | 'delivered_at')[], receipts: readonly object[]): Promise<Received[]> {
  const set: Received[] = [];
  for (const { sql, params } of fillOf(dialectOf(em), 'ping', ['id', ...columns], ['id', 'agent_id', 'published_at'])(receipts))
    for (const row of await run(em, sql, params)) set.push(row as unknown as Received); // as: the columns that were asked for; both drivers give int8 as numbers
  return set;
}
