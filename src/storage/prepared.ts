/** What this needs of better-sqlite3's database. */
interface Preparing<S> {
  readonly inTransaction: boolean;
  prepare(sql: string): S;
}

/** Bounds the memory of prepared statements (a few kB each). */
const MAX_PREPARED = 500;
const ALWAYS = new Set(['begin', 'commit', 'rollback']);
const NOTHING = 'select 1 where 0';

/**
 * Lets SQLite keep statements prepared: MikroORM's driver prepares each one anew, which costs more than running it (10 to 50 µs).
 * Only texts with parameters are kept: MikroORM itself writes its values into the text, and no such text comes twice.
 *
 * A `rollback` where there is nothing to roll back does nothing: a full disk or an I/O error can end the transaction by itself
 * (sqlite.org/lang_transaction.html §3), and the driver would take the error of the second rollback for a reason to hold the connection for ever.
 */
export function keepPrepared<S>(database: Preparing<S>): void {
  const prepare = database.prepare.bind(database);
  const kept = new Map<string, S>();
  const keep = (sql: string): S => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = prepare(sql);
    if (!sql.includes('?') && !ALWAYS.has(sql)) return statement;
    if (kept.size >= MAX_PREPARED) kept.clear();
    kept.set(sql, statement);
    return statement;
  };
  database.prepare = (sql) => keep(sql === 'rollback' && !database.inTransaction ? NOTHING : sql);
}
