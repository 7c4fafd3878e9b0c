import { MESSAGE_KEPT_MS, messageKey, type Request } from '#domain/command.ts';
import type { Decision } from '#domain/decide.ts';
import type { Facts } from '#domain/facts.ts';

/** So many of the last ones are remembered, for as long as those that are kept in the trail. */
const MAX_KEPT = 10_000;

interface Remembered {
  readonly reply: unknown;
  readonly at: number;
}

/**
 * Replies to refused commands that carried a message_id and were counted instead of kept, as their agent had too many refused. What was refused once
 * must not be done when its sender, who missed the reply, repeats it: by then it could be allowed. In memory alone: a flood of refusals shall cost no
 * rows, and who floods and misses a reply across a restart is judged anew.
 */
export class Unkept {
  readonly #replies = new Map<string, Remembered>();

  /** To be told of every committed decision. */
  note({ draft, verdict, repeated }: Decision): void {
    if (verdict.refused !== true || repeated || verdict.reply === undefined) return;
    const key = messageKey(draft.request.command);
    if (key === null || draft.events.some((event) => event.message_key !== null)) return; // the trail has it
    this.#replies.delete(key);
    this.#replies.set(key, { reply: verdict.reply, at: draft.now });
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > MAX_KEPT && oldest !== undefined) this.#replies.delete(oldest);
  }

  /** Adds what these repeat to the facts. */
  recall(requests: readonly Request[], facts: Facts, now: number): void {
    if (this.#replies.size === 0) return;
    for (const { command } of requests) {
      const key = messageKey(command);
      const earlier = key === null ? undefined : this.#replies.get(key);
      if (key !== null && earlier !== undefined && earlier.at > now - MESSAGE_KEPT_MS && !facts.replies.has(key)) facts.replies.set(key, earlier.reply);
    }
  }
}
