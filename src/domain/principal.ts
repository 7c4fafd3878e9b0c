import type { AgentType } from '#schemas/vocabulary.ts';

/** Who is speaking, as established by a token (or, for `coordinator`, by being us). */
export type Principal =
  | { readonly kind: 'admin' }
  | { readonly kind: 'agent'; readonly id: number; readonly name: string; readonly type: AgentType }
  | { readonly kind: 'coordinator' };

/** The name under which a principal appears in events and comments. */
export const actorOf = (principal: Principal): string => (principal.kind === 'agent' ? principal.name : principal.kind);
