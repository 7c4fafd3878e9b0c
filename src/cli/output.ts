/** How a verb answers: people get text, machines (`--json`) one JSON document. */

export const say = (line: string): boolean => process.stdout.write(`${line}\n`);
export const sayJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Aligned columns, two blanks between; no blanks at the end of a line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Name and value, one below the other. */
export function fields(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** `2026-11-23 09:00:00Z`, or – for never. */
export const when = (time: string | null | undefined): string => (time ? `${time.slice(0, 10)} ${time.slice(11, 19)}Z` : '–');

export const listed = (words: readonly string[]): string => (words.length === 0 ? '–' : words.join(', '));

/** At most so many characters, the end cut; control characters (a name may hold any) never reach the terminal. */
export function clip(text: string, length = 48): string {
  const clean = printable(text);
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
