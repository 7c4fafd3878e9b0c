/** So many written times are remembered at most. */
const MAX_REMEMBERED = 256;
const remembered = new Map<number, string>();

/** Times on the wire are ISO 8601 UTC with milliseconds; inside they are epoch milliseconds. */
export function iso(at: number): string {
  // A batch says the same few moments many hundred times, and writing one out costs more than looking it up.
  const known = remembered.get(at);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const text = new Date(at).toISOString();
  remembered.set(at, text);
  return text;
}
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
/** Epoch milliseconds of a validated date-time. */
export const epoch = (time: string): number => Date.parse(time);
export const MINUTE = 60_000;
