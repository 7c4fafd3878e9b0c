import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Webhook extends Migration {
  override up(): void {
    this.addSql(
      createTable('webhook', [
        '"id" integer not null primary key',
        '"agent_id" bigint not null',
        '"created_at" bigint not null',
        '"attempts" integer not null',
        '"due_at" bigint null',
        '"outcome" text null',
      ]),
    );
    this.addSql('create index "webhook_due" on "webhook" ("due_at") where due_at is not null');
  }

  override down(): void {
    this.addSql('drop table "webhook"');
  }
}
