import type { RowOf, Table } from '#domain/draft.ts';
import { COLUMNS } from './columns.ts';
import { dialectOf, type Em, type Param, run } from './statement.ts';

/**
 * Whole rows that meet `where`, decoded: JSON parsed, booleans true or false, integers as numbers.
 * `where` and `suffix` (order, limit) are constant texts with `?` for each of `params`, in order; see inList for lists.
 */
export async function select<T extends Table>(em: Em, table: T, where: string, params: readonly Param[] = [], suffix = ''): Promise<RowOf[T][]> {
  const rows = await run(em, `${HEAD[table]} where ${where} ${suffix}`, params);
  if (dialectOf(em) === 'sqlite') for (const row of rows) decode(table, row);
  // as: the columns are those of the row type (columns.ts), and the values are decoded by their kinds
  return rows as unknown as RowOf[T][];
}

/** Decodes a row of this table as SQLite gives it, in place. PostgreSQL's driver has parsed everything itself (see pool.ts for int8). */
export function decode(table: Table, row: Record<string, unknown>): void {
  for (const name of JSON_COLUMNS[table]) {
    const value = row[name];
    // The column's affinity makes a number of a text that looks like one.
    if (typeof value === 'string') row[name] = JSON.parse(value);
  }
  for (const name of BOOLEAN_COLUMNS[table]) row[name] = row[name] === 1;
}

const TABLES = Object.keys(COLUMNS) as Table[]; // as: the keys of a constant
const perTable = <V>(of: (table: Table) => V): Record<Table, V> =>
  // as: every key is there, TABLES has them all
  Object.fromEntries(TABLES.map((table) => [table, of(table)])) as Record<Table, V>;
const named = (table: Table, kind: string): string[] => COLUMNS[table].filter((column) => column.kind === kind).map((column) => column.name);

const HEAD = perTable((table) => `select ${COLUMNS[table].map((column) => `"${column.name}"`).join(', ')} from "${table}"`);
const JSON_COLUMNS = perTable((table) => named(table, 'json'));
const BOOLEAN_COLUMNS = perTable((table) => named(table, 'boolean'));
