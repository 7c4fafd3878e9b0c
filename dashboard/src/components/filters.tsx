import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { takeSearch, useKeys } from '#dashboard/keys.ts';
import { isNarrow } from '#dashboard/narrow.ts';
import { Icon } from './icon.tsx';
import './filters.css';

export interface Choice {
  readonly value: string;
  readonly text: string;
  readonly count: number;
  /** There are more than were counted. */
  readonly isMore?: boolean;
}

interface ChipsProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  /** '' is all. */
  readonly chosen: string;
  readonly choose: (value: string) => void;
}

/** One of several, each with how many there are; the chosen one again takes the filter away. */
export function Chips({ label, choices, chosen, choose }: ChipsProps) {
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">{label}</legend>
      {choices.map(({ value, text, count, isMore }) => (
        <button
          key={value}
          type="button"
          class="chip"
          data-none={count === 0 || undefined}
          aria-pressed={chosen === value}
          onClick={() => choose(chosen === value ? '' : value)}
        >
          {text}{' '}
          <span class="chip-count">
            {count.toLocaleString()}
            {isMore && '+'}
          </span>
        </button>
      ))}
    </fieldset>
  );
}

/** Filters beside a list's search. On a phone they are folded behind a button, which tells how many of them are set. */
export function FoldedFilters({ set, children }: { readonly set: number; readonly children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      {isNarrow.value && (
        <button type="button" class="button" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          <Icon name="filter" />
          Filters
          {set > 0 && (
            <span class="filters-set">
              {set}
              <span class="visually-hidden"> set</span>
            </span>
          )}
        </button>
      )}
      <div id={id} class="folded-filters" hidden={isNarrow.value && !isOpen}>
        {children}
      </div>
    </>
  );
}

/** How many of these are set: '' is not. */
export const countSet = (...values: readonly string[]): number => values.filter((value) => value !== '').length;

/** A field that narrows a list by text; `/` goes there. */
export function SearchField({ label, value, change }: { readonly label: string; readonly value: string; readonly change: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  useKeys('Lists', { '/': ['Search', () => input.current?.focus()] });
  useLayoutEffect(() => {
    const typed = takeSearch();
    if (typed === null) return;
    input.current?.focus();
    if (typed !== '') change(value + typed);
  }, []);
  return (
    <label class="search">
      <Icon name="search" />
      <span class="visually-hidden">{label}</span>
      <input ref={input} class="input" type="search" placeholder={label} value={value} onInput={(event) => change(event.currentTarget.value)} />
    </label>
  );
}
