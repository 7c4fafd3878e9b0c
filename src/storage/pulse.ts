import type { Presence } from '#domain/stats.ts';
import { type Em, least, numberOrNull, run } from './statement.ts';

/** The self-heartbeat: stretches of time in which commands could be taken and committed. What lies between them is an outage. */

/** The last sign of life of any coordinator on this database; null at the very first start. */
export async function lastPulse(em: Em): Promise<{ id: number; until_at: number } | null> {
  const [row] = await run(em, 'select id, until_at from pulse order by until_at desc, id desc limit 1');
  return row === undefined ? null : { id: Number(row['id']), until_at: Number(row['until_at']) };
}

/** Begins a stretch of being there; gives its id. Where the wall clock went back, no earlier stretch may end ahead of it, or it would pass for the last one. */
export async function beginPulse(em: Em, instance: string, now: number, monotonic: number): Promise<number> {
  await run(em, `update pulse set until_at = ?, from_at = ${least(em)}(from_at, ?) where until_at > ?`, [now, now, now]);
  const [row] = await run(em, 'insert into pulse (instance, from_at, until_at, monotonic) values (?, ?, ?, ?) returning id', [instance, now, now, monotonic]);
  return Number(row?.['id']);
}

/** The stretch reaches to `now`. */
export async function renewPulse(em: Em, id: number, now: number, monotonic: number): Promise<void> {
  await run(em, 'update pulse set until_at = ?, monotonic = ? where id = ?', [now, monotonic, id]);
}

/** The pulse is renewed every 5 s: one that is younger than this belongs to somebody who is there now. */
const PRESENT_MS = 10_000;

interface Stretch {
  readonly instance: string;
  readonly from_at: number;
  readonly until_at: number;
  readonly monotonic: number;
}

/** Read from the self-heartbeat rows, of whichever instance; the last one reaches to `to` if its owner is there now. */
export async function presence(em: Em, from: number, to: number): Promise<Presence> {
  const [first] = await run(em, 'select min(from_at) as at from pulse');
  const begun = Math.min(to, Math.max(from, numberOrNull(first?.['at']) ?? to));
  const rows = await run(em, 'select instance, from_at, until_at, monotonic from pulse where until_at >= ? and from_at < ? order by from_at, id', [begun, to]);
  const stretches = rows.map(
    (row): Stretch => ({
      instance: String(row['instance']),
      from_at: Number(row['from_at']),
      until_at: Number(row['until_at']),
      monotonic: Number(row['monotonic']),
    }),
  );
  const { up, skipped } = covered(stretches, begun, to);
  return { up_ms: up, known_ms: Math.max(0, to - begun - skipped), before_ms: begun - from, skipped_ms: skipped };
}

/** Milliseconds between `begun` and `to` in which somebody was there, and which a jump of the wall clock skipped. */
function covered(stretches: readonly Stretch[], begun: number, to: number): { up: number; skipped: number } {
  let up = 0;
  let skipped = 0;
  let reached = begun;
  for (const [i, stretch] of stretches.entries()) {
    const until = to - stretch.until_at <= PRESENT_MS ? to : stretch.until_at;
    const before = stretches[i - 1];
    if (before?.instance === stretch.instance && stretch.from_at > reached) {
      // Within one process the monotonic clock tells how much of the gap has really passed.
      const passed = Math.max(0, stretch.monotonic - (stretch.until_at - stretch.from_at) - before.monotonic);
      skipped += Math.max(0, Math.round(stretch.from_at - reached - passed));
    }
    up += Math.max(0, until - Math.max(stretch.from_at, reached));
    reached = Math.max(reached, until);
  }
  return { up, skipped };
}
