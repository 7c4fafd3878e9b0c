import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useNear } from './virtual-window.ts';

interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  /** Of a row, in pixels, as far as one can tell before it was drawn. */
  readonly rowHeight: number;
  readonly label: string;
  readonly draw: (item: T) => ComponentChildren;
  readonly class?: string;
  /** Several beside each other (a grid by its class), each at least so wide: pixels. */
  readonly tiles?: { readonly width: number; readonly gap: number };
  /** Up to so many, everything is drawn: searching in the page and screen readers work best so. */
  readonly wholeUpTo?: number;
}

const WHOLE_UP_TO = 150;
const LINES = { width: Number.POSITIVE_INFINITY, gap: 0 } as const;

/** A list that draws only what is near the window, so that thousands cost what a screenful does. It scrolls with the page. Items are <li>. */
export function VirtualList<T>({ items, keyOf, rowHeight, label, draw, class: more = '', tiles = LINES, wholeUpTo = WHOLE_UP_TO }: VirtualListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const isWhole = items.length <= wholeUpTo;
  const columns = useColumns(list, tiles, isWhole);
  const { from, to, before, after } = useNear({
    list,
    isWhole,
    columns,
    count: Math.ceil(items.length / columns),
    keyOf: (row) => {
      const first = items[row * columns];
      return first === undefined ? -1 : keyOf(first);
    },
    height: rowHeight,
    gap: tiles.gap,
  });
  return (
    <ul ref={list} class={more} aria-label={label} style={isWhole ? {} : { paddingTop: `${before}px`, paddingBottom: `${after}px` }}>
      {(isWhole ? items : items.slice(from * columns, to * columns)).map((item, index) => (
        <li key={keyOf(item)} aria-setsize={isWhole ? undefined : items.length} aria-posinset={isWhole ? undefined : from * columns + index + 1}>
          {draw(item)}
        </li>
      ))}
    </ul>
  );
}

/** How many the grid puts beside each other: as `repeat(auto-fill, minmax(width, 1fr))` does. */
function useColumns(
  list: { readonly current: HTMLElement | null },
  { width, gap }: { readonly width: number; readonly gap: number },
  isWhole: boolean,
): number {
  const [columns, setColumns] = useState(1);
  useEffect(() => {
    const element = list.current;
    if (isWhole || element === null || !Number.isFinite(width)) return;
    const watcher = new ResizeObserver(() => setColumns(Math.max(1, Math.floor((element.clientWidth + gap) / (width + gap)))));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [isWhole, width, gap]);
  return columns;
}
