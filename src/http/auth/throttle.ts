import { netOf } from '#src/strangers.ts';

/** Failed logins of one address in a window, after which it has to wait for the window's end. */
const FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses remembered; beyond it the oldest window is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Slows down whoever guesses. Counts failures alone, and a success takes none back: an attacker may have a token of its own. */
export class LoginThrottle {
  readonly #monotonic: () => number;
  readonly #windows = new Map<string, { readonly since: number; failures: number }>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Whole seconds this address has to wait before its next try; 0: none. */
  wait(address: string): number {
    const window = this.#windows.get(netOf(address));
    if (window === undefined || window.failures < FAILURES) return 0;
    return Math.max(0, Math.ceil((window.since + WINDOW_MS - this.#monotonic()) / 1000));
  }

  failed(address: string): void {
    const net = netOf(address);
    const now = this.#monotonic();
    const window = this.#windows.get(net);
    if (window !== undefined && now - window.since < WINDOW_MS) {
      window.failures += 1;
      return;
    }
    this.#windows.delete(net); // its place is now the youngest
    this.#windows.set(net, { since: now, failures: 1 });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MAX_ADDRESSES && oldest !== undefined) this.#windows.delete(oldest);
  }
}
