import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

export class Initial extends Migration {
  override up(): void {
    this.addSql(
      createTable('agent', [
        '"id" bigserial primary key',
        '"name" text not null',
        '"name_key" text not null',
        '"type" text not null',
        '"capabilities" jsonb not null',
        '"endpoint_url" text null',
        '"webhook_secret" text not null',
        '"token_hash" text not null',
        '"timeout_minutes" double precision not null',
        '"max_concurrent" int not null',
        '"is_active" boolean not null',
        '"created_at" bigint not null',
        '"last_acknowledgment" bigint null',
        '"last_heartbeat" bigint null',
        '"heartbeat" text null',
        '"session" text null',
        '"interval_seconds" double precision null',
        '"is_offline" boolean not null',
        '"offline_since" bigint null',
        '"in_grace" boolean not null',
        '"stale_at" bigint null',
        '"escalate_at" bigint null',
        '"due_at" bigint null',
        '"returned_unproven" boolean not null',
        '"revision" int not null',
      ]),
    );
    this.addSql('create index "agent_token" on "agent" ("token_hash")');
    this.addSql('create index "agent_due" on "agent" ("due_at") where due_at is not null');
    this.addSql('alter table "agent" add constraint "agent_name_key" unique ("name_key")');
    this.addSql(
      createTable('event', [
        '"id" bigserial primary key',
        '"kind" text not null',
        '"at" bigint not null',
        '"task_id" bigint null',
        '"agent_id" bigint null',
        '"assignment_id" bigint null',
        '"actor" text not null',
        '"channel" text not null',
        '"data" jsonb not null',
        '"message_key" text null',
        '"reply" jsonb null',
      ]),
    );
    this.addSql('create index "event_task" on "event" ("task_id", "id") where task_id is not null');
    this.addSql('create unique index "event_message_key" on "event" ("message_key") where message_key is not null');
    this.addSql(
      createTable('lease', [
        '"id" int not null',
        '"instance" text not null',
        '"pid" int not null',
        '"host" text not null',
        '"process_started" text null',
        '"expires_at" bigint not null',
        'primary key ("id")',
      ]),
    );
    this.addSql(
      createTable('notification', [
        '"id" bigserial primary key',
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
        '"id" bigserial primary key',
        '"instance" text not null',
        '"from_at" bigint not null',
        '"until_at" bigint not null',
        '"monotonic" double precision not null',
      ]),
    );
    this.addSql(
      createTable('task', [
        '"id" bigserial primary key',
        '"name" text not null',
        '"description" text null',
        '"status" text not null',
        '"priority" int not null',
        '"required_capabilities" jsonb not null',
        '"escalation_chain" jsonb null',
        '"blocked_by" jsonb not null',
        '"deadline" bigint null',
        '"deadline_raised" bigint null',
        '"deadline_unresolved" boolean not null',
        '"ping_interval_minutes" double precision not null',
        '"is_ping_enabled" boolean not null',
        '"needs_attention" text null',
        '"attention_since" bigint null',
        '"attention_remind_at" bigint null',
        '"attention_reminders" int not null',
        '"escalation_count" int not null',
        '"original_agent_id" bigint null',
        '"bars" jsonb not null',
        '"failed_by" jsonb not null',
        '"parked_assignment_id" bigint null',
        '"queued_at" bigint null',
        '"waiting_notice_at" bigint null',
        '"waiting_notices" int not null',
        '"wake_at" bigint null',
        '"due_at" bigint null',
        '"last_manual_ping" bigint null',
        '"created_by" text not null',
        '"created_at" bigint not null',
        '"closed_at" bigint null',
        '"deleted_at" bigint null',
        '"revision" int not null',
      ]),
    );
    this.addSql('create index "task_due" on "task" ("due_at") where due_at is not null');
    this.addSql('create index "task_queue" on "task" ("priority" desc, "id") where queued_at is not null');
    this.addSql('create index "task_attention" on "task" ("needs_attention") where needs_attention is not null');
    this.addSql(
      createTable('comment', [
        '"id" bigserial primary key',
        '"task_id" bigint not null',
        '"author" text not null',
        '"content" text not null',
        '"created_at" bigint not null',
      ]),
    );
    this.addSql('create index "comment_task" on "comment" ("task_id", "id")');
    this.addSql(
      createTable('assignment', [
        '"id" bigserial primary key',
        '"task_id" bigint not null',
        '"agent_id" bigint not null',
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
        '"owes_resend" boolean not null',
        '"snooze_until" bigint null',
        '"snoozes" int not null',
        '"original_agent_id" bigint null',
        '"escalation_count" int not null',
        '"escalated_from" text null',
        '"escalated_reason" text null',
        '"chain" jsonb not null',
        '"progress" double precision null',
        '"result" jsonb null',
        '"closed_at" bigint null',
        '"closed_by_holder" boolean not null',
        '"ping_id" text null',
        '"attempt" int not null',
        '"last_ping_sent" bigint null',
        '"pings_sent" int not null',
        '"due_at" bigint null',
        '"version" int not null',
      ]),
    );
    this.addSql('create index "assignment_due" on "assignment" ("due_at") where due_at is not null');
    this.addSql(`create index "assignment_held" on "assignment" ("agent_id") where status in ('pending', 'acknowledged', 'snoozed')`);
    this.addSql('create index "assignment_history" on "assignment" ("task_id", "id")');
    this.addSql('create index "assignment_of_agent" on "assignment" ("agent_id", "id")');
    this.addSql(`create unique index "assignment_one_open" on "assignment" ("task_id") where status in ('pending', 'acknowledged', 'snoozed')`);
    this.addSql(
      createTable('ping', [
        '"id" bigserial primary key',
        '"ping_id" text not null',
        '"assignment_id" bigint not null',
        '"agent_id" bigint not null',
        '"kind" text not null',
        '"attempt" int not null',
        '"created_at" bigint not null',
        '"respond_by" bigint null',
        '"published_at" bigint null',
        '"delivered_at" bigint null',
        '"answered_at" bigint null',
      ]),
    );
    this.addSql('create index "ping_unsent" on "ping" ("id") where published_at is null');
    this.addSql('create index "ping_assignment" on "ping" ("assignment_id")');
    this.addSql('create index "ping_unanswered" on "ping" ("assignment_id") where answered_at is null');
    this.addSql(createTable('task_blocker', ['"task_id" bigint not null', '"blocker_id" bigint not null', 'primary key ("task_id", "blocker_id")']));
    this.addSql('create index "task_blocker_blocker" on "task_blocker" ("blocker_id")');
    this.addSql('alter table "comment" add constraint "comment_task_id_foreign" foreign key ("task_id") references "task" ("id")');
    this.addSql('alter table "assignment" add constraint "assignment_task_id_foreign" foreign key ("task_id") references "task" ("id")');
    this.addSql('alter table "assignment" add constraint "assignment_agent_id_foreign" foreign key ("agent_id") references "agent" ("id")');
    this.addSql('alter table "ping" add constraint "ping_assignment_id_foreign" foreign key ("assignment_id") references "assignment" ("id")');
    this.addSql(
      'alter table "task_blocker" add constraint "task_blocker_task_id_foreign" foreign key ("task_id") references "task" ("id") on update cascade on delete cascade',
    );
    this.addSql(
      'alter table "task_blocker" add constraint "task_blocker_blocker_id_foreign" foreign key ("blocker_id") references "task" ("id") on update cascade on delete cascade',
    );
  }

  override down(): void {
    for (const table of ['task_blocker', 'ping', 'assignment', 'comment', 'notification', 'event', 'pulse', 'lease', 'task', 'agent'])
      this.addSql(`drop table "${table}"`);
  }
}
