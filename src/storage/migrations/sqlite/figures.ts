import { Migration } from '@mikro-orm/migrations';
import { createTable } from '#storage/migrations/ddl.ts';

/** The counters as they were first; a later one is a migration of its own. */
const COUNTERS = [
  'in_time',
  'late',
  'missed',
  'no_deadline',
  'unasked',
  'not_asked',
  'withdrawn_stale',
  'withdrawn_reassigned',
  'withdrawn_cancelled',
  'withdrawn_deactivated',
  'withdrawn_completed',
  'response_ms',
  'escalated',
  'escalated_successful',
  'escalated_withdrawn',
  'escalated_nobody',
  'published',
  'delivered',
  'no_receipt',
  'snoozes',
  'too_late',
  'false_alarms',
];

/** The roll-ups of the figures, and the moment from which a response time counts. */
export class Figures extends Migration {
  override up(): void {
    this.addSql('alter table "assignment" add column "asked_at" bigint null');
    // Without a rowid the table is its key: a commit touches one tree instead of two.
    this.addSql(
      `${createTable('rollup', ['"at" bigint not null', '"agent_id" bigint not null', ...COUNTERS.map((name) => `"${name}" bigint not null`), 'primary key ("at", "agent_id")'])} without rowid`,
    );
    this.addSql(
      `${createTable('rollup_response', ['"at" bigint not null', '"agent_id" bigint not null', '"bin" integer not null', '"n" bigint not null', 'primary key ("at", "agent_id", "bin")'])} without rowid`,
    );
  }

  override down(): void {
    this.addSql('drop table "rollup_response"');
    this.addSql('drop table "rollup"');
    this.addSql('alter table "assignment" drop column "asked_at"');
  }
}
