import type { ComponentChildren } from 'preact';

/** One line of a `<dl>`: what it is, and how it stands. */
export const Fact = ({ term, children }: { readonly term: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{term}</dt>
    <dd class="any-text">{children}</dd>
  </div>
);
