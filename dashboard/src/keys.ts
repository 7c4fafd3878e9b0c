import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keyboard shortcuts. `useKeys('Fleet', { a: ['Assign', () => …] })` while a screen is shown; `g o` is g, then o. `?` lists all there are.
 * Nothing happens while somebody types, holds Ctrl, Alt or Meta, or has a dialog open (there, only Esc, which the browser handles).
 * `j` and `k` go through what has `data-row` in <main>; Enter follows it, as it is a link or a button.
 */

export type Keys = Readonly<Record<string, readonly [what: string, run: () => void]>>;

interface Registered {
  readonly title: string;
  keys: Keys;
}
export const registered = signal<readonly Registered[]>([]);

/** The keys of the page, which give way to those of a screen. */
export const EVERYWHERE = 'Everywhere';

/** So long the second key of two may take. */
const PAIR_MS = 1200;
let first: { readonly key: string; readonly at: number } | null = null;

/** The keys hold from the moment the component is drawn (a layout effect: whoever sees the screen is heard) until it goes; `keys` may be made anew with each drawing. */
export function useKeys(title: string, keys: Keys): void {
  const entry = useRef<Registered>({ title, keys });
  entry.current.keys = keys;
  useLayoutEffect(() => {
    const mine = entry.current;
    registered.value = title === EVERYWHERE ? [mine, ...registered.value] : [...registered.value, mine];
    return () => {
      registered.value = registered.value.filter((each) => each !== mine);
    };
  }, []);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

function find(name: string): (() => void) | undefined {
  // The newest first.
  for (const { keys } of [...registered.value].reverse()) {
    const found = keys[name];
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** What was typed for a search whose screen is on its way; no letter of it is a shortcut of the screen before. */
let searching: { readonly until: number; typed: string } | null = null;
const SEARCH_WAIT_MS = 3000;
export function awaitSearch(): void {
  searching = { until: performance.now() + SEARCH_WAIT_MS, typed: '' };
}
/** For the search that is there now: what was typed for it; null: it was not asked for. */
export function takeSearch(): string | null {
  const found = searching;
  searching = null;
  return found === null || performance.now() > found.until ? null : found.typed;
}

const startsPair = (key: string): boolean => registered.value.some(({ keys }) => Object.keys(keys).some((name) => name.startsWith(`${key} `)));

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (isTyping(event.target)) {
    if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
    return;
  }
  if (document.querySelector('dialog[open], [popover]:popover-open') !== null) return;
  if (searching !== null && performance.now() <= searching.until) {
    if (event.key.length === 1) searching.typed += event.key;
    return;
  }
  const pair = first !== null && event.timeStamp - first.at < PAIR_MS ? `${first.key} ${event.key}` : null;
  first = null;
  const run = (pair === null ? undefined : find(pair)) ?? find(event.key);
  if (run !== undefined) {
    event.preventDefault();
    run();
  } else if (startsPair(event.key)) {
    first = { key: event.key, at: event.timeStamp };
  }
});

/** Moves the focus to the next (1) or the previous (-1) thing with `data-row` in <main>. */
export function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')].filter((row) => row.offsetParent !== null);
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = at === -1 ? rows[by === 1 ? 0 : rows.length - 1] : rows[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** The `data-row` of the row that has the focus: what `a`, `s`, `p` are about. */
export const focusedRow = (): string | null => document.activeElement?.closest<HTMLElement>('main [data-row]')?.dataset['row'] ?? null;
