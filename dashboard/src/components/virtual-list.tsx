import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  /** Of every row, in pixels. */
  readonly rowHeight: number;
  readonly label: string;
  readonly draw: (item: T) => ComponentChildren;
}

/** Below this everything is drawn: searching in the page and screen readers work best so. */
const ALL_BELOW = 150;
const MARGIN = 12;

/** A list that draws only the rows near the window, so that thousands cost what a screenful does. It scrolls with the page. Rows are <li>. */
export function VirtualList<T>({ items, keyOf, rowHeight, label, draw }: VirtualListProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [window, setWindow] = useState({ from: 0, to: 60 });
  const isWhole = items.length <= ALL_BELOW;
  useEffect(() => {
    if (isWhole) return;
    const look = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / rowHeight) - MARGIN);
      const to = Math.ceil((innerHeight - top) / rowHeight) + MARGIN;
      setWindow((old) => (old.from === from && old.to === to ? old : { from, to }));
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [isWhole, rowHeight, items.length]);
  const from = isWhole ? 0 : Math.min(window.from, items.length);
  const to = isWhole ? items.length : Math.min(window.to, items.length);
  return (
    <ul
      ref={list}
      class="virtual"
      aria-label={label}
      style={isWhole ? {} : { paddingTop: `${from * rowHeight}px`, paddingBottom: `${(items.length - to) * rowHeight}px` }}
    >
      {items.slice(from, to).map((item, index) => (
        <li key={keyOf(item)} aria-setsize={isWhole ? undefined : items.length} aria-posinset={isWhole ? undefined : from + index + 1}>
          {draw(item)}
        </li>
      ))}
    </ul>
  );
}
