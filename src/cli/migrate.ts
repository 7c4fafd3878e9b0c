import type { Command } from 'commander';
import { loadConfig } from '#src/config.ts';
import type { Storage } from '#storage/open.ts';
import { say, sayJson, table } from './output.ts';
import { type Cli, verb } from './verb.ts';

interface Json {
  readonly json?: boolean;
}

/** `migrate up|down|status`, on the database of the configuration, while no coordinator runs (`serve` migrates by itself). */
export function migrateCommands(program: Command, cli: Cli): void {
  const migrate = program.command('migrate').description("the database's schema; `serve` brings it up to date by itself");
  verb(migrate, 'status', 'which migrations have run', ['migrate status', 'migrate status --json']).action((options: Json) => status(cli, options));
  verb(migrate, 'up', 'run those that are pending', ['migrate up']).action((options: Json) =>
    move(cli, options, 'Nothing to do: the database is up to date.', 'Done', (storage) => storage.migrateUp()),
  );
  verb(migrate, 'down', 'take the last one back, with the data that only it holds', ['migrate down']).action((options: Json) =>
    move(cli, options, 'Nothing to take back: no migration has run.', 'Taken back', (storage) => storage.migrateDown()),
  );
}

/** Loaded only here: a verb that talks REST need not wait for a database library. */
async function open(cli: Cli): Promise<Storage> {
  const { openStorage } = await import('#storage/open.ts');
  const { database, dataDir } = loadConfig(cli.flags);
  return openStorage({ database, dataDir, migrate: false });
}

async function status(cli: Cli, options: Json): Promise<void> {
  await using storage = await open(cli);
  const { executed, pending } = await storage.migrationStatus();
  if (options.json) return void sayJson({ executed, pending });
  const rows = [...executed.map((name) => [name, 'done']), ...pending.map((name) => [name, 'pending'])];
  say(rows.length === 0 ? 'There are no migrations.' : table(['MIGRATION', 'STATUS'], rows));
  if (pending.length > 0) say('\nRun them: ping-system migrate up');
}

async function move(cli: Cli, options: Json, nothing: string, done: string, run: (storage: Storage) => Promise<string[]>): Promise<void> {
  await using storage = await open(cli);
  const names = await run(storage);
  if (options.json) return void sayJson({ migrations: names });
  say(names.length === 0 ? nothing : `${done}: ${names.join(', ')}`);
}
