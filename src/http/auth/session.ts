import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Identity, Unavailable } from '#coordinator/port.ts';
import { actorOf, tokenOf } from '#domain/principal.ts';
import type { Session } from '#schemas/live.ts';
import { iso } from '#schemas/time.ts';
import { isStorageFailure } from '#storage/errors.ts';
import type { Page } from '#storage/reads/reads.ts';
import type { SessionRow, SessionRows } from '#storage/sessions.ts';

/** A session ends when it was not used for so long (contract §4). */
const IDLE_MS = 12 * 60 * 60_000;
/** Use is written down no more often than this. */
const TOUCH_MS = 60_000;
/** Sessions of one principal; the one unused for longest makes room. */
const MAX_OF_ONE = 100;
const MAX_USER_AGENT = 200;
/** Login codes: how long one holds, and how many may be open. */
const CODE_MS = 10 * 60_000;
const MAX_CODES = 16;
/** 256 bits. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Who calls, and by which session (null: by a token). */
export interface Caller extends Identity {
  readonly sessionId: number | null;
}

/** Who logs in, and whether by a login code in place of the token. */
export interface Login extends Identity {
  readonly byCode?: boolean;
}

export interface SessionDeps {
  readonly rows: SessionRows;
  identityOf(agentId: number | null): Identity | null;
  /** Server time, epoch milliseconds. */
  now(): number;
  readonly log: { error(fields: object, message: string): void };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * The dashboard's logins. The cookie holds a secret, the row only its hash; the row is bound to the token the session was opened under by an HMAC
 * keyed with that secret, so that a renewed token ends it and neither secret nor token can be guessed from the table.
 */
export class Sessions {
  readonly #deps: SessionDeps;
  /** By id: when its use was last written down. */
  readonly #touched = new Map<number, number>();
  /** Hash of each open login code → when it ends. */
  readonly #codes = new Map<string, number>();
  readonly #listeners = new Set<(id: number) => void>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Told of each session that was ended here. */
  onEnded(listener: (id: number) => void): void {
    this.#listeners.add(listener);
  }

  /** A new session and the secret for its cookie. Throws Unavailable where storage takes no writes. */
  async open({ principal, credential, byCode }: Login, userAgent: string | undefined): Promise<{ secret: string; session: SessionRow }> {
    const { rows } = this.#deps;
    const secret = newSecret();
    const now = this.#deps.now();
    const row = {
      secret_hash: hashOf(secret),
      agent_id: principal.kind === 'agent' ? principal.id : null,
      binding: bindingOf(secret, credential),
      opened_by: `${tokenOf(principal)}${byCode === true ? BY_CODE : ''}`,
      user_agent: userAgent?.slice(0, MAX_USER_AGENT) ?? null,
      created_at: now,
      used_at: now,
    };
    try {
      const id = await rows.add(row);
      for (const dropped of await rows.prune(now - IDLE_MS, row.agent_id, MAX_OF_ONE)) this.#ended(dropped);
      this.#touched.set(id, now);
      return { secret, session: { ...row, id } };
    } catch (error) {
      if (isStorageFailure(error)) throw new Unavailable('storage_full', 'The session could not be stored.');
      throw error;
    }
  }

  /** Whose session this cookie opens, or null. Counts as a use. */
  async find(secret: string): Promise<Caller | null> {
    if (!SECRET.test(secret)) return null;
    const row = await this.#deps.rows.bySecret(hashOf(secret));
    if (row === null || row.used_at <= this.#deps.now() - IDLE_MS) return null;
    const identity = this.#deps.identityOf(row.agent_id);
    if (identity === null || !isSame(row.binding, bindingOf(secret, identity.credential))) {
      await this.end(row.id); // ended once is ended, also if the agent comes back
      return null;
    }
    if (row.used_at <= this.#deps.now() - TOUCH_MS) await this.touch([row.id]);
    return callerIn(row, identity);
  }

  /** These are in use. A use that cannot be written down is no reason to refuse it. */
  async touch(ids: readonly number[]): Promise<void> {
    const now = this.#deps.now();
    const due = ids.filter((id) => now - (this.#touched.get(id) ?? 0) >= TOUCH_MS);
    if (due.length === 0) return;
    for (const id of due) this.#touched.set(id, now);
    await this.#deps.rows.touch(due, now).catch((error) => this.#deps.log.error({ err: error }, 'the use of a session was not written down'));
  }

  /** Which of these are still open, wherever they may have been ended. */
  alive(ids: readonly number[]): Promise<Set<number>> {
    return this.#deps.rows.alive(ids, this.#deps.now() - IDLE_MS);
  }

  read(id: number): Promise<SessionRow | null> {
    return this.#deps.rows.byId(id);
  }

  /** Up to `limit + 1` rows, newest first, those that no longer open anything among them; `agentId` undefined: everybody's. */
  list(agentId: number | undefined, page: Page): Promise<SessionRow[]> {
    return this.#deps.rows.list(this.#deps.now() - IDLE_MS, agentId, page);
  }

  /** Whether the token it is bound to is still in force, as far as a row can tell: a chosen admin token has the name of the one before it. */
  isInForce({ agent_id, opened_by }: SessionRow): boolean {
    const identity = this.#deps.identityOf(agent_id);
    return identity !== null && (opened_by === null || opened_by.replace(BY_CODE, '') === tokenOf(identity.principal));
  }

  /** Ends a session and everything that lives by it; false where there is none. */
  async end(id: number): Promise<boolean> {
    const wasThere = await this.#deps.rows.remove(id);
    this.#ended(id);
    return wasThere;
  }

  #ended(id: number): void {
    this.#touched.delete(id);
    for (const listener of this.#listeners) listener(id);
  }

  /** A code that logs in as the admin, once, within ten minutes. It is held in memory alone. */
  newCode(): string {
    const code = newSecret();
    const now = this.#deps.now();
    for (const [hash, until] of this.#codes) if (until <= now) this.#codes.delete(hash);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size >= MAX_CODES && oldest !== undefined) this.#codes.delete(oldest);
    this.#codes.set(hashOf(code), now + CODE_MS);
    return code;
  }

  /** Uses a code up. Found by its hash, which tells nothing of the code. */
  takeCode(code: string): Login | null {
    const hash = hashOf(code);
    const until = this.#codes.get(hash);
    this.#codes.delete(hash);
    const identity = until === undefined || until <= this.#deps.now() ? null : this.#deps.identityOf(null);
    return identity === null ? null : { ...identity, byCode: true };
  }

  /** A session as its owner and the admin see it. */
  view(row: SessionRow, current: number | null): Session {
    const identity = this.#deps.identityOf(row.agent_id);
    return {
      id: row.id,
      actor: identity === null ? null : actorOf(identity.principal),
      agent_id: row.agent_id,
      token_id: tokenIdIn(row, identity),
      user_agent: row.user_agent,
      created_at: iso(row.created_at),
      used_at: iso(row.used_at),
      expires_at: iso(row.used_at + IDLE_MS),
      is_current: row.id === current,
    };
  }
}

const BY_CODE = '/code';

/** What a session is called in the audit trail: the token it is bound to, and itself. */
const tokenIdIn = ({ id, opened_by }: SessionRow, identity: Identity | null): string =>
  `${opened_by ?? (identity === null ? 'unknown' : tokenOf(identity.principal))}/session-${id}`;

/** Who calls by this session. */
export function callerIn(row: SessionRow, identity: Identity): Caller {
  const { principal } = identity;
  const named = principal.kind === 'coordinator' ? principal : { ...principal, token_id: tokenIdIn(row, identity) };
  return { ...identity, principal: named, sessionId: row.id };
}

const bindingOf = (secret: string, credential: string): string => createHmac('sha256', secret).update(credential).digest('base64url');

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
