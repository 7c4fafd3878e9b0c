import { type SqlEntityManager, SqlitePlatform } from '@mikro-orm/sqlite';

/** The EntityManager of either driver. Inside a transaction use only the one you were given: on SQLite another one waits for ever. */
export type Em = SqlEntityManager;
export type Dialect = 'sqlite' | 'postgresql';
export type Param = string | number | null;

export function dialectOf(em: Em): Dialect {
  return em.getPlatform() instanceof SqlitePlatform ? 'sqlite' : 'postgresql';
}

/**
 * Runs one statement in the EntityManager's transaction, if it has one, and answers its rows as the driver gives them.
 * `?` marks a parameter on both dialects. Parameters are bound, not written into the text as `em.execute` does:
 * the text stays the same, and a value costs no escaping. Throws the driver's own errors (see errors.ts).
 */
export async function run(em: Em, sql: string, params: readonly Param[] = []): Promise<Record<string, unknown>[]> {
  const text = dialectOf(em) === 'sqlite' ? sql : numbered(sql);
  const kysely = em.getKysely<unknown>();
  const result = await kysely.executeQuery<Record<string, unknown>>({ sql: text, parameters: params, query: RAW, queryId: QUERY_ID });
  return result.rows;
}

/** Kysely asks for the tree a statement was compiled from; a raw statement has none. Its id serves cancellation alone, which is not used here. */
const RAW = { kind: 'RawNode', sqlFragments: [], parameters: [] } as const;
const QUERY_ID = { queryId: 'raw' } as const;

/** Bounds the memory of texts seen; statements are constant, so that it is not reached. */
const MAX_TEXTS = 1_000;
const texts = new Map<string, string>();

/** `?` → `$1`, `$2`, … No statement of ours has a question mark in a literal. */
function numbered(sql: string): string {
  const known = texts.get(sql);
  if (known !== undefined) return known;
  if (texts.size >= MAX_TEXTS) texts.clear();
  let count = 0;
  const text = sql.replace(/\?/g, () => `$${++count}`);
  texts.set(sql, text);
  return text;
}

/** The function that gives the smallest of its arguments, none of which may be null. */
export const least = (em: Em): string => (dialectOf(em) === 'sqlite' ? 'min' : 'least');

/** An integer of a row that `run` answered, which may be null or, in an outer join, absent. */
export const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

/**
 * `column in (one of many)` with ONE parameter, a JSON array, so that the statement's text does not depend on how many there are: `listOf` gives it.
 * `kind` is that of the column.
 */
export function inList(dialect: Dialect, column: string, kind: 'bigint' | 'text' = 'bigint'): string {
  return dialect === 'sqlite'
    ? `${column} in (select value from json_each(?))`
    : `${column} = any (array(select value::${kind} from jsonb_array_elements_text(?::jsonb)))`;
}

/** The parameter for `inList`. */
export const listOf = (items: Iterable<number | string>): string => JSON.stringify([...items]);
