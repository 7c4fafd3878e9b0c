import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import icon from './favicon.svg?raw';
import { connection, needing } from './store.ts';

/** The tab shows how many tasks need a person, and whether what it shows is live: in its title and on its icon. */

const place = signal('');

/** The name of the screen, for the tab. */
export function useTitle(name: string): void {
  useEffect(() => {
    place.value = name;
  }, [name]);
}

const badge = (text: string): string =>
  icon.replace(
    '</svg>',
    `<circle cx="23" cy="9" r="9" fill="#d92d20"/><text x="23" y="13.5" font-family="sans-serif" font-weight="700" font-size="13" text-anchor="middle" fill="#fff">${text}</text></svg>`,
  );

function markOf(isLost: boolean, count: number): string | null {
  if (isLost) return '!';
  if (count === 0) return null;
  return count > 9 ? '9+' : String(count);
}

const howMany = computed(() => needing.value.length);

export function keepTab(): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const calm = link?.href ?? '';
  effect(() => {
    const count = howMany.value;
    const isLost = connection.value.state === 'lost';
    document.title = [
      `${count > 0 ? `(${count}) ` : ''}${isLost ? '⚠ ' : ''}${place.value || 'Ping System'}`,
      ...(place.value === '' ? [] : ['Ping System']),
    ].join(' · ');
    if (link === null) return;
    const mark = markOf(isLost, count);
    link.href = mark === null ? calm : `data:image/svg+xml,${encodeURIComponent(badge(mark))}`;
  });
}
