import { Migration } from '@mikro-orm/migrations';

/** What was taken from an agent, by when. */
export class Taken extends Migration {
  override up(): void {
    this.addSql('create index "assignment_taken" on "assignment" ("agent_id", "closed_at") where closed_at is not null and not closed_by_holder');
  }

  override down(): void {
    this.addSql('drop index "assignment_taken"');
  }
}
