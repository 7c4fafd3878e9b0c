import { isIPv6 } from 'node:net';

/** How often who has no valid credentials may try, over HTTP as over MQTT: 20 times a second of one address, 200 at once after a pause. */
export const STRANGER = { max: 200, timeWindow: 10_000 } as const;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key: `max` at once, refilled evenly within a time window (ms). On the monotonic clock: a jump of the wall clock locks nobody out. */
export class Buckets {
  readonly #monotonic: () => number;
  readonly #most: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param most keys remembered; beyond it the one longest there is forgotten, and begins anew */
  constructor(monotonic: () => number, most: number) {
    this.#monotonic = monotonic;
    this.#most = most;
  }

  /** Takes one. `wait`: milliseconds until there is one to take, 0 if it was taken; `left`: how many there are now. */
  take(key: string, { max, timeWindow }: { readonly max: number; readonly timeWindow: number }): { readonly wait: number; readonly left: number } {
    const now = this.#monotonic();
    const bucket = this.#buckets.get(key) ?? this.#add(key, { tokens: max, at: now });
    bucket.tokens = Math.min(max, bucket.tokens + ((now - bucket.at) * max) / timeWindow);
    bucket.at = now;
    if (bucket.tokens < 1) return { wait: ((1 - bucket.tokens) * timeWindow) / max, left: 0 };
    bucket.tokens -= 1;
    return { wait: 0, left: Math.floor(bucket.tokens) };
  }

  #add(key: string, bucket: Bucket): Bucket {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= this.#most && oldest !== undefined) this.#buckets.delete(oldest);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

/** An IPv4 address as such, also where it came to a socket that listens on IPv6. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Where an address counts from: an IPv6 host has a /64 to itself (RFC 6177), so that it counts as one. */
export function netOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const left = head.split(':');
  const right = address.includes('::') && tail !== '' ? tail.split(':') : [];
  const groups = address.includes('::') ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right] : left;
  return groups.slice(0, 4).join(':');
}
