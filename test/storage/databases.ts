import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { openStorage, type Storage } from '#storage/open.ts';
import type { Database } from '#storage/options.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '#test/support/postgres.ts';

/** What a test of storage is given: empty databases of one dialect, closed and removed after each test. */
export interface Databases {
  empty(): Promise<Database>;
  open(options?: { database?: Database; migrate?: boolean }): Promise<Storage>;
}

/** The same tests on SQLite and on PostgreSQL. */
export function describeOnEach(name: string, tests: (databases: Databases) => void): void {
  describe(`${name} on sqlite`, () => tests(sqlite()));
  describe.skipIf(postgresMissing)(`${name} on postgresql`, () => tests(postgresql()));
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ping-storage-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sqlite(): Databases {
  const folder = temporaryFolder();
  let count = 0;
  return withOpen(folder, async () => ({ kind: 'sqlite', file: join(folder, `${++count}.sqlite`) }));
}

function postgresql(): Databases {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server[Symbol.asyncDispose]());
  return withOpen(temporaryFolder(), async () => ({ kind: 'postgresql', url: await server.createDatabase() }));
}

function withOpen(dataDir: string, empty: () => Promise<Database>): Databases {
  const opened: Storage[] = [];
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
  });
  return {
    empty,
    open: async ({ database, migrate = true } = {}) => {
      const storage = await openStorage({ database: database ?? (await empty()), dataDir, migrate });
      opened.push(storage);
      return storage;
    },
  };
}
