import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * `npm run check:dashboard-size`: what the built dashboard loads until its first screen, the overview, is drawn, gzipped. Exit 1 beyond the bounds:
 * it is to be there at once, on a phone, too. Other screens, and the plots, are loaded when they are needed.
 */
const MAX_SCRIPT_KB = 60;
const MAX_STYLE_KB = 15;
const FIRST = ['index.html', 'src/screens/overview.tsx'];

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const dist = resolve(import.meta.dirname, '..', 'dashboard', 'dist');
const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'));

const needed = new Set<string>();
function need(name: string): void {
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`${name} is not in the manifest: build the dashboard, or name its first screen here`);
  for (const file of [chunk.file, ...(chunk.css ?? [])]) needed.add(file);
  for (const each of chunk.imports ?? []) if (!needed.has(manifest[each]?.file ?? '')) need(each);
}
for (const name of FIRST) need(name);

const total = (extension: string): number =>
  [...needed].filter((file) => file.endsWith(extension)).reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1024, 0);
const script = total('.js');
const style = total('.css');
process.stdout.write(
  `first load, gzipped: ${script.toFixed(1)} kB of script (at most ${MAX_SCRIPT_KB}), ${style.toFixed(1)} kB of style (at most ${MAX_STYLE_KB})\n`,
);
if (script > MAX_SCRIPT_KB || style > MAX_STYLE_KB) process.exitCode = 1;
