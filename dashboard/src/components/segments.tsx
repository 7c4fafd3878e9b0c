import { isNarrow } from '#dashboard/narrow.ts';
import { Icon, type IconName } from './icon.tsx';
import './segments.css';

interface Segment<T extends string> {
  readonly value: T;
  readonly text: string;
  readonly icon?: IconName;
}
interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly segments: readonly Segment<T>[];
  readonly chosen: T;
  readonly choose: (value: T) => void;
}

/** One of a few, exactly one of them chosen: a window of time, a way to look at things. */
export function Segments<T extends string>({ label, segments, chosen, choose }: SegmentsProps<T>) {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{label}</legend>
      {segments.map(({ value, text, icon }) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          {icon && <Icon name={icon} size={16} />}
          <span class={icon && isNarrow.value ? 'visually-hidden' : undefined}>{text}</span>
        </button>
      ))}
    </fieldset>
  );
}
