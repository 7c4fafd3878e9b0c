import { ApiProblem, get, type Page, query, told } from '#dashboard/api.ts';
import type { Event } from '#schemas/resources.ts';

/** Reads the audit trail back in time. An answer covers a bounded part of it: it may bring few events, or none, and there is more all the same. */

export interface Wanted {
  /** A kind, or `thing.*`, or several of these with commas; '' for all. */
  readonly kind: string;
  /** Id. */
  readonly task: string;
  /** Name or id. */
  readonly agent: string;
  /** Only what happened before this moment, as the API writes times; '' for up to now. */
  readonly until: string;
  /** Words that each event has to say. */
  readonly q: string;
}

export interface EventPage extends Page<Event> {
  readonly searched_to: string | null;
}

/** What the server takes. */
const MAX_Q = 200;
/** An agent that is logged in may not ask as often as it likes. */
const REST_MS = 1000;

interface Reading {
  /** null: from the newest on. */
  readonly from: string | null;
  /** It ends once so many were found. */
  readonly count: number;
  readonly signal: AbortSignal;
  readonly took: (page: EventPage) => void;
}

/** Page after page until there are enough, or the end is reached. Throws what keeps it from going on. */
export async function readOn(wanted: Wanted, { from, count, signal, took }: Reading): Promise<void> {
  const { q, ...rest } = wanted;
  let cursor = from;
  let missing = count;
  do {
    const path = `/events${query({ order: 'desc', limit: missing, ...rest, q: q.trim().slice(0, MAX_Q), cursor })}`;
    const page = await patiently(() => get<EventPage>(path, { signal }), signal);
    signal.throwIfAborted();
    cursor = page.next_cursor;
    missing -= page.items.length;
    took(page);
  } while (cursor !== null && missing > 0);
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'rate_limited') throw error;
      await new Promise((done) => setTimeout(done, REST_MS));
      signal.throwIfAborted();
    }
  }
}

/** What to tell of an error; null where it was stopped on purpose. */
export const whyNot =
  (signal: AbortSignal) =>
  (error: unknown): string | null =>
    signal.aborted ? null : told(error);
