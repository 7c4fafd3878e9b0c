import { useId, useRef, useState } from 'preact/hooks';
import { isFresh, NOT_NOW } from '#dashboard/store.ts';
import { Icon, type IconName } from './icon.tsx';
import './menu.css';

export interface MenuItem {
  readonly icon: IconName;
  readonly text: string;
  readonly run: () => unknown;
  readonly danger?: boolean;
  /** Why it cannot be chosen now. */
  readonly disabled?: string | false;
}

interface MenuProps {
  readonly label: string;
  /** Asked for when it opens: a board has hundreds of menus, and one of them is open. */
  readonly items: () => readonly MenuItem[];
}

/** A button that opens a list of actions; arrows, Home and End go through it, Esc closes it. */
export function Menu({ label, items }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const toggled = (event: { readonly newState: string }): void => {
    if (event.newState !== 'open') return setOpen(false);
    place(button.current, list.current);
    list.current?.querySelector<HTMLElement>('button')?.focus();
  };
  const step = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement); // as: indexOf takes what it does not find
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button"
        data-kind="quiet"
        data-icon-only
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        popovertarget={id}
      >
        <Icon name="ellipsis" />
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        class="menu"
        role="menu"
        aria-label={label}
        onBeforeToggle={({ newState }) => newState === 'open' && setOpen(true)}
        onToggle={toggled}
        onKeyDown={step}
      >
        {(isOpen ? items() : []).map((item) => (
          <Item key={item.text} item={item} close={() => list.current?.hidePopover()} />
        ))}
      </div>
    </>
  );
}

function Item({ item: { icon, text, run, danger, disabled }, close }: { readonly item: MenuItem; readonly close: () => void }) {
  const why = disabled || (isFresh.value ? false : NOT_NOW);
  const choose = (): void => {
    if (why !== false) return;
    close();
    run();
  };
  return (
    <button
      type="button"
      role="menuitem"
      data-danger={danger || undefined}
      aria-disabled={why !== false || undefined}
      title={why || undefined}
      onClick={choose}
    >
      <Icon name={icon} />
      {text}
    </button>
  );
}

/** Below the button, right edges together, within the window. */
function place(button: HTMLElement | null, list: HTMLElement | null): void {
  if (button === null || list === null) return;
  const from = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const below = from.bottom + 4;
  list.style.left = `${Math.max(8, Math.min(from.right - width, innerWidth - width - 8))}px`;
  list.style.top = `${below + height > innerHeight ? Math.max(8, from.top - height - 4) : below}px`;
}
