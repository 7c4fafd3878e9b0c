import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MikroORM as PostgresqlOrm } from '@mikro-orm/postgresql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { isStorageFailure, StorageUnusable } from './errors.ts';
import { APPLICATION_ID, damaged, gone, inspectSqlite, markUsed, unreadable } from './inspect.ts';
import { type MigrationStatus, Migrations } from './migrate.ts';
import { type Database, nameOf, ormOptions } from './options.ts';
import { keepPrepared } from './prepared.ts';
import { makePrivate, PRIVATE_DIRECTORY } from './private.ts';
import { type Dialect, type Em, run } from './statement.ts';

interface StorageOptions {
  readonly database: Database;
  /** Absolute; tells whether an empty database file is a new one or a lost one. */
  readonly dataDir: string;
  /** Run pending migrations at once (default true). */
  readonly migrate?: boolean;
  /** Gets the driver's warnings. */
  readonly log?: (message: string) => void;
  /** Gets what an operator should know. */
  readonly warn?: (message: string) => void;
}

/** An open database. Close it, or hold it with `await using`. */
export interface Storage {
  readonly dialect: Dialect;
  /** A fresh EntityManager; one per unit of work. */
  em(): Em;
  migrationStatus(): Promise<MigrationStatus>;
  /** Runs what is pending; answers the names of what ran. */
  migrateUp(): Promise<string[]>;
  /** Takes the last migration back, with the data that only it holds; answers its name, if there was one. */
  migrateDown(): Promise<string[]>;
  /** Statements that the schema lacks against the entities: empty when both are in step. */
  schemaDiff(): Promise<string>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the database, creating it where there is none.
 * Throws StorageUnusable for a file that is damaged, truncated, foreign, lost or of a newer version, and leaves it byte for byte as it was;
 * also for a database that cannot be reached.
 */
export async function openStorage({ database, dataDir, migrate = true, log, warn }: StorageOptions): Promise<Storage> {
  if (database.kind === 'sqlite') {
    const refuse = (error: unknown): never => {
      throw unreadable(database.file, error);
    };
    await mkdir(dirname(database.file), { recursive: true, mode: PRIVATE_DIRECTORY }).catch(refuse);
    await inspectSqlite(database.file, dataDir);
    const loss = gone(database.file);
    if (loss !== null) warn?.(loss);
    await makePrivate(database.file).catch(refuse);
  }
  const orm = newOrm(database, log);
  try {
    await orm.connect();
    if (database.kind === 'sqlite') await prepareSqlite(orm.em.fork(), database.file);
    const migrations = new Migrations(orm, database);
    await migrations.refuseNewer();
    if (migrate) await migrations.up();
    if (orm instanceof SqliteOrm) keepPrepared(await orm.em.getConnection().getNativeClient());
    return storageOf(orm, database.kind, migrations);
  } catch (error) {
    await orm.close(true);
    throw unusable(database, error);
  }
}

/** Codes with which a PostgreSQL server turns a client away: authentication, no such database. */
const TURNED_AWAY = /^(?:28\w{3}|3D000|42501)$/;

/** What keeps the database from being opened, in one line; any other error is a mistake of ours and stays what it is. */
function unusable(database: Database, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StorageUnusable) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (database.kind === 'sqlite' && /^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) return damaged(database.file, error.message);
  if (!isStorageFailure(error) && !TURNED_AWAY.test(code)) return error;
  return new StorageUnusable(`The database ${nameOf(database)} cannot be opened (${(error.message || code).split('\n', 1)[0]}).`, { cause: error });
}

type Orm = SqliteOrm | PostgresqlOrm;

function newOrm(database: Database, log?: (message: string) => void): Orm {
  const options = ormOptions(database, log);
  // as: ormOptions makes the options of the driver that `kind` names
  return database.kind === 'sqlite' ? new SqliteOrm(options as never) : new PostgresqlOrm(options as never);
}

/** In this order: the id must be in the file itself, not in a log beside it, for the next start to know the file as ours. */
async function prepareSqlite(em: Em, file: string): Promise<void> {
  await run(em, `pragma application_id = ${APPLICATION_ID}`);
  await run(em, 'pragma journal_mode = wal');
  // FULL: acknowledged means on the disk (contract §1.1), at the price of 15 % against NORMAL.
  await run(em, 'pragma synchronous = full');
  await run(em, 'pragma foreign_keys = on');
  // A checkpoint writes and syncs the database file inside somebody's commit: at the default of 1000 pages that was every third commit under load and
  // a third of all time spent. 32 MB of log keep it rare, and pages that change often are written once.
  await run(em, 'pragma wal_autocheckpoint = 8000');
  await run(em, 'pragma cache_size = -65536'); // 64 MB
  await run(em, 'pragma temp_store = memory');
  await markUsed(file);
}

function storageOf(orm: Orm, dialect: Dialect, migrations: Migrations): Storage {
  const close = (): Promise<void> => orm.close(true);
  return {
    dialect,
    em: () => orm.em.fork(),
    migrationStatus: () => migrations.status(),
    migrateUp: () => migrations.up(),
    migrateDown: () => migrations.down(),
    schemaDiff: () => orm.schema.getUpdateSchemaSQL({ wrap: false }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
