import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** Before the first test: the dashboard as its sources have it, as after `npm ci`. */
export function setup(): void {
  execFileSync(process.execPath, [join(resolve(import.meta.dirname, '..', '..'), '.config', 'prepare.cjs')], { stdio: 'inherit' });
}
