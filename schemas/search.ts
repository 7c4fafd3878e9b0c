import type { Event } from './resources.ts';

/** What a search of the audit trail means: one rule for the server and for whoever sifts what comes in live. */

/** More words than these are refused: each is looked for in everything. */
export const MAX_WORDS = 8;

/** The names of whom and what an event speaks of, as far as whoever searches may know them. */
export interface Names {
  readonly agent: string | null;
  readonly task: string | null;
}

/** What is looked for, in small letters: words, and between double quotes several as one. Each has to be found. */
export function wordsOf(q: string): string[] {
  const words = [...q.toLowerCase().matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([word, quoted]) => (quoted ?? word).replace(/\s+/g, ' ').trim());
  return [...new Set(words)].filter((word) => word !== '');
}

/** The number that a word is (`12`, `#12`), as digits; else null. */
export const numberIn = (word: string): string | null => /^#?(\d{1,15})$/.exec(word)?.[1] ?? null;

/**
 * Whether each word is somewhere in the event: in its kind, its actor, its token's id, the names, or a text or number in its data (names of fields are none),
 * in any case. A number has to stand by itself, or be the id of the task, agent or assignment: 12 is not found in 2012.
 */
export function says(event: Event, names: Names, words: readonly string[]): boolean {
  const text = [event.kind, event.actor, event.token_id, names.agent, names.task, ...leavesOf(event.data)].join('\n').toLowerCase();
  return words.every((word) => {
    const number = numberIn(word);
    return number === null
      ? text.includes(word)
      : [event.task_id, event.agent_id, event.assignment_id].some((id) => String(id) === number) || has(text, number);
  });
}

/** The digits, with neither letter nor digit beside them. */
function has(text: string, digits: string): boolean {
  for (let at = text.indexOf(digits); at >= 0; at = text.indexOf(digits, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + digits.length])) return true;
  }
  return false;
}
const isWord = (character = ''): boolean => /[\p{L}\p{N}]/u.test(character);

/** Every text and number in it, however deep: JSON that comes in is nested 64 levels at most. */
function leavesOf(value: unknown): (string | number)[] {
  if (typeof value === 'string' || typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}
