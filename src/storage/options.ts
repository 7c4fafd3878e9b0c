import { EntityCaseNamingStrategy } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig as postgresqlConfig } from '@mikro-orm/postgresql';
import { defineConfig as sqliteConfig } from '@mikro-orm/sqlite';
import { ENTITIES } from './entities/all.ts';
import { MIGRATIONS } from './migrations/list.ts';
import { preparePool } from './pool.ts';

/** Which database: an SQLite file (absolute path) or a PostgreSQL server. */
export type Database = { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgresql'; readonly url: string };

/** For messages: the file, or the server's address without its password. */
export function nameOf(database: Database): string {
  if (database.kind === 'sqlite') return database.file;
  const { hostname, port, pathname } = new URL(database.url);
  return `${hostname}${port && `:${port}`}${pathname}`;
}

/** How long SQLite waits for another process's lock. It waits in this thread, so that it must be short: a backup or a second start holds none for long. */
const BUSY_TIMEOUT_MS = 1_000;
/** PostgreSQL: connections at most, and how long to wait for one. */
const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** MikroORM's options, the same for the app and for its command line. `log` gets the driver's warnings. */
export function ormOptions(database: Database, log: (message: string) => void = () => {}) {
  return database.kind === 'sqlite'
    ? sqliteConfig({ ...common('sqlite', log), dbName: database.file, driverOptions: { timeout: BUSY_TIMEOUT_MS } })
    : postgresqlConfig({
        ...common('postgresql', log),
        clientUrl: database.url,
        pool: { max: POOL_SIZE },
        driverOptions: { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, onPoolCreated: preparePool },
      });
}

function common(kind: Database['kind'], log: (message: string) => void) {
  return {
    entities: ENTITIES,
    extensions: [Migrator],
    // Properties are named as the columns are, in snake_case.
    namingStrategy: EntityCaseNamingStrategy,
    logger: log,
    colors: false,
    // Rows of the general path are plain data too: nothing may flush an entity behind the coordinator's back.
    allowGlobalContext: false,
    migrations: {
      tableName: 'migration',
      migrationsList: [...MIGRATIONS[kind]],
      // Where `mikro-orm migration:create` puts a new one; it runs only once it is in the list.
      path: `src/storage/migrations/${kind}`,
      pathTs: `src/storage/migrations/${kind}`,
      // A snapshot updated by `down` makes the next `up` find changes that are none.
      snapshot: false,
      snapshotOnMigrate: false,
      silent: true,
    },
  };
}
