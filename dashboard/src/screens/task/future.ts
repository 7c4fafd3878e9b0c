import type { Tone } from '#dashboard/tone.ts';
import type { Why } from '#schemas/resources.ts';
import { type Told, tell } from './words.ts';

/** What happens if nobody ever answers, moment by moment. Pure. */

export interface Moment {
  /** Counts from 1. */
  readonly number: number;
  readonly at: number;
  readonly steps: readonly Told[];
  readonly tone: Tone;
}

/** What comes again and again after it was told once. */
export interface Repetition {
  readonly everyMs: number;
  readonly times: number;
  readonly moments: readonly Moment[];
}

/** Of the axis: one moment, or some that are too near to each other for a mark each. */
export interface Mark {
  readonly first: number;
  readonly last: number;
  readonly tone: Tone;
  /** Between 0 (now) and 1 (the last moment). */
  readonly share: number;
}

const SECOND = 1000;
const WEIGHT: Readonly<Record<Tone, number>> = { calm: 0, good: 1, info: 2, warn: 3, bad: 4 };
const worse = (a: Tone, b: Tone): Tone => (WEIGHT[b] > WEIGHT[a] ? b : a);

/** Steps of one moment together; a person's reminders and bookkeeping that a reader would take for a second thing are left out. */
export function futureOf(why: Why, holder: string | null): readonly Moment[] {
  let who = holder ?? 'its holder';
  const moments = new Map<number, Told[]>();
  for (const { at, event, data } of why.if_nobody_answers) {
    if (event === 'assignment.escalated' && typeof data['to'] === 'string') who = data['to'];
    const told = planned(tell(event, data, event === 'assignment.failed' && typeof data['from'] === 'string' ? data['from'] : who));
    const time = Math.floor(Date.parse(at) / SECOND) * SECOND; // what falls into one second is one moment to people
    moments.set(time, [...(moments.get(time) ?? []), told]);
  }
  return [...moments].map(([at, steps], index) => ({ number: index + 1, at, steps, tone: steps.map(({ tone }) => tone).reduce<Tone>(worse, 'calm') }));
}

/** It has not happened yet. */
function planned(told: Told): Told {
  const text = told.text
    .replace(' published: ', ': ')
    .replace('gave no answer in time', 'has not answered in time')
    .replace('Needs a person', 'A person is called');
  return { ...told, text };
}

/** So many moments may make what is repeated, and so often it has to come to be told once. */
const MAX_PERIOD = 4;
const MIN_TIMES = 3;
/** The clock of a sweep is not exact to the second. */
const JITTER_MS = 2 * SECOND;

/** The same moments; what comes again and again at the same distance is told once, and the rest of it put together. */
export function folded(moments: readonly Moment[]): readonly (Moment | Repetition)[] {
  const entries: (Moment | Repetition)[] = [];
  for (let i = 0; i < moments.length; ) {
    const { period, end } = repetitionAt(moments, i);
    const again = moments.slice(i + period, end);
    entries.push(...moments.slice(i, i + period));
    const [first, second] = [moments[i], again[0]];
    if (first !== undefined && second !== undefined) entries.push({ everyMs: second.at - first.at, times: Math.floor(again.length / period), moments: again });
    i = end;
  }
  return entries;
}

/** `end`: of what is repeated from `start` on; where the future is cut, it may end within a period. */
function repetitionAt(moments: readonly Moment[], start: number): { readonly period: number; readonly end: number } {
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    let end = start + period;
    while (isAgain(moments, end, period)) end += 1;
    if (end - start >= MIN_TIMES * period) return { period, end };
  }
  return { period: 1, end: start + 1 };
}

/** Whether this one is what was `period` moments before, at the distance at which that began to come again. */
function isAgain(moments: readonly Moment[], index: number, period: number): boolean {
  const [one, before, earlier] = [moments[index], moments[index - period], moments[index - 2 * period]];
  if (one === undefined || before === undefined || said(one) !== said(before)) return false;
  return earlier === undefined || said(earlier) !== said(before) || Math.abs(one.at - before.at - (before.at - earlier.at)) <= JITTER_MS;
}

/** Which of the pings it is makes no difference. */
const said = ({ steps }: Moment): string => steps.map(({ text }) => text.replace(/^Ping \d+ /, 'Ping ')).join('\n');

/** Where they are between `now` and the last of them; those nearer than `nearest` (a share of the axis) to a mark are put into it. */
export function marksOf(moments: readonly Moment[], now: number, nearest: number): readonly Mark[] {
  const last = Math.max(...moments.map(({ at }) => at), now + 1);
  const marks: Mark[] = [];
  for (const { number, at, tone } of moments) {
    const share = Math.min(1, Math.max(0, (at - now) / (last - now)));
    const mark = marks.at(-1);
    if (mark !== undefined && share - mark.share < nearest) marks[marks.length - 1] = { ...mark, last: number, tone: worse(mark.tone, tone) };
    else marks.push({ first: number, last: number, tone, share });
  }
  return marks;
}
