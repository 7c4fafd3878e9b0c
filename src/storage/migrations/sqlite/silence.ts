import { Migration } from '@mikro-orm/migrations';

/** Whether a holder that keeps its task has let a window pass; and the escalations that are still undecided, which the figures count. */
export class Silence extends Migration {
  override up(): void {
    this.addSql('alter table "assignment" add column "silent_since" bigint null');
    this.addSql(
      `create index "assignment_undecided" on "assignment" ("assigned_at", "agent_id") where status in ('pending', 'acknowledged', 'snoozed') and escalated_reason is not null and acknowledged_at is null and silent_since is null`,
    );
  }

  override down(): void {
    this.addSql('drop index "assignment_undecided"');
    this.addSql('alter table "assignment" drop column "silent_since"');
  }
}
