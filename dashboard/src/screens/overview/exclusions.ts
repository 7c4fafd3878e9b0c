import type { Figure } from '#schemas/stats.ts';

const EXCLUDED: Readonly<Record<string, string>> = {
  not_asked: 'whose time passed before any ping was sent',
  no_deadline: 'answered without a deadline (pinging off, or snoozed)',
  unasked: 'answers to no ping',
  withdrawn_stale: 'taken away: the agent went silent',
  withdrawn_reassigned: 'taken away: given to another',
  withdrawn_cancelled: 'taken away: cancelled',
  withdrawn_deactivated: 'taken away: the agent was deactivated',
  withdrawn_completed: 'taken away: completed by somebody else',
  undecided: 'undecided: not acknowledged yet, and there is time left',
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
