import { Migration } from '@mikro-orm/migrations';

/** The orders and filters of `GET /tasks` and `GET /notifications`. */
export class Lists extends Migration {
  override up(): void {
    this.addSql('create index "task_status" on "task" ("status", "id") where deleted_at is null');
    this.addSql('create index "task_priority" on "task" ("priority", "id") where deleted_at is null');
    this.addSql('create index "task_status_priority" on "task" ("status", "priority", "id") where deleted_at is null');
    this.addSql('create index "task_deadline" on "task" ("deadline", "id") where deadline is not null and deleted_at is null');
    this.addSql('create index "task_status_deadline" on "task" ("status", "deadline", "id") where deadline is not null and deleted_at is null');
    this.addSql('create index "notification_unread" on "notification" ("id") where read_at is null');
  }

  override down(): void {
    for (const name of ['notification_unread', 'task_status_deadline', 'task_deadline', 'task_status_priority', 'task_priority', 'task_status'])
      this.addSql(`drop index "${name}"`);
  }
}
