import { seconds } from '#dashboard/words.ts';
import type { SentPing } from '#schemas/sent-ping.ts';

/** What is known of one attempt of a ping, in words. Pure. */

export interface Receipt {
  /** When it happened; null: it did not. */
  readonly at: string | null;
  readonly text: string;
}
export type Receipts = Readonly<Record<'published' | 'delivered' | 'answered', Receipt>>;

/** Its three receipts, each counted from the asking. `others`: of the same agent; `isClosed`: its assignment is. */
export function receiptsOf(ping: SentPing, others: readonly SentPing[], isClosed: boolean): Receipts {
  const { published_at, delivered_at, answered_at } = ping;
  const end = endOf(ping, others, isClosed);
  return {
    published: receipt(ping, published_at, end === null ? 'not yet' : 'not published'),
    // The agent may acknowledge before it is written down that the broker took the ping.
    delivered: receipt(ping, later(delivered_at, published_at), end === null ? 'not yet' : `no receipt: ${end}`),
    answered: receipt(ping, answered_at, isClosed ? 'no answer' : 'not yet'),
  };
}

const receipt = ({ created_at }: SentPing, at: string | null, missing: string): Receipt => ({
  at,
  text: at === null ? missing : `after ${seconds(Math.max(0, Date.parse(at) - Date.parse(created_at)) / 1000)}`,
});

const later = (at: string | null, other: string | null): string | null => (at !== null && other !== null && other > at ? other : at);

/** Why nothing more is to be heard of its delivery; null: it is under way. An answer is one to every attempt. */
function endOf({ id, assignment_id, answered_at }: SentPing, others: readonly SentPing[], isClosed: boolean): string | null {
  const same = others.filter((other) => other.assignment_id === assignment_id && other.id !== id);
  if (answered_at !== null) {
    const isAnotherAnswered = same.some((other) => other.delivered_at !== null && other.answered_at === answered_at);
    return isAnotherAnswered ? 'another attempt was answered' : 'answered all the same';
  }
  if (same.some((other) => other.id > id)) return 'superseded';
  return isClosed ? 'no longer asked' : null;
}
