import { Buckets, netOf, STRANGER } from '#src/strangers.ts';
import type { EmbeddedOptions } from './embedded.ts';

/** Addresses remembered. */
const MAX_ADDRESSES = 10_000;
/** Refused CONNECTs that wait for their answer: of one address, and in all. What comes beyond is closed without one. */
const HELD_OF_ONE = 20;
const HELD = 500;

/**
 * Slows down wrong credentials, as HTTP does, and nothing else: a fleet behind one address does not pay for the one client in it that is set up wrongly.
 * Who guesses, or tries again and again in a tight loop, waits for its CONNACK from the 200th failure on, so that 20 a second are answered.
 */
export class Patience {
  readonly #every: EmbeddedOptions['every'];
  readonly #failures: Buckets;
  readonly #held = new Map<string, number>();
  #heldInAll = 0;

  constructor({ now, every }: Pick<EmbeddedOptions, 'now' | 'every'>) {
    this.#every = every;
    this.#failures = new Buckets(now, MAX_ADDRESSES);
  }

  /** For a failure of this address. Resolves with true when it may be answered; with false when too many wait already, or nobody waits for it any more. */
  async spend(address: string | null, isGone: () => boolean): Promise<boolean> {
    const net = netOf(address ?? '');
    const { wait } = this.#failures.take(net, STRANGER);
    if (wait === 0) return true;
    const held = this.#held.get(net) ?? 0;
    if (held >= HELD_OF_ONE || this.#heldInAll >= HELD) return false;
    this.#hold(net, 1);
    try {
      for (let left = wait; left > 0; left = this.#failures.take(net, STRANGER).wait) {
        await this.#after(Math.ceil(left));
        if (isGone()) return false;
      }
      return true;
    } finally {
      this.#hold(net, -1);
    }
  }

  #hold(net: string, more: 1 | -1): void {
    const held = (this.#held.get(net) ?? 0) + more;
    this.#heldInAll += more;
    if (held === 0) this.#held.delete(net);
    else this.#held.set(net, held);
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#every(ms, () => {
        stop();
        resolve();
      });
    });
  }
}
