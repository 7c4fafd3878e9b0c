import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Phases extends Migration {
  override up(): void {
    this.addSql(
      createTable('phase', [
        '"id" integer not null primary key autoincrement',
        '"task_id" integer not null',
        '"name" text not null',
        '"position" integer not null',
        '"completed_at" bigint null',
        '"created_at" bigint not null',
        '"deleted_at" bigint null',
        '"revision" integer not null',
        'constraint "phase_task_id_foreign" foreign key ("task_id") references "task" ("id")',
      ]),
    );
    this.addSql('create index "phase_of_task" on "phase" ("task_id", "position", "id") where deleted_at is null');
    this.addSql(
      createTable('todo', [
        '"id" integer not null primary key autoincrement',
        '"phase_id" integer not null',
        '"title" text not null',
        '"position" integer not null',
        '"done_at" bigint null',
        '"done_by" text null',
        '"created_at" bigint not null',
        '"deleted_at" bigint null',
        '"revision" integer not null',
        'constraint "todo_phase_id_foreign" foreign key ("phase_id") references "phase" ("id")',
      ]),
    );
    this.addSql('create index "todo_of_phase" on "todo" ("phase_id", "position", "id") where deleted_at is null');
    // So that numbers can be taken before the first insert (ids.ts).
    this.addSql(`insert into sqlite_sequence (name, seq) values ('phase', 0), ('todo', 0)`);
  }

  override down(): void {
    for (const table of ['todo', 'phase']) this.addSql(`drop table "${table}"`);
  }
}
