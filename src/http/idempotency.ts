import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import { type Outcome, Unavailable } from '#coordinator/port.ts';
import type { Principal } from '#domain/principal.ts';
import type { Clock } from '#src/clock.ts';
import { isStorageFailure } from '#storage/errors.ts';
import type { KeptAnswer, KeyRows, Reservation, Reserved } from '#storage/idempotency.ts';
import { type Problem, problem } from './problem.ts';

/**
 * `Idempotency-Key` (contract §4): a POST that is sent again under its key is answered as before and does nothing.
 *
 * The answer to a committed or refused command is kept for 24 h; answers that ask for another try (429 and 5xx) are not. If the server dies between the
 * commit and the answer, the outcome was committed together with the command, and the repetition is answered from it: see storage/idempotency.ts.
 */

/** What was asked, reduced to what must be the same when it is asked again. */
interface Keyed {
  readonly principal: Principal;
  readonly key: string;
  readonly hash: string;
}

/** A key travels with its request down to `submit`, so that no handler can forget it. The first command of the request carries it. */
interface Journey {
  readonly reserved: Reserved;
  /** Committed before: to be answered, not to be done. */
  readonly outcome: Outcome | null;
  isSpent: boolean;
}
const journeys = new AsyncLocalStorage<Journey>();

/** For `submit`: the outcome that this command has already had, or the reservation to commit with it; nothing without a key. */
export function ofThisRequest(): { readonly outcome?: Outcome; readonly reserved?: Reserved } {
  const journey = journeys.getStore();
  if (journey === undefined || journey.isSpent) return {};
  journey.isSpent = true;
  return journey.outcome === null ? { reserved: journey.reserved } : { outcome: journey.outcome };
}

/** The key in this header, null where there is none, or what is wrong with it. */
export function keyOf(header: string | readonly string[] | undefined): string | null | Problem {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^[\x20-\x7e]{1,255}$/.test(header)) return header;
  return problem('invalid_payload', 'Idempotency-Key takes 1 to 255 printable ASCII characters.');
}

/** SHA-256 of method, path (with its query) and body. */
export const hashOf = (method: string, url: string, body: unknown): string =>
  createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body) ?? ''}`)
    .digest('base64url');

/** Tells an answer that was kept from one that was just made. */
const REPLAYED = { 'idempotency-replayed': 'true' } as const;

const RUNNING = problem('conflict', 'The request with this Idempotency-Key is still running; ask again for its answer.', { headers: { 'retry-after': '1' } });
const TAKEN = problem('conflict', 'This Idempotency-Key belongs to another request: use a new key for each.', { status: 422 });
const INTERRUPTED = problem(
  'conflict',
  'The request with this Idempotency-Key was interrupted while it did several things, and some of them are done: look, and send the rest under a new key.',
);

/** The requests that carry a key: of the same key one at a time. */
export class Idempotency {
  readonly #rows: KeyRows;
  readonly #clock: Clock;
  readonly #mask: (text: string) => string;
  readonly #instance = randomUUID();
  readonly #running = new Set<string>();

  constructor(rows: KeyRows, clock: Clock, mask: (text: string) => string) {
    this.#rows = rows;
    this.#clock = clock;
    this.#mask = mask;
  }

  /**
   * Answers a request under its key: by `run`, or as before. `render` makes an answer ready to be sent, `kept` says what of it may be kept.
   * @param many its commands are several, so that the outcome of the first says nothing of the others
   */
  async answer<A extends object>(
    { principal, key, hash }: Keyed,
    route: { run(): Promise<A>; render(answer: A): KeptAnswer; kept(answer: A): KeptAnswer; readonly many: boolean },
  ): Promise<KeptAnswer | Problem> {
    const owner = principal.kind === 'agent' ? `agent:${principal.id}` : principal.kind;
    const name = `${owner} ${key}`;
    if (this.#running.has(name)) return RUNNING;
    this.#running.add(name);
    try {
      // A key may be anything, also a secret: what is kept of it is its hash.
      const found = await this.#reserve({ principal: owner, key: hashOf('key', key, null), hash });
      if (found.state === 'answered') return { ...found.answer, headers: { ...found.answer.headers, ...REPLAYED } };
      if (found.state === 'taken') return TAKEN;
      if (found.state === 'running') return RUNNING;
      if (found.state === 'committed' && route.many) return INTERRUPTED;
      const outcome = found.state === 'committed' ? (found.outcome as Outcome) : null; // as: written by keepOutcomes, with the ids of rows in place of rows
      const answer = await journeys.run({ reserved: found, outcome, isSpent: false }, () => route.run());
      return await this.#keep(found, outcome === null ? route.render(answer) : route.kept(answer), this.#masked(route.kept(answer)));
    } finally {
      this.#running.delete(name);
    }
  }

  /** A reply names the message it answers as its sender did, which may be by anything. */
  #masked(answer: KeptAnswer): KeptAnswer {
    return { ...answer, body: this.#mask(answer.body) };
  }

  async #reserve(wanted: { principal: string; key: string; hash: string }): Promise<Reservation> {
    try {
      return await this.#rows.reserve({ ...wanted, instance: this.#instance, now: this.#clock.now() });
    } catch (error) {
      if (isStorageFailure(error)) throw new Unavailable('storage_full', 'Storage does not take writes; nothing was done. Repeat this once there is room.');
      throw error;
    }
  }

  /** Kept before it is sent. If that fails, the outcome is there all the same, and the answer is made of it when it is asked for again. */
  async #keep(reserved: Reserved, sent: KeptAnswer, kept: KeptAnswer): Promise<KeptAnswer> {
    if (sent.status < 500 && sent.status !== 429) {
      await this.#rows.answer(reserved, kept).catch((error: unknown) => {
        if (!isStorageFailure(error)) throw error;
      });
    }
    return sent;
  }
}
