import { expect, test } from 'vitest';
import { StorageUnusable } from '#storage/errors.ts';
import { MIGRATIONS } from '#storage/migrations/list.ts';
import type { Storage } from '#storage/open.ts';
import { run } from '#storage/statement.ts';
import { describeOnEach } from './databases.ts';

const NAMES = MIGRATIONS.sqlite.map(({ name }) => name);

/** Everything the schema holds, but the record of migrations and what SQLite keeps for itself. */
async function schemaOf(storage: Storage): Promise<unknown[]> {
  const sql =
    storage.dialect === 'sqlite'
      ? `select type, name, sql from sqlite_master where tbl_name not in ('migration', 'sqlite_sequence') order by 1, 2`
      : `select 'column' as kind, table_name || '.' || column_name as name, data_type || is_nullable || coalesce(column_default, '') as what
           from information_schema.columns where table_schema = 'public' and table_name <> 'migration'
         union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migration'
         union all select 'sequence', sequencename, '' from pg_sequences where schemaname = 'public' and sequencename <> 'migration_id_seq'
         union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint where conrelid::regclass::text <> 'migration' and connamespace = 'public'::regnamespace
         order by 1, 2`;
  return run(storage.em(), sql);
}

test('both dialects have the same migrations', () => {
  expect(MIGRATIONS.postgresql.map(({ name }) => name)).toEqual(NAMES);
});

describeOnEach('migrations', (databases) => {
  test('the schema they make is the one the entities describe', async () => {
    const storage = await databases.open();
    expect(await storage.migrationStatus()).toEqual({ executed: NAMES, pending: [] });
    expect(await storage.schemaDiff()).toBe('');
    await run(storage.em(), 'drop index agent_due');
    expect(await storage.schemaDiff()).toContain('agent_due');
  });

  test('down leaves nothing behind, and up again makes the same', async () => {
    const storage = await databases.open({ migrate: false });
    expect(await storage.migrationStatus()).toEqual({ executed: [], pending: NAMES });
    expect(await storage.migrateUp()).toEqual(NAMES);
    const first = await schemaOf(storage);
    expect(first.length).toBeGreaterThan(20);
    for (const name of NAMES.toReversed()) expect(await storage.migrateDown()).toEqual([name]);
    expect(await schemaOf(storage)).toEqual([]);
    expect(await storage.migrateDown()).toEqual([]);
    expect(await storage.migrateUp()).toEqual(NAMES);
    expect(await schemaOf(storage)).toEqual(first);
    expect(await storage.schemaDiff()).toBe('');
  });

  test('opening again changes nothing; a newer database is refused', async () => {
    const database = await databases.empty();
    const first = await databases.open({ database });
    const schema = await schemaOf(first);
    await first.close();
    const second = await databases.open({ database });
    expect(await schemaOf(second)).toEqual(schema);
    await run(second.em(), `insert into migration (name) values ('9999-future')`);
    await second.close();
    await expect(databases.open({ database })).rejects.toThrow(StorageUnusable);
    await expect(databases.open({ database })).rejects.toThrow(/newer version .*9999-future/);
  });
});
