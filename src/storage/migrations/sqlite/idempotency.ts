import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Idempotency extends Migration {
  override up(): void {
    this.addSql(
      createTable('idempotency', [
        '"id" integer not null primary key autoincrement',
        '"principal" text not null',
        '"request_key" text not null',
        '"request_hash" text not null',
        '"instance" text not null',
        '"reserved_at" bigint not null',
        '"outcome" text null',
        '"status" integer null',
        '"headers" text null',
        '"body" text null',
      ]),
    );
    this.addSql('create unique index "idempotency_key" on "idempotency" ("principal", "request_key")');
    this.addSql('create index "idempotency_age" on "idempotency" ("reserved_at")');
  }

  override down(): void {
    this.addSql('drop table "idempotency"');
  }
}
