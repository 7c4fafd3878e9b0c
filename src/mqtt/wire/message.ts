import type { Follower, Qos } from '#mqtt/message.ts';
import { EXCERPT_BYTES, excerptOf, type Mask } from '#schemas/refused.ts';
import { iso } from '#schemas/time.ts';
import type { Code, SaidState, ToldState, WireKind } from '#schemas/vocabulary.ts';
import type { WireMessage } from '#schemas/wire.ts';

/**
 * What is kept of a payload, as a string of its bytes: a slice would keep the whole chunk alive that its socket read, and this is decoded and masked only
 * when somebody looks. A longer one is masked before it is cut. Null: over `most` bytes, which is nobody's to read through.
 */
export function kept(payload: Buffer, most: number, mask: Mask): string | null {
  if (payload.length <= EXCERPT_BYTES) return payload.toString('latin1');
  return payload.length > most ? null : Buffer.from(excerptOf(payload.toString('utf8'), mask)).toString('latin1');
}

interface Read {
  /** Counts the messages of all agents. */
  readonly n: number;
  /** Server time, epoch ms. */
  readonly at: number;
  readonly kind: WireKind;
  readonly topic: string;
  /** Of the whole payload. */
  readonly size: number;
  /** See `kept`. */
  readonly excerpt: string | null;
}

/** What was published to the coordinator, by the agent or in its name. */
export class Said {
  readonly read: Read;
  readonly packet: { readonly qos: Qos; readonly retain: boolean; readonly dup: boolean };
  readonly by: string;
  readonly clientId: string;
  state: SaidState = 'pending';
  code: Code | null = null;

  constructor(read: Read, packet: { qos: Qos; retain: boolean; dup: boolean }, by: string, clientId: string) {
    this.read = read;
    this.packet = packet;
    this.by = by;
    this.clientId = clientId;
  }

  /** It was judged, and that is committed; `code`: it was refused. */
  settle(code: Code | null): void {
    this.state = code === null ? 'taken' : 'refused';
    this.code = code;
  }

  view(mask: Mask): WireMessage {
    const { qos, retain, dup } = this.packet;
    return {
      ...viewOf(this.read, mask),
      direction: 'in',
      qos,
      retain,
      dup,
      by: mask(this.by),
      client_id: mask(this.clientId),
      state: this.state,
      code: this.code,
    };
  }
}

/** What the coordinator had to say to an agent, and how far it came in the agent's own sessions; those of others who listen do not count. */
export class Told implements Follower {
  readonly read: Read;
  readonly user: string;
  #isHanded = false;
  /** In so many sessions it waits. */
  #waiting = 0;
  #isWritten = false;
  #isAcknowledged = false;
  /** As what it was written last. */
  #qos: Qos = 1;
  #dup = false;

  constructor(read: Read, agent: string) {
    this.read = read;
    this.user = agent;
  }

  handed(): void {
    this.#isHanded = true;
  }

  waits(is: boolean): void {
    this.#waiting += is ? 1 : -1;
  }

  written(qos: Qos, dup: boolean): void {
    this.#isWritten = true;
    this.#qos = qos;
    this.#dup = dup;
  }

  acknowledged(): void {
    this.#isAcknowledged = true;
  }

  get #state(): ToldState {
    if (this.#isAcknowledged) return 'acknowledged';
    if (this.#waiting > 0) return 'waiting';
    if (this.#isWritten) return 'sent';
    return this.#isHanded ? 'dropped' : 'unheard';
  }

  view(mask: Mask): WireMessage {
    const fields = { qos: this.#qos, retain: false, dup: this.#dup, by: null, client_id: null, state: this.#state, code: null };
    return { ...viewOf(this.read, mask), direction: 'out', ...fields };
  }
}

type ReadView = Pick<WireMessage, 'n' | 'at' | 'kind' | 'topic' | 'bytes' | 'payload' | 'is_cut'>;

function viewOf({ n, at, kind, topic, size, excerpt }: Read, mask: Mask): ReadView {
  const payload = excerpt === null ? null : mask(Buffer.from(excerpt, 'latin1').toString('utf8'));
  return { n, at: iso(at), kind, topic: mask(topic), bytes: size, payload, is_cut: size > EXCERPT_BYTES };
}
