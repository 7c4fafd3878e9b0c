import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { all, get, type Page, query } from '#dashboard/api.ts';
import { isFresh, isTruncated, me } from '#dashboard/store.ts';
import { failed } from '#dashboard/toast.tsx';
import type { Task } from '#schemas/resources.ts';

/** Tasks that the feed does not tell and REST does: closed ones, and what a search finds beyond what is held here. */

export const readTasks = signal<ReadonlyMap<number, Task>>(new Map());
const MAX_READ = 5000;
const PAGE = 100;
const FOUND_MAX = 200;
const SEARCH_MS = 250;
/** What the server takes. */
const MAX_Q = 200;

const CLOSED = ['done', 'cancelled'] as const;
type Closed = (typeof CLOSED)[number];
/** Where older ones begin; null: all of them are held here; none: they were not read yet. */
const cursors = signal<Readonly<Partial<Record<Closed, string | null>>>>({});
/** What was searched for and found in more tasks than were read. */
export const cutSearch = signal<string | null>(null);

/** Not before this does a list without closed tasks mean that there are none. */
export const isClosedRead = computed(() => CLOSED.every((status) => cursors.value[status] !== undefined));
/** Every closed task is held here, as far as is known. */
export const isAllClosed = computed(() => CLOSED.every((status) => cursors.value[status] == null));

// Whoever logs in next is told nothing of what the one before could see.
effect(() => {
  if (me.value !== null) return;
  readTasks.value = new Map();
  cursors.value = {};
});

function keep(items: readonly Task[]): void {
  const next = new Map(readTasks.value);
  for (const task of items) {
    next.delete(task.id); // so that it is among the last
    next.set(task.id, task);
  }
  readTasks.value = next.size <= MAX_READ ? next : new Map([...next].slice(-MAX_READ));
}

async function readClosed(status: Closed, cursor?: string | null): Promise<void> {
  const page = await get<Page<Task>>(`/tasks${query({ status, limit: PAGE, cursor })}`);
  keep(page.items);
  cursors.value = { ...cursors.value, [status]: page.next_cursor };
}

/** Of which closed tasks there are older ones than are held, that a list of this state (or column; '': of all) shows. */
const withOlder = (status: string): Closed[] => CLOSED.filter((each) => cursors.value[each] != null && (status === '' || status === 'done' || status === each)); // the column of the done has the cancelled, too

export const hasOlder = (status: string): boolean => withOlder(status).length > 0;

export async function readOlder(status: string): Promise<void> {
  await Promise.all(withOlder(status).map((each) => readClosed(each, cursors.value[each]))).catch(failed);
}

/** Reads what is closed, and again whenever the connection was taken up; and what a search finds on the server when it is typed. */
export function useReadTasks(q: string): void {
  const isHere = isFresh.value;
  useEffect(() => {
    if (!isHere) return;
    for (const status of CLOSED) void readClosed(status).catch(failed);
    if (isTruncated.value) void all<Task>('/tasks?needs_attention=true', FOUND_MAX).then(({ items }) => keep(items), failed);
  }, [isHere]);
  useEffect(() => {
    if (q.trim() === '') return;
    const stop = new AbortController();
    const timer = setTimeout(() => void search(q.trim(), stop.signal), SEARCH_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q]);
}

async function search(q: string, signal: AbortSignal): Promise<void> {
  const id = /^#?(\d{1,15})$/.exec(q)?.[1];
  const found = await Promise.all(
    [
      all<Task>(`/tasks${query({ q: q.slice(0, MAX_Q) })}`, FOUND_MAX, { signal }).then(({ items, isCut }) => {
        cutSearch.value = isCut ? q : null;
        return items;
      }),
      id === undefined ? [] : get<Task>(`/tasks/${id}`, { signal }).then((task) => [task]),
    ].map((reading) => Promise.resolve(reading).catch(() => [])),
  );
  if (!signal.aborted) keep(found.flat());
}
