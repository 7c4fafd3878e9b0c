import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import './empty.css';

/** Nothing is here: what that means, and what to do about it. */
export function Empty({ icon = 'info', title, children }: { readonly icon?: IconName; readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
