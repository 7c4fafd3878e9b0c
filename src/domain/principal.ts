import type { AgentType } from '#schemas/vocabulary.ts';

interface Shown {
  /** What the token is called that was shown (`tokenIdOf`), in a session of the dashboard with that session's id: for the audit trail, no secret. */
  readonly token_id?: string;
}

/** Who is speaking, as established by a token (or, for `coordinator`, by being us). */
export type Principal =
  | ({ readonly kind: 'admin' } & Shown)
  | ({ readonly kind: 'agent'; readonly id: number; readonly name: string; readonly type: AgentType } & Shown)
  | { readonly kind: 'coordinator' };

/** By which token it speaks; null for the coordinator, which needs none. */
export const tokenOf = (principal: Principal): string | null => (principal.kind === 'coordinator' ? null : (principal.token_id ?? null));

/** The name under which a principal appears in events and comments. */
export const actorOf = (principal: Principal): string => (principal.kind === 'agent' ? principal.name : principal.kind);
