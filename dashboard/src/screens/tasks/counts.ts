import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '#dashboard/api.ts';
import { isFresh, isTruncated, me, onEvents } from '#dashboard/store.ts';
import type { TaskCounts } from '#schemas/answers.ts';
import { cutSearch, isAllClosed } from './read.ts';
import { COLUMNS, type Column, type Filter, NOBODY, type Row } from './rows.ts';

/** How many tasks there are of each column where not all are held here: asked for, and again while tasks change. */

/** The server counts no further (GET /tasks/counts). */
const MAX_COUNTED = 100_000;
/** Tasks may change all the time; so often they are counted at most. */
const PAUSE_MS = 2000;

const counts = signal<Readonly<Record<Column, number>> | null>(null);

// Whoever logs in next may see others.
effect(() => {
  if (me.value === null) counts.value = null;
});

async function count(signal: AbortSignal): Promise<void> {
  const found = await get<TaskCounts>('/tasks/counts', { signal });
  const { unassigned: todo, pending, acknowledged, snoozed, needs_attention: attention, done, cancelled } = found;
  counts.value = { todo, pending, acknowledged, snoozed, attention, done: done + cancelled };
}

/** Has the tasks counted while not all are held here. A count that fails is made up for by the next. */
function useCounts(): void {
  const isWanted = isFresh.value && (isTruncated.value || !isAllClosed.value);
  useEffect(() => {
    if (!isWanted) return;
    const stop = new AbortController();
    let isCounting = false;
    let isStale = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const now = (): void => {
      isStale = false;
      isCounting = true;
      void count(stop.signal)
        .catch(() => {})
        .finally(() => {
          if (!stop.signal.aborted) timer = setTimeout(rested, PAUSE_MS);
        });
    };
    function rested(): void {
      isCounting = false;
      if (isStale) now();
    }
    const leave = onEvents((messages) => {
      if (!messages.some(({ event }) => event.task_id !== null)) return;
      isStale = true;
      if (!isCounting) now();
    });
    now();
    return () => {
      leave();
      stop.abort();
      clearTimeout(timer);
    };
  }, [isWanted]);
}

/** How many there are of a column, as far as is known; `isMore`: or more. */
export interface Total {
  readonly count: number;
  readonly isMore: boolean;
}
export const NONE: Total = { count: 0, isMore: false };
export const written = ({ count, isMore }: Total): string => `${count.toLocaleString()}${isMore ? '+' : ''}`;

/** Of each column: what is held here that fits, or where not all is held here what the server has counted. */
export function useTotals(fit: readonly Row[], { q, agent, attention }: Filter): ReadonlyMap<Column, Total> {
  useCounts();
  const here = new Map<Column, number>();
  for (const { column } of fit) here.set(column, (here.get(column) ?? 0) + 1);
  const isCut = q !== '' && cutSearch.value === q.trim();
  return new Map(
    COLUMNS.map((column) => {
      const count = here.get(column) ?? 0;
      const isAllHere = column === 'done' ? isAllClosed.value : !isTruncated.value;
      if (q !== '' || isAllHere) return [column, { count, isMore: isCut }];
      // Closed tasks have no holder and need nobody: other filters leave none of them. The server counts without filters.
      if (column === 'done' && !(['', NOBODY].includes(agent) && ['', 'false'].includes(attention))) return [column, NONE];
      const counted = column === 'done' || (agent === '' && attention === '') ? counts.value?.[column] : undefined;
      if (counted === undefined) return [column, { count, isMore: true }];
      return [column, { count: Math.max(count, counted), isMore: counted >= MAX_COUNTED }];
    }),
  );
}
