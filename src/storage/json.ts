/**
 * JSON text of a value, for a parameter. PostgreSQL takes neither NUL nor half a surrogate pair in text or jsonb, and SQLite's functions end a
 * text at a NUL, so that one such character in an agent's note would fail a whole batch: they become U+FFFD here, once, on both.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return SUSPECT.test(text) ? JSON.stringify(cleaned(value)) : text;
}

/** The same for a text by itself. */
export function plainText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.toWellFormed().replaceAll('\0', '\uFFFD') : text;
}

/** JSON.stringify writes exactly these characters as escapes; the pattern also meets an escaped backslash before a `u`, which then costs a copy. */
const SUSPECT = /\\u(?:0000|d[89a-f])/;

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), cleaned(inner)]));
}
