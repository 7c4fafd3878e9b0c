import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { to } from './address.ts';
import { Banner, LinkState } from './banner.tsx';
import { Button } from './components/button.tsx';
import { Calm } from './components/calm.tsx';
import { Icon, type IconName } from './components/icon.tsx';
import { awaitSearch, EVERYWHERE, moveRow, useKeys } from './keys.ts';
import { KeysDialog } from './keys-dialog.tsx';
import { logOut } from './session.ts';
import { connection, me, needing } from './store.ts';
import { attempt, Toasts } from './toast.tsx';
import { needPerson } from './words.ts';
import './shell.css';

const PLACES: readonly { readonly href: string; readonly text: string; readonly icon: IconName; readonly key: string }[] = [
  { href: to.overview, text: 'Overview', icon: 'gauge', key: 'o' },
  { href: to.fleet, text: 'Fleet', icon: 'bot', key: 'f' },
  { href: to.tasks, text: 'Tasks', icon: 'listChecks', key: 't' },
  { href: to.traffic, text: 'Traffic', icon: 'radio', key: 'r' },
  { href: to.events, text: 'Events', icon: 'history', key: 'e' },
  { href: to.settings, text: 'Settings', icon: 'settings', key: 's' },
];

/** What is around every screen: the ways to all of them, who is logged in, how live it is, and what just happened. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { path, route } = useLocation();
  const [showsKeys, setShowsKeys] = useState(false);
  useKeys(EVERYWHERE, {
    ...Object.fromEntries(PLACES.map(({ href, text, key }) => [`g ${key}`, [`Go to ${text}`, () => route(href)] as const])),
    j: ['Next row', () => moveRow(1)],
    k: ['Previous row', () => moveRow(-1)],
    '/': [
      'Search the tasks',
      () => {
        awaitSearch();
        route(to.tasks);
      },
    ],
    '?': ['Show the keys', () => setShowsKeys(true)],
  });
  const isHere = (href: string): boolean =>
    path === href || (href === to.fleet && path.startsWith('/ui/agents/')) || (href === to.tasks && path.startsWith('/ui/tasks/'));
  return (
    <div class="shell" data-link={connection.value.state}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <nav class="sidebar" aria-label="Main">
        <a class="brand" href={to.overview} aria-label="Ping System, overview">
          <Mark />
          <span>Ping System</span>
        </a>
        <ul class="places">
          {PLACES.map(({ href, text, icon }) => (
            <li key={href}>
              <a class="place" href={href} aria-current={isHere(href) ? 'page' : undefined}>
                <Icon name={icon} size={20} />
                <span>{text}</span>
                {href === to.tasks && needing.value.length > 0 && (
                  <span class="count" title="Need a person">
                    {needing.value.length}
                    <span class="visually-hidden"> need a person</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
        <div class="sidebar-foot">
          <LinkState />
          <div class="row spread">
            <span class="who truncate" title={me.value?.role.replace('_', ' ')}>
              {me.value?.actor}
            </span>
            <span class="sidebar-acts">
              <Button kind="quiet" icon="keyboard" label="Keyboard shortcuts" onClick={() => setShowsKeys(true)} always />
              <Button kind="quiet" icon="logOut" label="Log out" onClick={() => attempt(logOut)} always />
            </span>
          </div>
        </div>
      </nav>
      <div class="content">
        <Banner />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Toasts />
      <Calm text={needing.value.length === 0 ? '' : needPerson(needing.value.length)} />
      {showsKeys && <KeysDialog onClose={() => setShowsKeys(false)} />}
    </div>
  );
}

export const Mark = ({ size = 28 }: { readonly size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
    <path d="M5 17h5l3-9 6 17 3-8h5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);
