import type { Event } from '#schemas/resources.ts';
import { iso } from '#schemas/time.ts';
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

/** Ids that are still to be looked through: all between these two, themselves left out. */
interface Rest {
  readonly low: number;
  readonly high: number;
}

/** Window by window, until the page is full, the log ends, or enough was looked through. */
async function lookedThrough(em: Em, filter: EventFilter, { limit, beyond }: Page): ReturnType<Reads['events']> {
  const isDown = filter.newest_first === true;
  const conditions = conditionsOf(filter, dialectOf(em));
  const items: Event[] = [];
  let rest = await wholeOf(em, filter, beyond);
  const { times } = filter.search === undefined ? WINDOW : SEARCH_WINDOW;
  for (let window = 0; window < times && rest.high - rest.low > 1; window++) {
    if (window > 0) await breathe();
    const edge = await edgeOf(em, filter, rest);
    const inside = and(conditions, 'id > ? and id < ?', ...(isDown ? [edge - 1, rest.high] : [rest.low, edge + 1]));
    items.push(...(await windowOf(em, inside, filter, limit + 1 - items.length)));
    if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]?.id ?? null };
    rest = isDown ? { low: rest.low, high: edge } : { low: edge, high: rest.high };
  }
  if (rest.high - rest.low <= 1) return { items, next: null };
  return { items, next: isDown ? rest.high : rest.low };
}

/** What is kept and asked for: what was pruned need not be looked through, nor what comes in from now on. */
async function wholeOf(em: Em, filter: EventFilter, beyond: number | null): Promise<Rest> {
  const [ends] = await run(em, 'select (select min(id) from event) as first, (select max(id) from event) as last');
  const isDown = filter.newest_first === true;
  const whole = { low: Number(ends?.['first'] ?? 1) - 1, high: Number(ends?.['last'] ?? 0) + 1 };
  const since = filter.since === undefined ? 0 : (await firstAt(em, filter.since, whole)) - 1;
  const until = filter.until === undefined ? whole.high : await firstAt(em, filter.until, whole);
  return {
    low: Math.max((isDown ? filter.after : beyond) ?? 0, since, whole.low),
    high: isDown && beyond !== null ? Math.min(beyond, until) : until,
  };
}

/** Where in the order of events this moment is: the ids from there on are of it or later. Some twenty looks at the key; an index by time would cost every event. */
async function firstAt(em: Em, moment: number, { low, high }: Rest): Promise<number> {
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

/** The last id of the next window. Events of one task have an index, and are looked through all at once, or so many of them where they are searched. */
async function edgeOf(em: Em, { task_id, newest_first = false, search }: EventFilter, { low, high }: Rest): Promise<number> {
  const end = newest_first ? low + 1 : high - 1;
  if (task_id !== undefined) {
    if (search === undefined) return end;
    const order = newest_first ? 'desc' : 'asc';
    const sql = `select id from event where task_id = ? and id > ? and id < ? order by id ${order} limit 1 offset ?`;
    const [row] = await run(em, sql, [task_id, low, high, SEARCH_WINDOW.events - 1]);
    return row === undefined ? end : Number(row['id']);
  }
  const { events: size } = search === undefined ? WINDOW : SEARCH_WINDOW;
  return newest_first ? Math.max(high - size, end) : Math.min(low + size, end);
}

/** The events of one window in order, `wanted` at most. */
async function windowOf(em: Em, inside: Conditions, { search, owner_id, newest_first }: EventFilter, wanted: number): Promise<Event[]> {
  const suffix = newest_first === true ? 'order by id desc' : 'order by id';
  if (search !== undefined) return eventsSaying(em, inside, search, owner_id, { wanted, suffix });
  return (await select(em, 'event', inside.where, [...inside.params, wanted], `${suffix} limit ?`)).map(eventView);
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
