import type { Event } from './resources.ts';

/** What is kept of a message that was refused, and who is told how much of it. */

/** Masks tokens in text that is kept or told (contract §5). */
export type Mask = (text: string) => string;

/** So many bytes of it are kept (contract §2). */
export const EXCERPT_BYTES = 1024;

const encoder = new TextEncoder();

/** The beginning of what was sent. Masked before it is cut, or a token across the cut would leave its stump; a character across the cut is left out. */
export function excerptOf(text: string, mask: Mask): string {
  const bytes = encoder.encode(mask(text)).subarray(0, EXCERPT_BYTES);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** What everyone who sees the event may know: not what was in the message. */
const TOLD_TO_ALL = ['topic', 'code', 'count', 'since'];

/** The event without what was in the message. Any other event is given back as it is. */
export function withoutPayload(event: Event): Event {
  if (event.kind !== 'message.refused') return event;
  return { ...event, data: Object.fromEntries(Object.entries(event.data).filter(([key]) => TOLD_TO_ALL.includes(key))) };
}
