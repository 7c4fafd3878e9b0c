import type { FeedEvent, FeedSnapshot } from '#schemas/live.ts';
import type { Event } from '#schemas/resources.ts';
import { systemClock } from '#src/clock.ts';
import { Failure } from './failure.ts';
import type { Rest } from './rest.ts';
import { follow, newestEvent, pause } from './trail.ts';

/** Waits between tries after a lost connection, and how long it is tried before that counts as the end. */
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000];
const GIVE_UP_MS = 5 * 60_000;
/** Events that wait to be told; beyond it the connection is ended, and resumed once they are. */
const MAX_WAITING = 10_000;
/** Close codes that say not to come back (see `GET /ws` in the API's document). */
const FINAL: Readonly<Record<number, string>> = { 4401: 'the token has ended', 1008: 'the server wants no more of this connection' };

/**
 * Every event after this one (undefined: from now on) as it happens, over the live feed; resumed after a lost connection without gap or duplicate. Where the
 * upgrade is not let through (a proxy), the trail is asked again and again instead. Ends with the signal; throws Failure when the server is gone for long.
 * `lost` is called at the beginning of each interruption.
 */
export async function* live(rest: Rest, after: number | undefined, signal: AbortSignal, lost: () => void = () => {}): AsyncGenerator<Event> {
  const clock = systemClock();
  let last = after;
  let lostAt: number | null = null;
  for (let tries = 0; !signal.aborted; tries++) {
    const feed = new Feed(rest, last, signal);
    for await (const message of feed) {
      lostAt = null;
      tries = 0;
      if (message.type === 'snapshot') last = message.last_event_id;
      else {
        last = message.event.id;
        yield message.event;
      }
    }
    if (signal.aborted) return;
    const end = FINAL[feed.code];
    if (end !== undefined) throw new Failure(`${end} (${feed.code})`);
    // Never let through, where the server answers other requests (or was not asked yet: then `follow` says what is wrong with it).
    if (!feed.wasOpen && (lostAt === null || (await isThere(rest)))) return yield* follow(rest, last ?? (await newestEvent(rest)), signal);
    if (lostAt === null) {
      lostAt = clock.monotonic();
      lost();
    }
    if (clock.monotonic() - lostAt > GIVE_UP_MS) throw new Failure(`no server at ${rest.base} for ${GIVE_UP_MS / 60_000} minutes`);
    await pause(clock, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0, signal);
  }
}

const isThere = (rest: Rest): Promise<boolean> =>
  rest.call('GET', '/events?limit=1').then(
    () => true,
    () => false,
  );

/** One connection, as the messages that come over it; ends when it does. */
class Feed {
  wasOpen = false;
  /** With which it was closed; 1006 where nobody said. */
  code = 1006;
  readonly #socket: WebSocket;
  readonly #messages: (FeedSnapshot | FeedEvent)[] = [];
  #isOver = false;
  #wake = (): void => {};

  constructor(rest: Rest, after: number | undefined, signal: AbortSignal) {
    this.#socket = rest.socket(`/ws${after === undefined ? '' : `?after=${after}&snapshot=false`}`);
    const end = (): void => this.#socket.close();
    signal.addEventListener('abort', end, { once: true });
    this.#socket.addEventListener('open', () => {
      this.wasOpen = true;
      if (signal.aborted) end();
    });
    this.#socket.addEventListener('message', ({ data }) => this.#take(String(data)));
    this.#socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', end);
      this.code = code;
      this.#isOver = true;
      this.#wake();
    });
  }

  /** What comes after the limit is not taken: it is resumed from what was told. */
  #take(text: string): void {
    if (this.#messages.length >= MAX_WAITING) return this.#socket.close();
    this.#messages.push(JSON.parse(text));
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedSnapshot | FeedEvent> {
    for (;;) {
      const next = this.#messages.shift();
      if (next !== undefined) yield next;
      else if (this.#isOver) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
