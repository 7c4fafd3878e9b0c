import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');

/** Before the first test: the dashboard as its sources have it, built anew where they are younger than what `npm ci` has built. */
export function setup(): void {
  const built = join(root, 'dashboard', 'dist', 'index.html');
  const sources = globSync(['dashboard/{index.html,*.ts,src/**/*.*}', 'schemas/{vocabulary,time}.ts', 'package-lock.json'], { cwd: root });
  const newest = Math.max(...sources.map((file) => statSync(join(root, file)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  execFileSync(process.execPath, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'dashboard'], { cwd: root, stdio: 'inherit' });
}
