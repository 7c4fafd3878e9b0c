import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Flags } from './flags.ts';
import { connectRest, type Rest } from './rest.ts';

/** What every verb gets beside its own arguments. */
export interface Cli {
  readonly flags: Flags;
}

/** A verb with `--json` and examples. */
export function verb(parent: Command, usage: string, about: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ ping-system ${example}`).join('\n');
  return parent.command(usage).description(about).option('--json', 'for machines: JSON on stdout').addHelpText('after', `\nExamples:\n${shown}`);
}

/** A number of a task. */
export function taskId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a task has a number: `ping-system task list` shows it.');
  return id;
}

/** An option whose values are known, for `--help` and completion; what the server does not know it refuses itself. */
export function oneOf(flags: string, about: string, values: readonly string[]): Option {
  const option = new Option(flags, about);
  option.argChoices = [...values];
  return option;
}

/** A number above 0, fractions allowed. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0 is needed, e.g. 15 or 0.5.');
  return value;
}

export function whole(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}

/** For options that may be given several times, or with commas. */
export const gather = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
];

export const server = ({ flags }: Cli): Promise<Rest> => connectRest(flags);
