import type { Event } from '#schemas/resources.ts';
import { iso } from '#schemas/time.ts';
import { among, firstOf, type Ids, keptIds, sizeOf } from '#storage/blocks.ts';
import { ALL, and, type Conditions } from '#storage/conditions.ts';
import { select } from '#storage/select.ts';
import { type Dialect, dialectOf, type Em, inList, listOf, run } from '#storage/statement.ts';
import { eventsSaying } from './event-search.ts';
import type { EventFilter, Page, Reads } from './reads.ts';
import { breathe } from './turn.ts';
import { eventView, notificationView } from './views.ts';

/** Events looked through in one statement, and in one read, where no index says which fit: SQLite holds up everyone meanwhile. */
const WINDOW = { events: 10_000, times: 20 } as const;
/** A search reads every word of what may fit: 1 ms for so many events, 12 ms where all of them may. */
const SEARCH_WINDOW = { events: 2_500, times: 40 } as const;

export function trailReads(fork: () => Em): Pick<Reads, 'events' | 'eventAt' | 'notifications' | 'notification'> {
  return {
    events: (filter, page) => lookedThrough(fork(), filter, page),
    eventAt: async (id, newest_first) => {
      const near = newest_first ? 'id >= ? order by id' : 'id <= ? order by id desc';
      const [row] = await run(fork(), `select at from event where ${near} limit 1`, [id]);
      return row === undefined ? null : iso(Number(row['at']));
    },
    notifications: async (page, unread = false) => {
      const all = unread ? and(ALL, 'read_at is null') : ALL;
      const { where, params } = page.beyond === null ? all : and(all, 'id < ?', page.beyond);
      return (await select(fork(), 'notification', where, [...params, page.limit + 1], 'order by id desc limit ?')).map(notificationView);
    },
    notification: async (id) => {
      const [row] = await select(fork(), 'notification', 'id = ?', [id]);
      return row === undefined ? null : notificationView(row);
    },
  };
}

/** Window by window, until the page is full, the log ends, or enough was looked through. */
async function lookedThrough(em: Em, filter: EventFilter, { limit, beyond }: Page): ReturnType<Reads['events']> {
  const conditions = conditionsOf(filter, dialectOf(em));
  const items: Event[] = [];
  let rest = await wholeOf(em, filter, beyond);
  const times = timesOf(filter);
  for (let n = 0; n < times && rest.high - rest.low > 1; n++) {
    if (n > 0) await breathe();
    const { low, high, inside } = await partOf(em, filter, conditions, begunFrom(rest, filter, n));
    items.push(...(await eventsIn(em, filter, inside, limit + 1 - items.length)));
    if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]?.id ?? null };
    rest = filter.newest_first === true ? { low: rest.low, high: low + 1 } : { low: high - 1, high: rest.high };
  }
  if (rest.high - rest.low <= 1) return { items, next: null };
  return { items, next: filter.newest_first === true ? rest.high : rest.low };
}

/** What is kept and asked for: what was pruned need not be looked through, nor what comes in from now on. */
async function wholeOf(em: Em, filter: EventFilter, beyond: number | null): Promise<Ids> {
  const isDown = filter.newest_first === true;
  const whole = await keptIds(em, 'event');
  const since = filter.since === undefined ? 0 : (await firstAt(em, filter.since, whole)) - 1;
  const until = filter.until === undefined ? whole.high : await firstAt(em, filter.until, whole);
  return {
    low: Math.max((isDown ? filter.after : beyond) ?? 0, since, whole.low),
    high: isDown && beyond !== null ? Math.min(beyond, until) : until,
  };
}

/** Where in the order of events this moment is: the ids from there on are of it or later. Some twenty looks at the key; an index by time would cost every event. */
async function firstAt(em: Em, moment: number, { low, high }: Ids): Promise<number> {
  let from = low + 1;
  let to = high;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const [row] = await run(em, 'select id, at from event where id >= ? and id < ? order by id limit 1', [middle, to]);
    if (row === undefined || Number(row['at']) >= moment) to = middle;
    else from = Number(row['id']) + 1;
  }
  return from;
}

/** So many windows are looked through in one read. */
function timesOf({ task_id, search }: EventFilter): number {
  if (search !== undefined) return SEARCH_WINDOW.times;
  return task_id === undefined ? WINDOW.times : Number.POSITIVE_INFINITY; // as its index tells, a window that holds nothing of the task costs nearly nothing
}

/** The `n`th window of what is left. Events of one task have an index, so that more can be looked through. */
function begunFrom(rest: Ids, { task_id, search, newest_first = false }: EventFilter, n: number): Ids {
  const { events } = search === undefined ? WINDOW : SEARCH_WINDOW;
  return firstOf(rest, task_id === undefined ? events : sizeOf(n), newest_first);
}

interface Part extends Ids {
  readonly inside: Conditions;
}

/** What is to be read of a window: where one task is searched its first events alone, as there may be more than one statement should go through. */
async function partOf(em: Em, { task_id, search, newest_first = false }: EventFilter, conditions: Conditions, ids: Ids): Promise<Part> {
  if (task_id === undefined) return { ...ids, inside: and(conditions, 'id > ? and id < ?', ids.low, ids.high) };
  const inside = among(conditions, dialectOf(em), ids);
  if (search === undefined) return { ...ids, inside };
  const sql = `select id from event where ${inside.where} order by id ${newest_first ? 'desc' : 'asc'} limit 1 offset ?`;
  const [row] = await run(em, sql, [...inside.params, SEARCH_WINDOW.events - 1]);
  if (row === undefined) return { ...ids, inside };
  const edge = Number(row['id']);
  const shorter = newest_first ? { low: edge - 1, high: ids.high } : { low: ids.low, high: edge + 1 };
  return { ...shorter, inside: among(conditions, dialectOf(em), shorter) };
}

/** These events in order, `wanted` at most. */
async function eventsIn(em: Em, { search, owner_id, newest_first }: EventFilter, inside: Conditions, wanted: number): Promise<Event[]> {
  const suffix = newest_first === true ? 'order by id desc' : 'order by id';
  if (search !== undefined) return eventsSaying(em, inside, search, owner_id, { wanted, suffix });
  // By their ids, as only these need be sorted where they come from several blocks.
  const ids = `select id from event where ${inside.where} ${suffix} limit ?`;
  return (await select(em, 'event', `id in (${ids})`, [...inside.params, wanted], suffix)).map(eventView);
}

function conditionsOf(filter: EventFilter, dialect: Dialect): Conditions {
  let c = ALL;
  if (filter.task_id !== undefined) c = and(c, 'task_id = ?', filter.task_id);
  if (filter.agent_id !== undefined) c = and(c, 'agent_id = ?', filter.agent_id);
  if (filter.kinds !== undefined) c = and(c, inList(dialect, 'kind', 'text'), listOf(filter.kinds));
  if (filter.owner_id !== null) {
    c = and(c, '(agent_id = ? or task_id in (select task_id from assignment where agent_id = ?))', filter.owner_id, filter.owner_id);
  }
  return c;
}
