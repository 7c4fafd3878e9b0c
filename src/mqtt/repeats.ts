import { createHash } from 'node:crypto';
import type { Reply } from '#schemas/messages.ts';
import type { InboundMessage } from './transport.ts';

/** A repeated packet is recognised for so long (contract §1.5, best effort) … */
const KEPT_MS = 10 * 60_000;
/** … and among so many of the last ones. */
const MAX_KEPT = 20_000;

interface Taken {
  readonly digest: string;
  readonly at: number;
  readonly reply: Promise<Reply | null>;
}

/**
 * Commands without a `message_id`, by agent and packet id: a DUP packet with the same id and bytes is the same command, whose sender
 * missed our PUBACK, and is answered as before instead of counting twice.
 */
export class Repeats {
  readonly #now: () => number;
  readonly #taken = new Map<string, Taken>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The reply to the command that this packet repeats; undefined when it repeats none. */
  earlier(agentId: number, message: InboundMessage): Promise<Reply | null> | undefined {
    if (!message.dup || message.packetId === null) return undefined;
    const taken = this.#taken.get(keyOf(agentId, message));
    const same = taken !== undefined && this.#now() - taken.at < KEPT_MS && taken.digest === digestOf(message);
    return same ? taken.reply : undefined;
  }

  keep(agentId: number, message: InboundMessage, reply: Promise<Reply | null>): void {
    if (message.packetId === null) return;
    const key = keyOf(agentId, message);
    this.#taken.delete(key);
    this.#taken.set(key, { digest: digestOf(message), at: this.#now(), reply });
    reply.catch(() => this.#taken.delete(key));
    const oldest = this.#taken.keys().next().value;
    if (this.#taken.size > MAX_KEPT && oldest !== undefined) this.#taken.delete(oldest);
  }
}

const keyOf = (agentId: number, message: InboundMessage): string => `${agentId}:${message.packetId}`;
const digestOf = (message: InboundMessage): string => createHash('sha1').update(message.topic).update('\0').update(message.payload).digest('base64');
