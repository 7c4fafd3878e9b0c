import { length } from './time.ts';

/** Figures in words, the same on every screen. */

/** `1 task`, `1,234 tasks`. */
export const counted = (n: number, one: string): string => `${n.toLocaleString()} ${n === 1 ? one : `${one}s`}`;

export const needPerson = (n: number): string => `${counted(n, 'task')} ${n === 1 ? 'needs' : 'need'} a person`;

/** Two decimals where 99.5 and 99.9 have to be told apart. */
export function percent(ratio: number): string {
  const digits = ratio >= 0.99 && ratio < 1 ? 2 : 1;
  // 0.9996 is not 100 %: rounded down.
  const factor = 10 ** digits;
  return `${(Math.floor(ratio * 100 * factor) / factor).toFixed(ratio === 1 || ratio === 0 ? 0 : digits)} %`;
}

/** A time in seconds: `12 ms`, `3.4 s`, `1 min 20 s`. */
export function seconds(value: number): string {
  if (value > 0 && value < 1) return `${Math.max(1, Math.round(value * 1000))} ms`;
  return value < 10 ? `${rounded(value)} s` : length(value * 1000);
}

/** The same in one unit, for an axis. */
export const secondsOnAxis = (value: number): string => (value >= 60 ? `${rounded(value / 60)} min` : seconds(rounded(value)));

const rounded = (value: number): number => Number(value.toFixed(1));
