import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Session extends Migration {
  override up(): void {
    this.addSql(
      createTable('session', [
        '"id" bigserial primary key',
        '"secret_hash" text not null',
        '"agent_id" bigint null',
        '"binding" text not null',
        '"user_agent" text null',
        '"created_at" bigint not null',
        '"used_at" bigint not null',
      ]),
    );
    this.addSql('alter table "session" add constraint "session_secret" unique ("secret_hash")');
  }

  override down(): void {
    this.addSql('drop table "session"');
  }
}
