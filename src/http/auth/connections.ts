import type { Coordinator } from '#coordinator/port.ts';
import type { Log } from '#http/deps.ts';
import type { Caller, Sessions } from './session.ts';

/** How often sessions that were ended by another process are looked for, and those in use are marked as used. */
export const CHECK_MS = 30_000;

interface Admitted {
  readonly caller: Caller;
  readonly end: () => void;
}

/** The connections that outlive their request. Each ends with the session, or the token, that it was admitted by. */
export class Connections {
  readonly #sessions: Sessions;
  readonly #coordinator: Coordinator;
  readonly #log: Log;
  readonly #admitted = new Set<Admitted>();

  constructor(sessions: Sessions, coordinator: Coordinator, log: Log) {
    this.#sessions = sessions;
    this.#coordinator = coordinator;
    this.#log = log;
    sessions.onEnded((id) => this.#endWhere(({ sessionId }) => sessionId === id));
    coordinator.onEvents((events) => {
      if (events.some(({ kind }) => kind.startsWith('agent.') && kind !== 'agent.online' && kind !== 'agent.stale'))
        this.#endWhere((caller) => !this.#isIdentity(caller));
    });
  }

  /** `end` closes the connection, at once or later; the returned function says that it is closed. */
  admit(caller: Caller, end: () => void): () => void {
    const admitted = { caller, end };
    this.#admitted.add(admitted);
    if (!this.#isIdentity(caller)) this.#end(admitted);
    // It may have been ended between the look at its cookie and now.
    else if (caller.sessionId !== null) void this.#checkSessions([caller.sessionId]);
    return () => this.#admitted.delete(admitted);
  }

  /** To be called every CHECK_MS. */
  async check(): Promise<void> {
    await this.#checkSessions([...new Set([...this.#admitted].flatMap(({ caller }) => caller.sessionId ?? []))]);
  }

  async #checkSessions(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      const alive = await this.#sessions.alive(ids);
      this.#endWhere(({ sessionId }) => sessionId !== null && ids.includes(sessionId) && !alive.has(sessionId));
      await this.#sessions.touch([...alive]);
    } catch (error) {
      this.#log.error({ err: error }, 'open sessions could not be looked at; tried again soon');
    }
  }

  #isIdentity({ principal, credential }: Caller): boolean {
    return this.#coordinator.identityOf(principal.kind === 'agent' ? principal.id : null)?.credential === credential;
  }

  #endWhere(isEnded: (caller: Caller) => boolean): void {
    for (const admitted of this.#admitted) if (isEnded(admitted.caller)) this.#end(admitted);
  }

  #end(admitted: Admitted): void {
    this.#admitted.delete(admitted);
    admitted.end();
  }
}
