import type { Table } from '#domain/draft.ts';
import { type Kind, kindOf } from './columns.ts';
import { jsonText } from './json.ts';
import type { Dialect } from './statement.ts';

/** A set-based statement: its constant text and what turns records into its one parameter. */
export interface Writer {
  readonly sql: string;
  encode(records: readonly object[]): string;
}

const PG_TYPE: { readonly [K in Kind]: string } = { bigint: 'bigint', integer: 'int', float: 'double precision', boolean: 'boolean', json: 'jsonb', text: 'text' };

/** Bounds the cache; the domain makes a few dozen different patches, so that it is not reached. */
const MAX_WRITERS = 1_000;
const writers = new Map<string, Writer>();

/** Inserts rows that have exactly these columns. */
export function insertOf(dialect: Dialect, table: Table, columns: readonly string[]): Writer {
  return cached(`${dialect} insert ${table} ${columns.join()}`, () => {
    const names = columns.map((name) => `"${name}"`).join(', ');
    return writer(dialect, table, columns, (source) => `insert into "${table}" (${names}) select ${source.values.join(', ')} from ${source.from}`);
  });
}

/** Sets these columns (`id` first, which finds the row) for many rows at once. */
export function updateOf(dialect: Dialect, table: Table, columns: readonly string[]): Writer {
  return cached(`${dialect} update ${table} ${columns.join()}`, () =>
    writer(dialect, table, columns, ({ from, values }) => {
      const set = columns.slice(1).map((name) => `"${name}" = r."${name}"`);
      const fields = columns.map((name, i) => `${values[i]} as "${name}"`).join(', ');
      return `update "${table}" set ${set.join(', ')} from (select ${fields} from ${from}) as r where "${table}"."id" = r."id"`;
    }),
  );
}

function cached(key: string, make: () => Writer): Writer {
  const known = writers.get(key);
  if (known) return known;
  if (writers.size >= MAX_WRITERS) writers.clear();
  const made = make();
  writers.set(key, made);
  return made;
}

interface Source {
  readonly from: string;
  readonly values: readonly string[];
}

function writer(dialect: Dialect, table: Table, columns: readonly string[], sqlOf: (source: Source) => string): Writer {
  const kinds = columns.map((name) => kindOf(table, name));
  if (dialect === 'postgresql') {
    const fields = columns.map((name, i) => `"${name}" ${PG_TYPE[kinds[i] ?? 'text']}`).join(', ');
    const sql = sqlOf({ from: `jsonb_to_recordset(?::jsonb) as j(${fields})`, values: columns.map((name) => `j."${name}"`) });
    return { sql, encode: jsonText };
  }
  const sql = sqlOf({ from: 'json_each(?)', values: columns.map((_, i) => `json_extract(value, '$[${i}]')`) });
  const isJson = kinds.map((kind) => kind === 'json');
  return { sql, encode: (records) => jsonText(records.map((record) => tuple(record, columns, isJson))) };
}

/** SQLite: the values in column order; JSON columns as text of their own, which is what is kept. */
function tuple(record: object, columns: readonly string[], isJson: readonly boolean[]): unknown[] {
  // Rows and patches are plain objects; kindOf has refused any name that is no column.
  const values = record as Readonly<Record<string, unknown>>;
  return columns.map((name, i) => {
    const value = values[name] ?? null;
    return value !== null && isJson[i] ? jsonText(value) : value;
  });
}
