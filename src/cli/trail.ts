import type { Event } from '#schemas/resources.ts';
import { type Clock, systemClock } from '#src/clock.ts';
import { type Rest, withQuery } from './rest.ts';

/** How often the trail is asked for news. */
const POLL_MS = 1_000;
const PAGE = 200;

/** Waits so long (ms), or until the signal. */
export const pause = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });

/** Every event after this id, oldest first, as they happen; without gap or duplicate. Ends with the signal; throws Failure when the server is gone. */
export async function* follow(rest: Rest, after: number, signal: AbortSignal, pollMs: number = POLL_MS): AsyncGenerator<Event> {
  const clock = systemClock();
  let last = after;
  while (!signal.aborted) {
    const { items } = await rest.call<{ items: Event[] }>('GET', withQuery('/events', { after: last, limit: PAGE }));
    for (const event of items) {
      last = event.id;
      yield event;
    }
    if (items.length < PAGE) await pause(clock, pollMs, signal);
  }
}

/** The id of the newest event, 0 where there is none. */
export async function newestEvent(rest: Rest): Promise<number> {
  const [newest] = await rest.all<Event>('/events', { order: 'desc' }, 1);
  return newest?.id ?? 0;
}
