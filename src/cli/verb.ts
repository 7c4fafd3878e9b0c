import { type Command, InvalidArgumentError, Option } from 'commander';
import { parser } from '#schemas/validator.ts';
import type { Flags } from './flags.ts';
import { connectRest, type Rest } from './rest.ts';

/** What every verb gets beside its own arguments. */
export interface Cli {
  readonly flags: Flags;
}

/** The option that every verb has. */
export interface JsonOption {
  readonly json?: boolean;
}

/** A verb with `--json` and examples. */
export function verb(parent: Command, usage: string, about: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ ping-system ${example}`).join('\n');
  return parent.command(usage).description(about).option('--json', 'for machines: JSON on stdout').addHelpText('after', `\nExamples:\n${shown}`);
}

/** The number of a task. */
export function taskId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('It names no task: a task has a number, which `ping-system task list` shows.');
  return id;
}

/** An option whose values are known, also to `--help` and completion. */
export const oneOf = (flags: string, about: string, values: readonly string[]): Option => new Option(flags, about).choices(values);

/** A value that the server's own schema of it takes: what it would refuse is said before it is asked, with the option's name. */
export function fits(schema: Parameters<typeof parser>[0], read: (text: string) => unknown = (text) => text): (text: string) => unknown {
  return (text) => {
    const parsed = parser(schema)(read(text));
    if (parsed.ok) return parsed.value;
    throw new InvalidArgumentError(`It ${parsed.faults.map(({ message }) => message).join('; ')}.`);
  };
}

/** A number above 0, fractions allowed. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0, e.g. 15 or 0.5.');
  return value;
}

export function whole(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** A whole number that is not below this one. */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = whole(text);
    if (value < least) throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    return value;
  };

/** A moment, written as the server takes it. */
export function moment(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It is not a time; write it as ISO 8601, e.g. 2027-01-31T12:00:00Z.');
  return new Date(at).toISOString();
}

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** For options that may be given several times, or with commas. */
export const gather = (text: string, before: string[] = []): string[] => [...before, ...words(text)];
export const gatherTasks = (text: string, before: number[] = []): number[] => [...before, ...words(text).map(taskId)];

/** The server that the configuration names. */
export const server = ({ flags }: Cli): Promise<Rest> => connectRest(flags);
