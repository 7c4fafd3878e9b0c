import Type, { type Static } from 'typebox';
import { type Answer, missing } from '#http/answer.ts';
import { eventFor, ownRowsOf } from '#http/auth/access.ts';
import type { HttpDeps } from '#http/deps.ts';
import { cursorOf, pageAnswer, pageFields, pageOf } from '#http/page.ts';
import { invalid, isProblem, type Problem } from '#http/problem.ts';
import type { Call, router } from '#http/route.ts';
import { commit } from '#http/submit.ts';
import { Page } from '#schemas/answers.ts';
import { Event, Notification, NotificationRead } from '#schemas/resources.ts';
import { described, Id, Nullable, Time } from '#schemas/scalars.ts';
import { MAX_WORDS, wordsOf } from '#schemas/search.ts';
import { epoch } from '#schemas/time.ts';
import type { Fault } from '#schemas/validator.ts';
import { EVENT_KINDS, type EventKind } from '#schemas/vocabulary.ts';
import type { EventFilter } from '#storage/reads/reads.ts';

const KINDS = '^[a-z_]+\\.([a-z_]+|\\*)(,[a-z_]+\\.([a-z_]+|\\*))*$';
const EventsQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Only events with a greater id' })),
  task: Type.Optional(Id),
  agent: Type.Optional(Type.String({ maxLength: 63, description: 'Name or id' })),
  since: Type.Optional(described(Time, 'From this moment on')),
  until: Type.Optional(described(Time, 'Before this moment. Both are found by the order of events: where the clock was set back, what came after stays after')),
  kind: Type.Optional(Type.String({ pattern: KINDS, maxLength: 1000, description: 'A kind, all of a thing (assignment.*), or several of these with commas' })),
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        `Words, ${MAX_WORDS} at most, each of which has to be found, in upper or lower case: in the kind, the actor, the token’s id, the names of agent and ` +
        'task, or a text or number in data. "Several words" in double quotes are one; a number stands by itself, or is the id of the task, agent or assignment',
    }),
  ),
  order: Type.Optional(Type.Enum(['asc', 'desc'], { description: 'asc, the oldest first, unless said; a cursor goes on in its own order alone' })),
  ...pageFields,
});
const EventPage = Type.Object({
  ...Page(Event).properties,
  searched_to: Nullable(Type.String({ format: 'date-time', description: 'When the last event that was looked at happened; null on the last page' })),
});
type EventsQuery = Static<typeof EventsQuery>;
const NotificationsQuery = Type.Object({ unread: Type.Optional(Type.Boolean({ description: 'true: only those that nobody has read' })), ...pageFields });

/** What happened, and what people were told of it. */
export function trailRoutes(route: ReturnType<typeof router>, deps: HttpDeps): void {
  route({
    method: 'GET',
    url: '/events',
    may: 'list_events',
    costly: true,
    query: EventsQuery,
    doc: {
      id: 'list_events',
      tag: 'trail',
      summary: 'Read the audit trail',
      description:
        'Oldest first, unless order=desc; after=0 begins at the beginning. With q, kind or agent each answer looks through a bounded part of what is kept: ' +
        'a page may hold fewer events than limit, or none, and still have a next_cursor to go on with; searched_to says how far it came. A search finds ' +
        'only what its asker may read.',
      answers: { 200: { description: 'A page of events', schema: EventPage } },
    },
    handle: (call) => events(deps, call),
  });
  route({
    method: 'GET',
    url: '/notifications',
    may: 'list_notifications',
    query: NotificationsQuery,
    doc: {
      id: 'list_notifications',
      tag: 'people',
      summary: 'What people were told',
      description: 'Newest first.',
      answers: { 200: { description: 'A page of notifications', schema: Page(Notification) } },
    },
    handle: ({ query }) => pageAnswer('notifications', query, (page) => deps.reads.notifications(page, query.unread)),
  });
  route({
    method: 'POST',
    url: '/notifications/:id/read',
    may: 'change_notification',
    thing: 'notification',
    doc: {
      id: 'read_notification',
      tag: 'people',
      summary: 'Mark a notification as read',
      answers: { 200: { description: 'The notification, read', schema: NotificationRead } },
    },
    handle: async ({ principal, id }) => {
      const done = await commit(deps, principal, { type: 'read_notification', notification_id: id });
      if (isProblem(done)) return done;
      const notification = await deps.reads.notification(id);
      return notification === null ? missing('notification') : { body: { ...notification, message: done.message ?? 'Marked as read' } };
    },
  });
}

/** Every kind that is meant, or what is none. */
function kindsOf(text: string): EventKind[] | Fault {
  const kinds = new Set<EventKind>();
  for (const word of text.split(',')) {
    const meant = EVENT_KINDS.filter((kind) => kind === word || (word.endsWith('.*') && kind.startsWith(word.slice(0, -1))));
    if (meant.length === 0) return { pointer: '/kind', message: 'must be a kind of event, or thing.* of one that has events' };
    for (const kind of meant) kinds.add(kind);
  }
  return [...kinds];
}

/** `cursor` continues a page, `after` begins anywhere; given both, the cursor is further on. */
async function events(deps: HttpDeps, { principal, query }: Call<unknown, EventsQuery>): Promise<Answer | Problem> {
  const newest_first = query.order === 'desc';
  const list = newest_first ? 'eventsdesc' : 'events';
  const page = pageOf(list, query);
  if ('pointer' in page) return invalid([page], 'The query');
  const agent_id = query.agent === undefined ? undefined : await deps.reads.agentId(query.agent);
  if (agent_id === null) return { body: { items: [], next_cursor: null, searched_to: null } };
  const kinds = query.kind === undefined ? undefined : kindsOf(query.kind);
  if (kinds !== undefined && 'pointer' in kinds) return invalid([kinds], 'The query');
  const words = wordsOf(query.q ?? '');
  if (words.length > MAX_WORDS) return invalid([{ pointer: '/q', message: `must be ${MAX_WORDS} words at most` }], 'The query');
  const filter: EventFilter = {
    task_id: query.task,
    agent_id,
    kinds,
    owner_id: ownRowsOf(principal, 'list_events'),
    newest_first,
    after: query.after,
    since: query.since === undefined ? undefined : epoch(query.since),
    until: query.until === undefined ? undefined : epoch(query.until),
    search: words.length === 0 ? undefined : { words, seenAs: (event) => eventFor(principal, event) },
  };
  const { items, next } = await deps.reads.events(filter, newest_first ? page : { ...page, beyond: page.beyond ?? query.after ?? null });
  return {
    body: {
      items: items.map((event) => eventFor(principal, event)),
      next_cursor: next === null ? null : cursorOf(list, next),
      searched_to: next === null ? null : await deps.reads.eventAt(next, newest_first),
    },
  };
}
