import type { ComponentChildren } from 'preact';
import { useTitle } from './title.ts';
import './screen.css';

/** The frame of a screen: its name as the heading and in the tab, and beside it what can be done here. */
export function Screen({
  title,
  name,
  actions,
  children,
}: {
  readonly title: ComponentChildren;
  readonly name?: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  useTitle(name ?? (typeof title === 'string' ? title : ''));
  return (
    <div class="screen">
      <header class="screen-head">
        <h1>{title}</h1>
        {actions && <div class="row wrap">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
