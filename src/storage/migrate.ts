import type { MikroORM as PostgresqlOrm } from '@mikro-orm/postgresql';
import type { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { StorageUnusable } from './errors.ts';
import { MIGRATIONS } from './migrations/list.ts';
import { type Database, nameOf } from './options.ts';
import { type Em, run } from './statement.ts';

export interface MigrationStatus {
  readonly executed: readonly string[];
  readonly pending: readonly string[];
}

/** The advisory lock that lets one coordinator migrate a PostgreSQL database while the others wait ("PINM"). */
const MIGRATION_LOCK = 0x50494e4d;

/** Brings a database to this version's schema and back. */
export class Migrations {
  readonly #orm: SqliteOrm | PostgresqlOrm;
  readonly #database: Database;

  constructor(orm: SqliteOrm | PostgresqlOrm, database: Database) {
    this.#orm = orm;
    this.#database = database;
  }

  /** Throws StorageUnusable when the database knows a migration that this version does not. Writes nothing. */
  async refuseNewer(): Promise<void> {
    const unknown = newerThan(this.#database.kind, await executedNames(this.#em(), this.#database.kind));
    if (unknown !== null) throw new StorageUnusable(newerMessage(nameOf(this.#database), unknown));
  }

  async status(): Promise<MigrationStatus> {
    const executed = await executedNames(this.#em(), this.#database.kind);
    return { executed, pending: MIGRATIONS[this.#database.kind].map(({ name }) => name).filter((name) => !executed.includes(name)) };
  }

  up(): Promise<string[]> {
    return this.#exclusively(async () => (await this.#orm.migrator.up()).map(({ name }) => name));
  }

  down(): Promise<string[]> {
    return this.#exclusively(async () => (await this.#orm.migrator.down()).map(({ name }) => name));
  }

  /** PostgreSQL: several may start at once. On SQLite the one connection runs it in one transaction. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#database.kind === 'sqlite') return work();
    return this.#em().transactional(async (em) => {
      await run(em, 'select pg_advisory_xact_lock(?::bigint)', [MIGRATION_LOCK]);
      // On another connection of the pool; this one only holds the lock.
      return work();
    });
  }

  #em(): Em {
    return this.#orm.em.fork();
  }
}

/** The first of these that this version does not have, or null. */
export function newerThan(kind: Database['kind'], executed: readonly string[]): string | null {
  const known = new Set<string>(MIGRATIONS[kind].map(({ name }) => name));
  return executed.find((name) => !known.has(name)) ?? null;
}

export function newerMessage(where: string, migration: string): string {
  return `The database ${where} was written by a newer version of Ping System (it has the migration ${migration}) and was left as it is: start that version, or restore an older backup.`;
}

const TABLE_EXISTS = {
  sqlite: `select 1 as found from sqlite_master where type = 'table' and name = 'migration'`,
  postgresql: `select 1 as found where to_regclass('migration') is not null`,
} as const;

async function executedNames(em: Em, kind: Database['kind']): Promise<string[]> {
  if ((await run(em, TABLE_EXISTS[kind])).length === 0) return [];
  return (await run(em, 'select name from migration order by id')).map((row) => String(row['name']));
}
