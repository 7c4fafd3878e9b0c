import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Stats, StatsSeries, WindowName } from '#schemas/stats.ts';
import { get } from './api.ts';
import { may } from './rights.ts';
import { connection, stats } from './store.ts';

/** The figures of a window, read again every so often while the page is looked at, and when the connection changes; not asked for by who may not see them. */

const EVERY_MS = 15_000;

export interface Figures {
  readonly stats: Stats | null;
  readonly series: StatsSeries | null;
  /** They could not be read: the server does not answer. */
  readonly isMissing: boolean;
}

export function useFigures(window: WindowName): Figures {
  const figures = useSignal<Figures & { readonly of: WindowName }>({
    of: window,
    stats: window === '24h' ? stats.peek() : null,
    series: null,
    isMissing: false,
  });
  const { state } = connection.value;
  const isAllowed = may('read_figures');
  useEffect(() => {
    if (!isAllowed) return;
    let isGone = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const answers = await Promise.all([get<Stats>(`/stats?window=${window}`), get<StatsSeries>(`/stats/series?window=${window}`)]).catch(() => null);
      if (isGone) return;
      figures.value = answers === null ? { ...figures.value, isMissing: true } : { of: window, stats: answers[0], series: answers[1], isMissing: false };
    };
    void look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      isGone = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [window, state, isAllowed]);
  const { of, ...known } = figures.value;
  return of === window ? known : { stats: null, series: null, isMissing: known.isMissing };
}
