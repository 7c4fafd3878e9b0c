import { signal } from '@preact/signals';

/** Light, dark, or as the system has it: this browser remembers what was chosen. tokens.css has both. */

export const SCHEMES = ['system', 'light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

const KEY = 'ping-system.scheme';

const isScheme = (text: string | null): text is Scheme => SCHEMES.some((scheme) => scheme === text);

export const scheme = signal<Scheme>('system');

/** Takes what was chosen before; to be called before anything is drawn. */
export function keepScheme(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // a browser that keeps nothing for us
  }
  show(isScheme(kept) ? kept : 'system');
}

export function choose(chosen: Scheme): void {
  show(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // likewise: then it holds until the page is left
  }
}

function show(chosen: Scheme): void {
  scheme.value = chosen;
  // what the browser paints around the page follows
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.dataset['scheme'];
    meta.media = chosen === 'system' ? `(prefers-color-scheme: ${own})` : chosen === own ? 'all' : 'not all';
  }
  if (chosen === 'system') delete document.documentElement.dataset['scheme'];
  else document.documentElement.dataset['scheme'] = chosen;
}
