import { length } from '#dashboard/time.ts';
import type { Figure } from '#schemas/stats.ts';

/** Figures in words. */

/** Two decimals where 99.5 and 99.9 have to be told apart. */
export function percent(value: number): string {
  const digits = value >= 0.99 && value < 1 ? 2 : 1;
  // 0.9996 is not 100 %: rounded down.
  const factor = 10 ** digits;
  return `${(Math.floor(value * 100 * factor) / factor).toFixed(value === 1 || value === 0 ? 0 : digits)} %`;
}

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return value < 10 ? `${value.toFixed(1)} s` : length(value * 1000);
}

const EXCLUDED: Readonly<Record<string, string>> = {
  not_asked: 'whose time passed before any ping was sent',
  no_deadline: 'answered without a deadline (pinging off, or snoozed)',
  unasked: 'answers to no ping',
  withdrawn_stale: 'taken away: the agent went silent',
  withdrawn_reassigned: 'taken away: given to another',
  withdrawn_cancelled: 'taken away: cancelled',
  withdrawn_deactivated: 'taken away: the agent was deactivated',
  withdrawn_completed: 'taken away: completed by somebody else',
  withdrawn: 'withdrawn before any answer',
  found_nobody: 'of them found nobody to go to',
  no_receipt: 'pings for which no receipt can come',
};

/** What was left out, by reason, most first. */
export const exclusions = (figure: Figure): string[] =>
  Object.entries(figure.exclusions)
    .filter(([reason, n]) => n > 0 && EXCLUDED[reason] !== undefined)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${n} ${EXCLUDED[reason]}`);
