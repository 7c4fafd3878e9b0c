import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isFresh, NOT_NOW } from '#dashboard/store.ts';
import { Icon, type IconName } from './icon.tsx';
import './button.css';

interface ButtonProps {
  readonly kind?: 'primary' | 'danger' | 'quiet' | undefined;
  readonly icon?: IconName | undefined;
  /** For a button that shows its icon alone. */
  readonly label?: string | undefined;
  readonly type?: 'button' | 'submit' | undefined;
  /** Why it cannot be used now; it stays focusable and says so. */
  readonly disabled?: string | false | undefined;
  /** It does nothing to the server's state (opens a menu, navigates): usable while the connection is lost. */
  readonly always?: boolean | undefined;
  readonly onClick?: ((event: MouseEvent) => unknown) | undefined;
  readonly popoverTarget?: string | undefined;
  readonly class?: string | undefined;
  readonly children?: ComponentChildren;
}

/** A button. While its click's promise runs it cannot be clicked again; while the connection is lost it acts only with `always`. */
export function Button({ kind, icon, label, type = 'button', disabled, always, onClick, popoverTarget, class: more, children }: ButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const why = disabled || (!always && !isFresh.value ? NOT_NOW : false);
  const click = (event: MouseEvent): void => {
    if (why !== false || isBusy) return event.preventDefault();
    const done = onClick?.(event);
    if (!(done instanceof Promise)) return;
    setBusy(true);
    void done.finally(() => setBusy(false));
  };
  return (
    <button
      type={type}
      class={`button ${more ?? ''}`}
      data-kind={kind}
      data-icon-only={children === undefined || undefined}
      aria-label={label}
      aria-disabled={why !== false || undefined}
      aria-busy={isBusy || undefined}
      title={why || label}
      popovertarget={popoverTarget}
      onClick={click}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
