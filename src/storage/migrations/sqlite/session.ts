import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Session extends Migration {
  override up(): void {
    this.addSql(
      createTable('session', [
        '"id" integer not null primary key autoincrement',
        '"secret_hash" text not null',
        '"agent_id" bigint null',
        '"binding" text not null',
        '"user_agent" text null',
        '"created_at" bigint not null',
        '"used_at" bigint not null',
      ]),
    );
    this.addSql('create unique index "session_secret" on "session" ("secret_hash")');
  }

  override down(): void {
    this.addSql('drop table "session"');
  }
}
