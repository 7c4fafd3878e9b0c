import type { FailureReason } from '#schemas/vocabulary.ts';
import type { WorkCommand } from './command.ts';

/**
 * What the figures of GET /stats count, and how it is summed. A decision notes measures (measure.ts); a commit turns all of its measures into
 * increments of the roll-up, written in the same transaction as the events that tell the same.
 */

/** How an answer relates to what was asked. `no_deadline`: pinging is off, or the assignment was snoozed. `unasked`: no ping was waiting for it. */
export const ANSWER_OUTCOMES = ['in_time', 'late', 'no_deadline', 'unasked'] as const;
export type AnswerOutcome = (typeof ANSWER_OUTCOMES)[number];
export type AnswerCommand = WorkCommand['type'];
/** What an escalation came to: someone took it over, or nobody was left to. */
export const ESCALATION_RESULTS = ['handed_over', 'no_target', 'escalation_exhausted'] as const;
export type EscalationResult = (typeof ESCALATION_RESULTS)[number];

interface OfAgent {
  readonly agent_id: number;
  /** The moment it is counted at, epoch milliseconds. */
  readonly at: number;
}
export type Measure =
  /** `response_ms`: since attempt 1 of the ping it answers; null when unasked. */
  | (OfAgent & { readonly of: 'answer'; readonly command: AnswerCommand; readonly outcome: AnswerOutcome; readonly response_ms: number | null })
  /** A window ended without an answer: it passed (`missed`), nobody had been asked, or it was withdrawn before its end. */
  | (OfAgent & { readonly of: 'silence'; readonly why: 'missed' | 'not_asked' | 'completed' | Exclude<FailureReason, 'timeout' | 'reported'> })
  /** A command that came after its assignment had timed out. */
  | (OfAgent & { readonly of: 'too_late' })
  /** To whom it went; 0 where nobody was found. */
  | (OfAgent & { readonly of: 'escalation'; readonly result: EscalationResult })
  /** What became of the assignment that an escalation made, counted at the moment of the escalation. `lost`: it had succeeded, and failed after all. */
  | (OfAgent & { readonly of: 'escalated'; readonly became: 'successful' | 'lost' | 'withdrawn' })
  /** It said goodbye, or fell silent with many others, and was back within the grace. */
  | (OfAgent & { readonly of: 'false_alarm' })
  /** A ping was taken by the transport; `receipt`: whether its delivery can be known. */
  | (OfAgent & { readonly of: 'published'; readonly receipt: boolean })
  /** Its receipt came; counted at the moment of its publication. */
  | (OfAgent & { readonly of: 'delivered' });

/** The columns of the roll-up. Sums over any number of buckets are sums of these. */
export const COUNTERS = [
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
  /** Of the answers in time and late, milliseconds. */
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
] as const;
export type Counter = (typeof COUNTERS)[number];
export type Counters = Record<Counter, number>;

/** The agent_id of the rows that count the whole fleet; and of those that count it by the hour, so that a month is 720 rows and not 8,640. */
export const FLEET = 0;
export const FLEET_BY_HOUR = -1;
/** The roll-up's grain. */
export const BUCKET_MS = 300_000;
export const HOUR_MS = 12 * BUCKET_MS;
export const bucketOf = (at: number): number => Math.floor(at / BUCKET_MS) * BUCKET_MS;
const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;

/** Response times fall into bins of a fixed logarithmic scale: eight to a doubling, so that a bound is at most 9.1 % above what is in the bin. */
const BINS_PER_DOUBLING = 8;
/** About 49 days. */
const LAST_BIN = 32 * BINS_PER_DOUBLING;
export const binOf = (ms: number): number => (ms <= 1 ? 0 : Math.min(LAST_BIN, Math.ceil(Math.log2(ms) * BINS_PER_DOUBLING)));
/** The longest response of a bin, milliseconds. */
export const binBound = (bin: number): number => 2 ** (bin / BINS_PER_DOUBLING);

/** What a commit adds to one row of the roll-up, and to its bins of response times. */
export interface Increment {
  /** Start of the bucket. */
  readonly at: number;
  readonly agent_id: number;
  readonly counters: Counters;
  readonly bins: ReadonlyMap<number, number>;
}

const ZERO = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters; // as: one entry for each name

type Row = Increment & { readonly bins: Map<number, number> };

/** Rows by bucket and agent, made when they are first asked for. */
class Rows {
  readonly #byBucket = new Map<number, Map<number, Row>>();

  of(at: number, agent_id: number): Row {
    const bucket = this.#byBucket.get(at) ?? new Map<number, Row>();
    this.#byBucket.set(at, bucket);
    const row = bucket.get(agent_id) ?? { at, agent_id, counters: { ...ZERO }, bins: new Map<number, number>() };
    bucket.set(agent_id, row);
    return row;
  }

  all(): Row[] {
    return [...this.#byBucket.values()].flatMap((bucket) => [...bucket.values()]);
  }
}

/** Sums measures by bucket and agent, and for the fleet; in a fixed order, so that two writers never wait for each other's rows. */
export function incrementsOf(measures: readonly Measure[]): Increment[] {
  const own = new Rows();
  for (const measure of measures) {
    const { counters, bins } = own.of(bucketOf(measure.at), measure.agent_id);
    add(counters, bins, measure);
  }
  const fleet = new Rows();
  for (const row of own.all()) {
    sum(fleet.of(row.at, FLEET), row);
    sum(fleet.of(hourOf(row.at), FLEET_BY_HOUR), row);
  }
  const agents = own.all().filter((row) => row.agent_id !== FLEET);
  return [...agents, ...fleet.all()].sort((a, b) => a.at - b.at || a.agent_id - b.agent_id);
}

function sum(total: Row, part: Row): void {
  for (const name of COUNTERS) total.counters[name] += part.counters[name];
  for (const [bin, n] of part.bins) count(total.bins, bin, n);
}

const count = (bins: Map<number, number>, bin: number, n: number): void => void bins.set(bin, (bins.get(bin) ?? 0) + n);

function add(counters: Counters, bins: Map<number, number>, measure: Measure): void {
  switch (measure.of) {
    case 'answer':
      counters[measure.outcome] += 1;
      if (measure.command === 'snooze') counters.snoozes += 1;
      if (measure.response_ms === null || (measure.outcome !== 'in_time' && measure.outcome !== 'late')) return;
      counters.response_ms += measure.response_ms;
      count(bins, binOf(measure.response_ms), 1);
      return;
    case 'silence':
      counters[measure.why === 'missed' || measure.why === 'not_asked' ? measure.why : (`withdrawn_${measure.why}` as const)] += 1;
      return;
    case 'too_late':
      counters.too_late += 1;
      return;
    case 'escalation':
      counters[measure.result === 'handed_over' ? 'escalated' : 'escalated_nobody'] += 1;
      return;
    case 'escalated':
      if (measure.became === 'withdrawn') counters.escalated_withdrawn += 1;
      else counters.escalated_successful += measure.became === 'successful' ? 1 : -1;
      return;
    case 'false_alarm':
      counters.false_alarms += 1;
      return;
    case 'published':
      counters[measure.receipt ? 'published' : 'no_receipt'] += 1;
      return;
    case 'delivered':
      counters.delivered += 1;
      return;
    default:
      return measure satisfies never;
  }
}
