import { IS_OPEN } from './conditions.ts';
import { type Em, least, run } from './statement.ts';

/**
 * An outage of ours that lasted `lostMs` ended at `now` (contract §1.3): every respond-by and liveness deadline moves on by it and the grace; who has
 * not answered is owed one more ping when the grace ends. `snooze_until` and a task's absolute deadline stay. No response time contains the outage.
 * A window that had begun goes on from `now` at the latest: in the future it would be one that waits for its busy_until, with a ping at its beginning. One
 * waits whose next ping is the one at its beginning, or, where an earlier outage put its `resent` first, whose beginning lies ahead: by the time alone, all that
 * began between the last sign of life and a crash would.
 */
export async function creditOutage(em: Em, now: number, lostMs: number, graceMs: number): Promise<void> {
  const ms = lostMs + graceMs;
  await run(
    em,
    `update assignment set respond_by = respond_by + ?, remind_at = remind_at + ?, asked_at = asked_at + ?,
      window_start = case when remind_at = window_start or (owes_resend and window_start > ?) then window_start + ? else ${least(em)}(window_start + ?, ?) end where ${IS_OPEN} and respond_by is not null`,
    [ms, ms, lostMs, now, ms, ms, now],
  );
  await run(
    em,
    `update assignment set owes_resend = true, remind_at = ? where status in ('pending', 'acknowledged') and respond_by is not null and ping_id is not null`,
    [now + graceMs],
  );
  await run(
    em,
    `update assignment set due_at = ${least(em)}(coalesce(remind_at, respond_by), respond_by) where status in ('pending', 'acknowledged') and respond_by is not null`,
  );
  await run(em, 'update agent set stale_at = stale_at + ?, escalate_at = escalate_at + ?, due_at = due_at + ? where due_at is not null', [ms, ms, ms]);
}

/** The wall clock jumped by `ms`: every pending duration moves along, so that none of them gets longer or shorter; the absolute deadline stays. */
export async function shiftDurations(em: Em, ms: number): Promise<void> {
  const moved = (columns: readonly string[]): string => columns.map((c) => `${c} = ${c} + ${Math.round(ms)}`).join(', ');
  await run(
    em,
    `update assignment set ${moved(['window_start', 'respond_by', 'remind_at', 'snooze_until', 'asked_at', 'last_ping_sent', 'due_at'])} where ${IS_OPEN}`,
  );
  await run(em, `update agent set ${moved(['stale_at', 'escalate_at', 'last_heartbeat', 'offline_since', 'due_at'])}`);
  await run(em, `update task set ${moved(['wake_at', 'waiting_notice_at', 'attention_remind_at', 'last_manual_ping', 'queued_at'])}`);
  const far = Number.MAX_SAFE_INTEGER;
  const due = `${least(em)}(coalesce(wake_at, ${far}), coalesce(waiting_notice_at, ${far}), coalesce(attention_remind_at, ${far}), coalesce(case when deadline = deadline_raised then null else deadline end, ${far}))`;
  await run(em, `update task set due_at = nullif(${due}, ${far}) where due_at is not null`);
}
