import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAMED, standalone } from './named.ts';

/**
 * Copies of the schemas as JSON Schema files, for agents in other languages: `npm run schemas` writes json/<name>.schema.json,
 * with `--check` it only says which of them are not as the code has them (exit 1).
 */

const SUFFIX = '.schema.json';
export const FOLDER = join(import.meta.dirname, 'json');

/** Keys in this order, then those of JSON Schema as the code has them: the files change only where the contract does. */
const FIRST = ['$schema', '$id', 'title', 'description', 'type'];

/** Every schema that has a name of its own, as file name → text. */
export function documents(): Map<string, string> {
  const files = [...NAMED.values()].map((schema): [string, string] => {
    const file = `${schema.$id}${SUFFIX}`;
    return [file, `${JSON.stringify(ordered(standalone(schema, file)), null, 2)}\n`];
  });
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The files of the folder that are missing, differ from the code, or belong to no schema any more. */
export function stale(folder = FOLDER): string[] {
  const wanted = documents();
  const present = new Set(filesIn(folder));
  const wrong = [...wanted].filter(([file, text]) => !present.has(file) || readFileSync(join(folder, file), 'utf8') !== text).map(([file]) => file);
  return [...wrong, ...[...present].filter((file) => !wanted.has(file))].sort();
}

/** Writes the folder anew; says which files changed. */
export function emit(folder = FOLDER): string[] {
  mkdirSync(folder, { recursive: true });
  const wanted = documents();
  const changed = stale(folder);
  for (const file of changed) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
  }
  return changed;
}

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

function ordered(schema: Record<string, unknown>): Record<string, unknown> {
  const first = FIRST.filter((key) => key in schema).map((key) => [key, schema[key]]);
  return Object.fromEntries([...first, ...Object.entries(schema).filter(([key]) => !FIRST.includes(key))]);
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const files = check ? stale() : emit();
  if (files.length > 0) process.stdout.write(`${check ? 'not as the code has them (npm run schemas)' : 'written'}: ${files.join(', ')}\n`);
  if (check && files.length > 0) process.exitCode = 1;
}
