import { useLayoutEffect, useRef } from 'preact/hooks';
import { takeSearch, useKeys } from '#dashboard/keys.ts';
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
