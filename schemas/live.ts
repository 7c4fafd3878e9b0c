import Type, { type Static } from 'typebox';
import { Agent, Assignment, Event, Task } from './resources.ts';
import { Id, Nullable, Time, TokenId } from './scalars.ts';
import { AGENT_TYPES } from './vocabulary.ts';

/** Sessions of the dashboard, and what the live feed says (contract §4). */

export const Session = Type.Object(
  {
    id: Id,
    actor: Nullable(Type.String({ description: 'In whose name it acts: admin, or the name of an agent; null once that agent may not log in any more' })),
    agent_id: Nullable(Id),
    token_id: TokenId,
    user_agent: Nullable(Type.String({ description: 'As the browser named itself at the login' })),
    created_at: Time,
    used_at: Type.String({ description: 'Its last use, to the minute' }),
    expires_at: Type.String({ description: 'If it is not used until then' }),
    is_current: Type.Boolean({ description: 'The one that this request came by' }),
  },
  { $id: 'session', title: 'Session', description: 'Somebody logged in to the dashboard.' },
);
export const SessionCreate = Type.Object(
  {
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: "The admin's token, or an agent's" })),
    code: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'The login code that `serve` printed to its terminal: works once, within ten minutes' }),
    ),
  },
  { $id: 'session_create', title: 'SessionCreate', description: 'One of the two' },
);
export const WhoAmI = Type.Object(
  {
    actor: Type.String({ description: 'admin, or the name of an agent' }),
    role: Type.Enum(['admin', ...AGENT_TYPES]),
    agent_id: Nullable(Id),
    token_id: Nullable(TokenId),
    session: Nullable(Session),
  },
  { $id: 'who_am_i', title: 'WhoAmI', description: 'In whose name requests like this one act; session is null for one that came by a token' },
);

export const FeedSnapshot = Type.Object(
  {
    type: Type.Literal('snapshot'),
    last_event_id: Type.Integer({ minimum: 0, description: 'Every event after this one follows' }),
    resumed: Type.Boolean({ description: 'The events after `after` follow, none left out. Otherwise what happened before last_event_id is not told' }),
    agents: Type.Array(Agent, { description: 'The active ones that this reader may see' }),
    tasks: Type.Array(Task, { description: 'The open ones that this reader may see, newest first' }),
    assignments: Type.Array(Assignment, { description: 'The open ones of these tasks' }),
    stats: Nullable(Type.Record(Type.String(), Type.Unknown(), { description: 'As GET /stats; null where this reader may not see it' })),
    truncated: Type.Boolean({ description: 'There are more agents or tasks than fit: the lists of the REST API have them all' }),
  },
  { $id: 'feed_snapshot', title: 'feed_snapshot', description: 'The first message: the state as of now, which may already be newer than last_event_id.' },
);
export const FeedEvent = Type.Object(
  {
    type: Type.Literal('event'),
    event: Event,
    agent: Type.Optional(Agent),
    task: Type.Optional(Task),
    assignment: Type.Optional(Assignment),
  },
  {
    $id: 'feed_event',
    title: 'feed_event',
    description: 'What happened, and what it speaks of as the GETs show it now. What this reader may not see, or is deleted, is left out.',
  },
);

export type Session = Static<typeof Session>;
export type SessionCreate = Static<typeof SessionCreate>;
export type WhoAmI = Static<typeof WhoAmI>;
export type FeedSnapshot = Static<typeof FeedSnapshot>;
export type FeedEvent = Static<typeof FeedEvent>;
