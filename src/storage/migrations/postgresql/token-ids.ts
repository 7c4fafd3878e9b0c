import { Migration } from '@mikro-orm/migrations';

/** By which token each thing was done, and with which each session was opened. */
export class TokenIds extends Migration {
  override up(): void {
    this.addSql('alter table "event" add column "token_id" text null');
    this.addSql('alter table "session" add column "opened_by" text null');
  }

  override down(): void {
    this.addSql('alter table "session" drop column "opened_by"');
    this.addSql('alter table "event" drop column "token_id"');
  }
}
