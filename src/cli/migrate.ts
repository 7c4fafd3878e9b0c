import { hostname } from 'node:os';
import type { Command } from 'commander';
import { systemClock } from '#src/clock.ts';
import { loadConfig } from '#src/config.ts';
import type { Storage } from '#storage/open.ts';
import { Failure } from './failure.ts';
import { say, sayJson, table } from './output.ts';
import { type Cli, type JsonOption, verb } from './verb.ts';

/** `migrate up|down|status`, on the database of the configuration (`serve` migrates by itself). */
export function migrateCommands(program: Command, cli: Cli): void {
  const migrate = program.command('migrate').description("the database's schema; `serve` brings it up to date by itself");
  verb(migrate, 'status', 'which migrations have run', ['migrate status', 'migrate status --json']).action((options: JsonOption) => status(cli, options));
  verb(migrate, 'up', 'run those that are pending', ['migrate up']).action((options: JsonOption) =>
    move(cli, options, 'Nothing to do: the database is up to date.', 'Done', (storage) => storage.migrateUp()),
  );
  verb(migrate, 'down', 'take the last one back, with the data that only it holds', ['migrate down']).action((options: JsonOption) =>
    move(cli, options, 'Nothing to take back: no migration has run.', 'Taken back', (storage) => storage.migrateDown()),
  );
}

/** Loaded only here: a verb that talks REST need not wait for a database library. */
async function open(cli: Cli): Promise<Storage> {
  const { openStorage } = await import('#storage/open.ts');
  const { database, dataDir } = loadConfig(cli.flags);
  return openStorage({ database, dataDir, migrate: false });
}

async function status(cli: Cli, options: JsonOption): Promise<void> {
  await using storage = await open(cli);
  const { executed, pending } = await storage.migrationStatus();
  if (options.json) return void sayJson({ executed, pending });
  const rows = [...executed.map((name) => [name, 'done']), ...pending.map((name) => [name, 'pending'])];
  say(rows.length === 0 ? 'There are no migrations.' : table(['MIGRATION', 'STATUS'], rows));
  if (pending.length > 0) say('\nRun them: ping-system migrate up');
}

async function move(cli: Cli, options: JsonOption, nothing: string, done: string, run: (storage: Storage) => Promise<string[]>): Promise<void> {
  await using storage = await open(cli);
  await refuseWhileInUse(storage);
  const names = await run(storage);
  if (options.json) return void sayJson({ migrations: names });
  say(names.length === 0 ? nothing : `${done}: ${names.join(', ')}`);
}

/**
 * Throws Failure, with its process id, while a coordinator holds the database. The lease is given back before the migration, which may take
 * its very table away; a start within those milliseconds migrates by itself and meets the same lock.
 */
async function refuseWhileInUse(storage: Storage): Promise<void> {
  const { executed } = await storage.migrationStatus();
  if (executed.length === 0) return;
  const { releaseLease, takeLease } = await import('#storage/lease.ts');
  const instance = crypto.randomUUID();
  const taken = await takeLease(storage.em(), { instance, pid: process.pid, host: hostname(), now: systemClock().now() });
  if (!taken.ok)
    throw new Failure(`refused: a coordinator runs on this database (process ${taken.pid} on ${taken.host}): stop it first`, {
      code: 'conflict',
      pid: taken.pid,
    });
  await releaseLease(storage.em(), { instance });
}
