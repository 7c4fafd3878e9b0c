import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Which rows of a long list are near the window, and how much room the others take. Rows may differ in height, and may grow: what was drawn is measured. */

/** So much is drawn beyond the window, on both sides, and new rows only once less than the least is left: not for every step of a scroll. */
const MARGIN_PX = 600;
const LEAST_PX = 250;
/** What differs by less is the same height: borders come and go with a row's neighbours. */
const SAME_PX = 2;
/** Measured heights that are kept. */
const MAX_KEPT = 10_000;

interface Near {
  readonly from: number;
  /** The first that is not drawn any more. */
  readonly to: number;
  /** Pixels that the rows before and after these take. */
  readonly before: number;
  readonly after: number;
}

interface Rows {
  readonly list: RefObject<HTMLElement | null>;
  readonly count: number;
  /** What stays the same of a row while rows come and go before it. */
  readonly keyOf: (row: number) => string | number;
  /** In pixels, of a row that was never drawn. */
  readonly height: number;
  /** Between rows, in pixels. */
  readonly gap: number;
  /** Children of the list that make a row; the first is measured. */
  readonly columns: number;
  /** All of them are drawn, and nothing has to be found out. */
  readonly isWhole: boolean;
}

/** Until it is known where the list is. */
const FIRST = { from: 0, to: 6 } as const;

export function useNear({ list, count, keyOf, height, gap, columns, isWhole }: Rows): Near {
  const heights = useRef(new Map<string | number, number>());
  const [near, setNear] = useState<{ readonly from: number; readonly to: number }>(FIRST);
  const [version, setVersion] = useState(0);
  const heightOf = (row: number): number => (heights.current.get(keyOf(row)) ?? height) + gap;
  const look = useRef((): void => {});
  look.current = () => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    const needed = within(top, count, heightOf, LEAST_PX);
    const wanted = within(top, count, heightOf, MARGIN_PX);
    setNear((old) => (old.from <= needed.from && old.to >= needed.to && old.to - old.from <= 2 * (wanted.to - wanted.from) ? old : wanted));
  };
  useEffect(() => {
    if (isWhole) return;
    const now = (): void => look.current();
    const resized = (): void => {
      heights.current.clear();
      now();
    };
    now();
    addEventListener('scroll', now, { passive: true });
    addEventListener('resize', resized);
    return () => {
      removeEventListener('scroll', now);
      removeEventListener('resize', resized);
    };
  }, [isWhole]);
  useEffect(() => {
    if (!isWhole) look.current();
  }, [isWhole, count, version, columns, height]);
  const from = Math.min(near.from, count);
  const to = Math.min(near.to, count);
  useMeasuring({
    list,
    heights: heights.current,
    height,
    columns,
    isWhole,
    keyOf: (child) => keyOf(from + child),
    changed: () => setVersion((old) => old + 1),
  });
  return { from, to, before: isWhole ? 0 : sum(0, from, heightOf), after: isWhole ? 0 : sum(to, count, heightOf) };
}

/** The rows that lie in the window or so near to it; the first of them begins at `top`, from the window's upper edge. */
function within(top: number, count: number, heightOf: (row: number) => number, margin: number): { readonly from: number; readonly to: number } {
  let y = top;
  let from = 0;
  for (; from < count - 1 && y + heightOf(from) < -margin; from += 1) y += heightOf(from);
  let to = from;
  for (; to < count && y < innerHeight + margin; to += 1) y += heightOf(to);
  return { from, to };
}

function sum(from: number, to: number, heightOf: (row: number) => number): number {
  let all = 0;
  for (let row = from; row < to; row += 1) all += heightOf(row);
  return all;
}

interface Measuring extends Pick<Rows, 'list' | 'keyOf' | 'height' | 'columns' | 'isWhole'> {
  readonly heights: Map<string | number, number>;
  readonly changed: () => void;
}

/** Follows the size of what is drawn, without asking for a layout of its own. */
function useMeasuring({ list, heights, height, columns, isWhole, keyOf, changed }: Measuring): void {
  const watched = useRef(new Map<Element, string | number>());
  const watcher = useRef<ResizeObserver | null>(null);
  useEffect(() => {
    if (isWhole) return;
    watcher.current = new ResizeObserver((entries) => {
      let isNews = false;
      for (const { target, borderBoxSize } of entries) {
        const key = watched.current.get(target);
        const measured = borderBoxSize[0]?.blockSize ?? 0;
        if (key === undefined || measured === 0 || Math.abs((heights.get(key) ?? height) - measured) < SAME_PX) continue;
        if (heights.size > MAX_KEPT) heights.clear();
        heights.set(key, measured);
        isNews = true;
      }
      if (isNews) changed();
    });
    return () => {
      watcher.current?.disconnect();
      watched.current.clear();
    };
  }, [isWhole, height]);
  useEffect(() => {
    if (isWhole) return;
    const drawn = [...(list.current?.children ?? [])].filter((_, index) => index % columns === 0);
    const now = new Map(drawn.map((element, row) => [element, keyOf(row)]));
    for (const element of watched.current.keys()) if (!now.has(element)) watcher.current?.unobserve(element);
    for (const element of now.keys()) if (!watched.current.has(element)) watcher.current?.observe(element);
    watched.current = now;
  });
}
