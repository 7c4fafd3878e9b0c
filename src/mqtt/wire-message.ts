import type { Qos } from '#mqtt/outbox.ts';
import type { Code, SaidState, ToldState, WireKind } from '#schemas/vocabulary.ts';
import type { WireMessage } from '#schemas/wire.ts';

/** So much of a payload is kept. */
const EXCERPT_BYTES = 1024;

export type Mask = (text: string) => string;

/**
 * The beginning of a payload as a string of its bytes: a slice would keep the whole chunk alive that its socket read, and this is decoded and masked only
 * when somebody looks. A longer one is masked first, or a token across the cut would leave its stump. Null: over `most` bytes, which is nobody's to read through.
 */
export function excerptOf(payload: Buffer, most: number, mask: Mask): string | null {
  if (payload.length <= EXCERPT_BYTES) return payload.toString('latin1');
  return payload.length > most ? null : Buffer.from(mask(payload.toString('utf8'))).toString('latin1', 0, EXCERPT_BYTES);
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
  /** See `excerptOf`. */
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

/** What the coordinator had to say to an agent. The sessions of that agent count here how far it came; those of others who listen do not. */
export class Told {
  readonly read: Read;
  readonly agent: string;
  /** Sessions that it was handed to … */
  sessions = 0;
  /** … of these, in how many it waits, … */
  waiting = 0;
  /** … how often it was written, and as what … */
  written = 0;
  qos: Qos = 1;
  dup = false;
  /** … and whether any of them has it. */
  isAcknowledged = false;

  constructor(read: Read, agent: string) {
    this.read = read;
    this.agent = agent;
  }

  get state(): ToldState {
    if (this.isAcknowledged) return 'acknowledged';
    if (this.waiting > 0) return 'waiting';
    if (this.written > 0) return 'sent';
    return this.sessions > 0 ? 'dropped' : 'unheard';
  }

  view(mask: Mask): WireMessage {
    const { qos, dup, state } = this;
    return { ...viewOf(this.read, mask), direction: 'out', qos, retain: false, dup, by: null, client_id: null, state, code: null };
  }
}

type ReadView = Pick<WireMessage, 'n' | 'at' | 'kind' | 'topic' | 'bytes' | 'payload' | 'is_cut'>;

function viewOf({ n, at, kind, topic, size, excerpt }: Read, mask: Mask): ReadView {
  const isCut = size > EXCERPT_BYTES;
  const text = excerpt === null ? null : mask(Buffer.from(excerpt, 'latin1').toString('utf8'));
  const payload = text === null ? null : isCut ? text.replace(/\uFFFD$/, '') : text; // the cut may have gone through a character
  return { n, at: new Date(at).toISOString(), kind, topic: mask(topic), bytes: size, payload, is_cut: isCut };
}
