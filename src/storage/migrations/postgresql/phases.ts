import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Phases extends Migration {
  override up(): void {
    this.addSql(
      createTable('phase', [
        '"id" bigserial primary key',
        '"task_id" bigint not null',
        '"name" text not null',
        '"position" int not null',
        '"completed_at" bigint null',
        '"created_at" bigint not null',
        '"deleted_at" bigint null',
        '"revision" int not null',
      ]),
    );
    this.addSql('create index "phase_of_task" on "phase" ("task_id", "position", "id") where deleted_at is null');
    this.addSql(
      createTable('todo', [
        '"id" bigserial primary key',
        '"phase_id" bigint not null',
        '"title" text not null',
        '"position" int not null',
        '"done_at" bigint null',
        '"done_by" text null',
        '"created_at" bigint not null',
        '"deleted_at" bigint null',
        '"revision" int not null',
      ]),
    );
    this.addSql('create index "todo_of_phase" on "todo" ("phase_id", "position", "id") where deleted_at is null');
    this.addSql('alter table "phase" add constraint "phase_task_id_foreign" foreign key ("task_id") references "task" ("id")');
    this.addSql('alter table "todo" add constraint "todo_phase_id_foreign" foreign key ("phase_id") references "phase" ("id")');
  }

  override down(): void {
    for (const table of ['todo', 'phase']) this.addSql(`drop table "${table}"`);
  }
}
