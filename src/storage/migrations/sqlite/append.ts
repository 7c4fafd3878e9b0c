import { Migration } from '@mikro-orm/migrations';

/** The indexes of the event log by task and of pings by agent grow at their ends (see storage/blocks.ts); the pings of an assignment are a chain. */
export class Append extends Migration {
  override up(): void {
    this.addSql('alter table "assignment" add column "last_ping_row" bigint null');
    this.addSql('alter table "ping" add column "previous_row" bigint null');
    this.addSql(
      'update "ping" set "previous_row" = w.previous from (select id, lag(id) over (partition by assignment_id order by id) as previous from "ping") as w where w.id = "ping".id',
    );
    this.addSql(
      'update "assignment" set "last_ping_row" = w.last from (select assignment_id, max(id) as last from "ping" group by assignment_id) as w where w.assignment_id = "assignment".id',
    );
    this.addSql('drop index "ping_assignment"');
    this.addSql('create index "ping_agent" on "ping" ((id >> 12), "agent_id")');
    this.addSql('drop index "event_task"');
    this.addSql('create index "event_task" on "event" ((id >> 12), "task_id") where task_id is not null');
  }

  override down(): void {
    this.addSql('drop index "event_task"');
    this.addSql('create index "event_task" on "event" ("task_id", "id") where task_id is not null');
    this.addSql('drop index "ping_agent"');
    this.addSql('create index "ping_assignment" on "ping" ("assignment_id")');
    this.addSql('alter table "ping" drop column "previous_row"');
    this.addSql('alter table "assignment" drop column "last_ping_row"');
  }
}
