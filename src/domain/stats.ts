import type { AgentStats, Figure, Stats, StatsSeries, WindowName } from '#schemas/stats.ts';
import { iso } from '#schemas/time.ts';
import { BUCKET_MS, binBound, bucketOf, type Counters, HOUR_MS } from './figures.ts';

/** The figures, from the sums of a window. Pure: what each means is said in schemas/stats.ts. */

const WINDOW_MS: Readonly<Record<WindowName, number>> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS, '30d': 30 * 24 * HOUR_MS };
/** Fewer say little. */
const ENOUGH = 20;
const TARGETS = { ack_rate: 0.95, response_seconds: 300, escalation_success_rate: 0.9, uptime: 0.995 } as const;

export interface Span {
  readonly window: WindowName;
  /** Start of a bucket. */
  readonly from: number;
  readonly to: number;
}
/** The window that ends now, its beginning rounded down to a bucket. */
export const spanOf = (window: WindowName, now: number): Span => ({ window, from: bucketOf(now - WINDOW_MS[window]), to: now });

/** The window before it, equally long. */
export const spanBefore = ({ window, from, to }: Span): Span => ({ window, from: bucketOf(from - (to - from)), to: from });

/** What a window holds: the counters, and how many responses fell into each bin, shortest first. */
export interface Sums {
  readonly counters: Counters;
  readonly bins: readonly (readonly [bin: number, n: number])[];
  /** Escalations made in it of which nobody knows yet what they come to. */
  readonly undecided: number;
}

/** The time the coordinator could be reached in a window, ms. */
export interface Presence {
  readonly up_ms: number;
  /** What there is of the window since the first start ever, less what a jump of the wall clock skipped. */
  readonly known_ms: number;
  readonly before_ms: number;
  readonly skipped_ms: number;
}

/** How far a window's points lie apart: about fifty of them, in whole buckets, or whole hours where those are kept. */
const STEP_MS: Readonly<Record<WindowName, number>> = { '1h': BUCKET_MS, '24h': 6 * BUCKET_MS, '7d': 3 * HOUR_MS, '30d': 12 * HOUR_MS };

export interface SeriesSpan extends Span {
  readonly step: number;
}
/** The window that ends now, its beginning rounded down to a step. */
export function seriesSpanOf(window: WindowName, now: number): SeriesSpan {
  const step = STEP_MS[window];
  const from = now - WINDOW_MS[window];
  return { window, from: from - (from % step), to: now, step };
}

/** What one step of a window holds. */
export interface StepSums {
  readonly at: number;
  readonly in_time: number;
  readonly late: number;
  readonly missed: number;
  readonly bins: Sums['bins'];
}

/** A point for each step, also where nothing was counted: a gap is to be seen as one. */
export function fleetSeries(span: SeriesSpan, sums: readonly StepSums[]): StatsSeries {
  const known = new Map(sums.map((each) => [each.at, each]));
  const points: StatsSeries['points'] = [];
  for (let at = span.from; at <= span.to; at += span.step) points.push(pointOf(at, known.get(at) ?? { at, in_time: 0, late: 0, missed: 0, bins: [] }));
  return { ...edges(span), step_seconds: span.step / 1000, points };
}

function pointOf(at: number, { in_time, late, missed, bins }: StepSums): StatsSeries['points'][number] {
  const questions = in_time + late + missed;
  return {
    at: iso(at),
    questions,
    ack_rate: questions === 0 ? null : in_time / questions,
    answers: in_time + late,
    response_time_p50: quantileOf(bins, 0.5).seconds,
    response_time_p95: quantileOf(bins, 0.95).seconds,
  };
}

/** What is known of the whole fleet in a window. */
export interface FleetWindow {
  readonly span: Span;
  readonly sums: Sums;
  readonly presence: Presence;
}

export function fleetStats(window: FleetWindow, earlier: FleetWindow): Stats {
  const { ack_rate, response_time_mean, escalation_success_rate, uptime } = fleetFigures(earlier);
  return {
    ...edges(window.span),
    ...fleetFigures(window),
    before: {
      from: iso(earlier.span.from),
      to: iso(earlier.span.to),
      ack_rate: ack_rate.value,
      response_time_mean: response_time_mean.value,
      escalation_success_rate: escalation_success_rate.value,
      uptime: uptime.value,
    },
  };
}

function fleetFigures({ span, sums, presence }: FleetWindow) {
  const make = maker(span);
  const uptime = make('ratio', presence.up_ms / 1000, presence.known_ms / 1000, TARGETS.uptime, {
    before_first_start: presence.before_ms / 1000,
    clock_jump: presence.skipped_ms / 1000,
  });
  return { ...figures(make, sums), uptime };
}

export function agentStats(agent: { readonly id: number; readonly name: string }, span: Span, sums: Sums): AgentStats {
  const { late, too_late, snoozes, false_alarms } = sums.counters;
  return { agent_id: agent.id, agent_name: agent.name, ...edges(span), ...figures(maker(span), sums), late_acks: late + too_late, snoozes, false_alarms };
}

const edges = ({ window, from, to }: Span) => ({ window, from: iso(from), to: iso(to) });

type Make = (unit: Figure['unit'], numerator: number, denominator: number, target: number | null, exclusions: Record<string, number>) => Figure;

function maker(span: Span): Make {
  return (unit, numerator, denominator, target, exclusions) => {
    const value = denominator === 0 ? null : numerator / denominator;
    return { value, ...judged(value, unit, target), unit, numerator, denominator, target, enough_data: denominator >= ENOUGH, exclusions, ...edges(span) };
  };
}

function judged(value: number | null, unit: Figure['unit'], target: number | null): Pick<Figure, 'met'> {
  if (value === null || target === null) return { met: null };
  return { met: unit === 'ratio' ? value > target : value < target };
}

function figures(make: Make, { counters: c, bins, undecided }: Sums) {
  const responses = c.in_time + c.late;
  const decided = c.escalated + c.escalated_nobody - c.escalated_withdrawn - undecided;
  const unmeasured = { no_deadline: c.no_deadline, unasked: c.unasked };
  const quantile = (q: number): Figure => {
    const { seconds, within } = quantileOf(bins, q);
    return { ...make('seconds', within, responses, null, unmeasured), value: seconds };
  };
  return {
    ack_rate: make('ratio', c.in_time, responses + c.missed, TARGETS.ack_rate, {
      not_asked: c.not_asked,
      ...unmeasured,
      withdrawn_stale: c.withdrawn_stale,
      withdrawn_reassigned: c.withdrawn_reassigned,
      withdrawn_cancelled: c.withdrawn_cancelled,
      withdrawn_deactivated: c.withdrawn_deactivated,
      withdrawn_completed: c.withdrawn_completed,
    }),
    response_time_mean: make('seconds', c.response_ms / 1000, responses, TARGETS.response_seconds, unmeasured),
    response_time_p50: quantile(0.5),
    response_time_p95: quantile(0.95),
    escalation_success_rate: make('ratio', c.escalated_successful, decided, TARGETS.escalation_success_rate, {
      undecided,
      withdrawn: c.escalated_withdrawn,
      found_nobody: c.escalated_nobody,
    }),
    delivery_rate: make('ratio', c.delivered, c.published, null, { no_receipt: c.no_receipt }),
  };
}

/** Nearest rank: the bound of the bin in which the answer of that rank lies, to the millisecond. */
function quantileOf(bins: Sums['bins'], q: number): { seconds: number | null; within: number } {
  const rank = Math.ceil(q * bins.reduce((sum, [, n]) => sum + n, 0));
  let within = 0;
  for (const [bin, n] of bins) {
    within += n;
    if (within >= rank) return { seconds: Math.round(binBound(bin)) / 1000, within };
  }
  return { seconds: null, within: 0 };
}
