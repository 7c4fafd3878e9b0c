import type { EventRow } from '#domain/model.ts';
import { ALL, and, type Conditions } from './conditions.ts';
import type { EventFilter, Page, Reads } from './reads.ts';
import { select } from './select.ts';
import { type Dialect, dialectOf, type Em, inList, run } from './statement.ts';
import { eventView, notificationView } from './views.ts';

/** Events looked through in one statement, and in one read, where no index says which fit: SQLite holds up everyone meanwhile. */
const WINDOW = 10_000;
const MAX_WINDOWS = 20;

/** Lets everyone else have a turn. */
const breathe = () => new Promise<void>((done) => setImmediate(done));

export function trailReads(fork: () => Em): Pick<Reads, 'events' | 'notifications' | 'notification'> {
  return {
    events: async (filter, page) => {
      const { rows, next } = await (filter.newest_first === true ? eventsBelow : eventsBeyond)(fork(), filter, page);
      return { items: rows.map(eventView), next };
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

/** Window by window from `page.beyond`, until the page is full, the log ends, or enough was looked through. */
async function eventsBeyond(em: Em, filter: EventFilter, { limit, beyond }: Page): Promise<{ rows: EventRow[]; next: number | null }> {
  const { where, params } = conditionsOf(filter, dialectOf(em));
  const [ends] = await run(em, 'select (select min(id) from event) as first, (select max(id) from event) as last');
  const last = Number(ends?.['last'] ?? 0);
  const isIndexed = filter.task_id !== undefined;
  const rows: EventRow[] = [];
  let from = Math.max(beyond ?? 0, Number(ends?.['first'] ?? 1) - 1); // what was pruned need not be looked through
  for (let window = 0; window < MAX_WINDOWS && from < last; window++) {
    if (window > 0) await breathe();
    const to = isIndexed ? last : Math.min(from + WINDOW, last);
    const wanted = limit + 1 - rows.length;
    rows.push(...(await select(em, 'event', `${where} and id > ? and id <= ?`, [...params, from, to, wanted], 'order by id limit ?')));
    if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1]?.id ?? null };
    from = to;
  }
  return { rows, next: from < last ? from : null };
}

/** The same the other way: from below `page.beyond`, or from the newest, down to `filter.after`. */
async function eventsBelow(em: Em, filter: EventFilter, { limit, beyond }: Page): Promise<{ rows: EventRow[]; next: number | null }> {
  const { where, params } = conditionsOf(filter, dialectOf(em));
  const [ends] = await run(em, 'select (select min(id) from event) as first, (select max(id) from event) as last');
  const bottom = Math.max(filter.after ?? 0, Number(ends?.['first'] ?? 1) - 1);
  const isIndexed = filter.task_id !== undefined;
  const rows: EventRow[] = [];
  let to = Math.min(beyond ?? Number.MAX_SAFE_INTEGER, Number(ends?.['last'] ?? 0) + 1);
  for (let window = 0; window < MAX_WINDOWS && to > bottom + 1; window++) {
    if (window > 0) await breathe();
    const from = isIndexed ? bottom : Math.max(to - 1 - WINDOW, bottom);
    const wanted = limit + 1 - rows.length;
    rows.push(...(await select(em, 'event', `${where} and id > ? and id < ?`, [...params, from, to, wanted], 'order by id desc limit ?')));
    if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1]?.id ?? null };
    to = from + 1;
  }
  return { rows, next: to > bottom + 1 ? to : null };
}

function conditionsOf(filter: EventFilter, dialect: Dialect): Conditions {
  let c = ALL;
  if (filter.task_id !== undefined) c = and(c, 'task_id = ?', filter.task_id);
  if (filter.agent_id !== undefined) c = and(c, 'agent_id = ?', filter.agent_id);
  if (filter.kinds !== undefined) c = and(c, inList(dialect, 'kind', 'text'), JSON.stringify(filter.kinds));
  if (filter.owner_id !== null) {
    c = and(c, '(agent_id = ? or task_id in (select task_id from assignment where agent_id = ?))', filter.owner_id, filter.owner_id);
  }
  return c;
}
