import { computed, signal } from '@preact/signals';

/**
 * Ages and countdowns are told by the server's clock, never by this device's. The difference between both is kept as an interval that every
 * answer narrows: a `Date` header is cut to whole seconds, and an event cannot come from the future.
 */
let lowest = Number.NEGATIVE_INFINITY;
let highest = Number.POSITIVE_INFINITY;

const offset = (): number => {
  if (!Number.isFinite(lowest)) return 0;
  return Number.isFinite(highest) ? (lowest + highest) / 2 : lowest;
};

function narrow(low: number, high: number): void {
  lowest = Math.max(lowest, low);
  highest = Math.min(highest, high);
  // One of the clocks was set: begin anew with what was said last.
  if (lowest > highest) [lowest, highest] = [low, high];
}

/** An answer with this `Date` header; `sent` and `received` by this device's clock. */
export function serverSaid(date: string | null, sent: number, received: number): void {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (Number.isFinite(at)) narrow(at - received, at + 1000 - sent);
}

/** Something happened at this server time (ISO 8601), and we know of it now. */
export function serverReached(at: string): void {
  const low = Date.parse(at) - Date.now();
  if (Number.isFinite(low) && low > lowest) narrow(low, Number.POSITIVE_INFINITY);
}

/** The server's time now, epoch milliseconds. */
export const serverNow = (): number => Date.now() + offset();

/** The server's time, renewed every second while somebody looks at the page. What reads it is drawn again. */
export const now = signal(serverNow());

/** The minute that it is, epoch milliseconds: for what need not be drawn again every second. */
export const minute = computed(() => Math.floor(now.value / 60_000) * 60_000);

setInterval(() => {
  if (!document.hidden) now.value = serverNow();
}, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) now.value = serverNow();
});

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1000, name: 's' },
] as const;

/** A length of time in its two largest units: `1 h 4 min`, `12 s`; below two minutes and above an hour no false precision. */
export function length(ms: number): string {
  const rest = Math.max(0, ms);
  const first = UNITS.findIndex((unit) => rest >= unit.ms);
  if (first === -1) return '0 s';
  const unit = UNITS[first];
  const next = UNITS[first + 1];
  if (unit === undefined) return '0 s';
  const whole = Math.floor(rest / unit.ms);
  const part = next === undefined || whole >= 10 ? 0 : Math.floor((rest - whole * unit.ms) / next.ms);
  return part === 0 || next === undefined ? `${whole} ${unit.name}` : `${whole} ${unit.name} ${part} ${next.name}`;
}

/** The moment in full, in this device's time zone, for titles. */
export const exact = (at: string | number): string => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** `10:32:05`, with the date where it is another day. */
export function clockTime(at: string | number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(serverNow()).toDateString();
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return isToday ? time : `${date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })} ${time}`;
}

/** As a field for date and time takes it: this device's time, to the minute. */
export function localTime(at: string): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
