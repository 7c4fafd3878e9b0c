import { MESSAGE_KEPT_MS } from '#domain/command.ts';
import { type Em, run } from './statement.ts';

/** Takes away what is too old to be kept, a window of rows at a time. Roll-ups are kept longer than the events that they count. */

/** Rows looked at in one step: a few milliseconds. */
const STEP = 500;
const DAY_MS = 86_400_000;
/** Roll-ups and self-heartbeats. */
const FIGURES_DAYS = 400;

interface Pruned {
  readonly table: 'event' | 'ping' | 'webhook' | 'notification';
  /** The column that tells its age. */
  readonly age: string;
  /** What may go; each `?` is the moment before which something is old. */
  readonly where: string;
  readonly moments: (cutoff: number, now: number) => number[];
}

const LOG: readonly Pruned[] = [
  // The newest event always stays: its id is where readers go on.
  {
    table: 'event',
    age: 'at',
    where: 'at < ? and (message_key is null or at < ?) and id < (select max(id) from event)',
    // an event by which a repetition is recognised stays as long as that
    moments: (cutoff, now) => [cutoff, now - MESSAGE_KEPT_MS],
  },
  {
    table: 'ping',
    age: 'created_at',
    where: 'created_at < ? and exists (select 1 from assignment as a where a.id = ping.assignment_id and a.closed_at < ?)',
    moments: (cutoff) => [cutoff, cutoff],
  },
  { table: 'webhook', age: 'created_at', where: 'created_at < ? and due_at is null', moments: (cutoff) => [cutoff] },
  { table: 'notification', age: 'created_at', where: 'created_at < ? and read_at is not null', moments: (cutoff) => [cutoff] },
];

/** One step after another over the same tables. */
export class Pruning {
  readonly #retentionMs: number;
  /** Where the pass over each table has come to. */
  readonly #beyond = new Map<string, number>();

  /** @param retentionDays of events, pings of closed assignments, notifications that were read; 0: for ever */
  constructor(retentionDays: number) {
    this.#retentionMs = retentionDays * DAY_MS;
  }

  /** Looks at the next rows of each table. Gives whether there are more that may be old. */
  async step(transaction: <T>(work: (em: Em) => Promise<T>) => Promise<T>, now: number): Promise<boolean> {
    let hasMore = await transaction((em) => pruneFigures(em, now - FIGURES_DAYS * DAY_MS));
    if (this.#retentionMs === 0) return hasMore;
    for (const pruned of LOG) if (await transaction((em) => this.#prune(em, pruned, now))) hasMore = true;
    return hasMore;
  }

  async #prune(em: Em, { table, age, where, moments }: Pruned, now: number): Promise<boolean> {
    const beyond = this.#beyond.get(table) ?? 0;
    const cutoff = now - this.#retentionMs;
    const [head] = await run(
      em,
      `select max(id) as last, min(${age}) as oldest, count(*) as n from (select id, ${age} from ${table} where id > ? order by id limit ?) as head`,
      [beyond, STEP],
    );
    const n = Number(head?.['n'] ?? 0);
    // Ids rise with time: where a whole window is young, all that follows is.
    if (n === 0 || Number(head?.['oldest']) >= cutoff) {
      this.#beyond.delete(table);
      return false;
    }
    const last = Number(head?.['last']);
    await run(em, `delete from ${table} where id > ? and id <= ? and ${where}`, [beyond, last, ...moments(cutoff, now)]);
    if (n === STEP) this.#beyond.set(table, last);
    else this.#beyond.delete(table);
    return n === STEP;
  }
}

/** An hour of buckets at a time. A self-heartbeat that ended so long ago is in no window that can be asked for. */
async function pruneFigures(em: Em, cutoff: number): Promise<boolean> {
  const [first] = await run(em, 'select min(at) as at from rollup');
  await run(em, 'delete from pulse where until_at < ?', [cutoff]);
  const at = first?.['at'] ?? null;
  if (at === null || Number(at) >= cutoff) return false;
  const until = Math.min(cutoff, Number(at) + 3_600_000);
  await run(em, 'delete from rollup_response where at < ?', [until]);
  await run(em, 'delete from rollup where at < ?', [until]);
  return true;
}
