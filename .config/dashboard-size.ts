import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * `npm run check:dashboard-size`: what the built dashboard loads before its first screen is drawn, gzipped. Exit 1 beyond the bounds: the page is
 * to be there at once, on a phone, too. What screens load when they are gone to is not counted.
 */
const MAX_SCRIPT_KB = 60;
const MAX_STYLE_KB = 15;

const dist = resolve(import.meta.dirname, '..', 'dashboard', 'dist');
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const zipped = (file: string): number => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1024;
const total = (files: Iterable<string>): number => [...files].map(zipped).reduce((sum, size) => sum + size, 0);

const referenced = (extension: string): string[] =>
  [...html.matchAll(new RegExp(`(?:src|href)="/(ui/assets/[^"]+\\.${extension})"`, 'g'))].map(([, file = '']) => file);

const script = total(new Set(referenced('js')));
const style = total(new Set(referenced('css')));
process.stdout.write(
  `first load, gzipped: ${script.toFixed(1)} kB of script (at most ${MAX_SCRIPT_KB}), ${style.toFixed(1)} kB of style (at most ${MAX_STYLE_KB})\n`,
);
if (script === 0 || script > MAX_SCRIPT_KB || style > MAX_STYLE_KB) process.exitCode = 1;
