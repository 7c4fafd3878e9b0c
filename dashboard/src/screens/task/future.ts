import type { Tone } from '#dashboard/tone.ts';
import type { Why } from '#schemas/resources.ts';
import { type Told, tell } from './words.ts';

/** What happens if nobody ever answers, moment by moment. Pure. */

export interface Moment {
  readonly at: number;
  readonly steps: readonly Told[];
  readonly tone: Tone;
  /** Between 0 (now) and 1 (the last moment). */
  readonly share: number;
}

const SECOND = 1000;
const WEIGHT: Readonly<Record<Tone, number>> = { calm: 0, good: 1, info: 2, warn: 3, bad: 4 };
/** The worse, the more. */
export const weightOf = (tone: Tone): number => WEIGHT[tone];

/** Steps of one moment together; a person's reminders and bookkeeping that a reader would take for a second thing are left out. */
export function futureOf(why: Why, holder: string | null, now: number): readonly Moment[] {
  let who = holder ?? 'its holder';
  const moments = new Map<number, Told[]>();
  for (const { at, event, data } of why.if_nobody_answers) {
    if (event === 'assignment.escalated' && typeof data['to'] === 'string') who = data['to'];
    const told = planned(tell(event, data, event === 'assignment.failed' && typeof data['from'] === 'string' ? data['from'] : who));
    const time = Math.floor(Date.parse(at) / SECOND) * SECOND; // what falls into one second is one moment to people
    moments.set(time, [...(moments.get(time) ?? []), told]);
  }
  const last = Math.max(...moments.keys(), now + 1);
  return [...moments].map(([at, steps]) => {
    const tone = steps.reduce<Tone>((worst, step) => (weightOf(step.tone) > weightOf(worst) ? step.tone : worst), 'calm');
    return { at, steps, tone, share: Math.min(1, Math.max(0, (at - now) / (last - now))) };
  });
}

/** It has not happened yet. */
function planned(told: Told): Told {
  const text = told.text
    .replace(' published: ', ': ')
    .replace('gave no answer in time', 'has not answered in time')
    .replace('Needs a person', 'A person is called');
  return { ...told, text };
}
