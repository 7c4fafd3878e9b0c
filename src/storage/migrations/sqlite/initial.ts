import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Initial extends Migration {
  override up(): void {
    this.addSql(
      createTable('agent', [
        '"id" integer not null primary key autoincrement',
        '"name" text not null',
        '"name_key" text not null',
        '"type" text not null',
        '"capabilities" json not null',
        '"endpoint_url" text null',
        '"webhook_secret" text not null',
        '"token_hash" text not null',
        '"timeout_minutes" double precision not null',
        '"max_concurrent" integer not null',
        '"is_active" integer not null',
        '"created_at" bigint not null',
        '"last_acknowledgment" bigint null',
        '"last_heartbeat" bigint null',
        '"heartbeat" text null',
        '"session" text null',
        '"interval_seconds" double precision null',
        '"is_offline" integer not null',
        '"offline_since" bigint null',
        '"in_grace" integer not null',
        '"stale_at" bigint null',
        '"escalate_at" bigint null',
        '"due_at" bigint null',
        '"returned_unproven" integer not null',
        '"revision" integer not null',
      ]),
    );
    this.addSql('create index "agent_token" on "agent" ("token_hash")');
    this.addSql('create index "agent_due" on "agent" ("due_at") where due_at is not null');
    this.addSql('create unique index "agent_name_key" on "agent" ("name_key")');
    this.addSql(
      createTable('event', [
        '"id" integer not null primary key autoincrement',
        '"kind" text not null',
        '"at" bigint not null',
        '"task_id" bigint null',
        '"agent_id" bigint null',
        '"assignment_id" bigint null',
        '"actor" text not null',
        '"channel" text not null',
        '"data" json not null',
        '"message_key" text null',
        '"reply" json null',
      ]),
    );
    this.addSql('create index "event_task" on "event" ("task_id", "id") where task_id is not null');
    this.addSql('create unique index "event_message_key" on "event" ("message_key") where message_key is not null');
    this.addSql(
      createTable('lease', [
        '"id" integer not null primary key',
        '"instance" text not null',
        '"pid" integer not null',
        '"host" text not null',
        '"process_started" text null',
        '"expires_at" bigint not null',
      ]),
    );
    this.addSql(
      createTable('notification', [
        '"id" integer not null primary key autoincrement',
        '"kind" text not null',
        '"task_id" bigint null',
        '"title" text not null',
        '"body" text not null',
        '"created_at" bigint not null',
        '"read_at" bigint null',
      ]),
    );
    this.addSql(
      createTable('pulse', [
        '"id" integer not null primary key autoincrement',
        '"instance" text not null',
        '"from_at" bigint not null',
        '"until_at" bigint not null',
        '"monotonic" double precision not null',
      ]),
    );
    this.addSql(
      createTable('task', [
        '"id" integer not null primary key autoincrement',
        '"name" text not null',
        '"description" text null',
        '"status" text not null',
        '"priority" integer not null',
        '"required_capabilities" json not null',
        '"escalation_chain" json null',
        '"blocked_by" json not null',
        '"deadline" bigint null',
        '"deadline_raised" bigint null',
        '"deadline_unresolved" integer not null',
        '"ping_interval_minutes" double precision not null',
        '"is_ping_enabled" integer not null',
        '"needs_attention" text null',
        '"attention_since" bigint null',
        '"attention_remind_at" bigint null',
        '"attention_reminders" integer not null',
        '"escalation_count" integer not null',
        '"original_agent_id" bigint null',
        '"bars" json not null',
        '"failed_by" json not null',
        '"parked_assignment_id" bigint null',
        '"queued_at" bigint null',
        '"waiting_notice_at" bigint null',
        '"waiting_notices" integer not null',
        '"wake_at" bigint null',
        '"due_at" bigint null',
        '"last_manual_ping" bigint null',
        '"created_by" text not null',
        '"created_at" bigint not null',
        '"closed_at" bigint null',
        '"deleted_at" bigint null',
        '"revision" integer not null',
      ]),
    );
    this.addSql('create index "task_due" on "task" ("due_at") where due_at is not null');
    this.addSql('create index "task_queue" on "task" ("priority" desc, "id") where queued_at is not null');
    this.addSql('create index "task_attention" on "task" ("needs_attention") where needs_attention is not null');
    this.addSql(
      createTable('comment', [
        '"id" integer not null primary key autoincrement',
        '"task_id" integer not null',
        '"author" text not null',
        '"content" text not null',
        '"created_at" bigint not null',
        'constraint "comment_task_id_foreign" foreign key ("task_id") references "task" ("id")',
      ]),
    );
    this.addSql('create index "comment_task" on "comment" ("task_id", "id")');
    this.addSql(
      createTable('assignment', [
        '"id" integer not null primary key autoincrement',
        '"task_id" integer not null',
        '"agent_id" integer not null',
        '"status" text not null',
        '"failure_reason" text null',
        '"assigned_at" bigint not null',
        '"assigned_by" text not null',
        '"acknowledged_at" bigint null',
        '"last_ack_at" bigint null',
        '"answered_at" bigint null',
        '"window_start" bigint not null',
        '"respond_by" bigint null',
        '"remind_at" bigint null',
        '"owes_resend" integer not null',
        '"snooze_until" bigint null',
        '"snoozes" integer not null',
        '"original_agent_id" bigint null',
        '"escalation_count" integer not null',
        '"escalated_from" text null',
        '"escalated_reason" text null',
        '"chain" json not null',
        '"progress" double precision null',
        '"result" json null',
        '"closed_at" bigint null',
        '"closed_by_holder" integer not null',
        '"ping_id" text null',
        '"attempt" integer not null',
        '"last_ping_sent" bigint null',
        '"pings_sent" integer not null',
        '"due_at" bigint null',
        '"version" integer not null',
        'constraint "assignment_task_id_foreign" foreign key ("task_id") references "task" ("id")',
        'constraint "assignment_agent_id_foreign" foreign key ("agent_id") references "agent" ("id")',
      ]),
    );
    this.addSql('create index "assignment_due" on "assignment" ("due_at") where due_at is not null');
    this.addSql(`create index "assignment_held" on "assignment" ("agent_id") where status in ('pending', 'acknowledged', 'snoozed')`);
    this.addSql('create index "assignment_history" on "assignment" ("task_id", "id")');
    this.addSql('create index "assignment_of_agent" on "assignment" ("agent_id", "id")');
    this.addSql(`create unique index "assignment_one_open" on "assignment" ("task_id") where status in ('pending', 'acknowledged', 'snoozed')`);
    this.addSql(
      createTable('ping', [
        '"id" integer not null primary key autoincrement',
        '"ping_id" text not null',
        '"assignment_id" integer not null',
        '"agent_id" bigint not null',
        '"kind" text not null',
        '"attempt" integer not null',
        '"created_at" bigint not null',
        '"respond_by" bigint null',
        '"published_at" bigint null',
        '"delivered_at" bigint null',
        '"answered_at" bigint null',
        'constraint "ping_assignment_id_foreign" foreign key ("assignment_id") references "assignment" ("id")',
      ]),
    );
    this.addSql('create index "ping_unsent" on "ping" ("id") where published_at is null');
    this.addSql('create index "ping_assignment" on "ping" ("assignment_id")');
    this.addSql('create index "ping_unanswered" on "ping" ("assignment_id") where answered_at is null');
    this.addSql(
      createTable('task_blocker', [
        '"task_id" integer not null',
        '"blocker_id" integer not null',
        'primary key ("task_id", "blocker_id")',
        'constraint "task_blocker_task_id_foreign" foreign key ("task_id") references "task" ("id") on update cascade on delete cascade',
        'constraint "task_blocker_blocker_id_foreign" foreign key ("blocker_id") references "task" ("id") on update cascade on delete cascade',
      ]),
    );
    this.addSql('create index "task_blocker_blocker" on "task_blocker" ("blocker_id")');
    // A row for each, so that numbers can be taken before the first insert (ids.ts).
    this.addSql(
      `insert into sqlite_sequence (name, seq) values ('agent', 0), ('event', 0), ('notification', 0), ('pulse', 0), ('task', 0), ('comment', 0), ('assignment', 0), ('ping', 0)`,
    );
  }

  override down(): void {
    for (const table of ['task_blocker', 'ping', 'assignment', 'comment', 'notification', 'event', 'pulse', 'lease', 'task', 'agent'])
      this.addSql(`drop table "${table}"`);
  }
}
