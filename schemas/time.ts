/** Times on the wire are ISO 8601 UTC with milliseconds; inside they are epoch milliseconds. */
export const iso = (at: number): string => new Date(at).toISOString();
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
/** Epoch milliseconds of a validated date-time. */
export const epoch = (time: string): number => Date.parse(time);
export const MINUTE = 60_000;
