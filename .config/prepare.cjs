'use strict';

// `npm ci` and `npm install` in the repository end with this: it builds the dashboard, where its sources are younger than what is there. Without the
// development dependencies (--omit=dev) there is nothing to build it with, and a dashboard that cannot be built is no reason to have no coordinator:
// both are said in one line, and `/` says it too.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const dashboard = join(root, 'dashboard');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');

const youngest = (path) => {
  const found = statSync(path);
  return found.isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => youngest(join(path, name)))) : found.mtimeMs;
};
const sources = ['src', 'index.html', 'vite.config.ts'].map((name) => join(dashboard, name));
const others = ['schemas/vocabulary.ts', 'schemas/time.ts', 'schemas/search.ts', 'package-lock.json'].map((name) => join(root, name));

function isBuilt() {
  const page = join(dashboard, 'dist', 'index.html');
  return existsSync(page) && statSync(page).mtimeMs >= Math.max(...[...sources, ...others].map(youngest));
}

if (existsSync(join(dashboard, 'src')) && !isBuilt()) {
  if (!existsSync(vite)) {
    process.stderr.write('The dashboard is not built: that takes the development dependencies (npm install, then npm run build:dashboard).\n');
  } else if (spawnSync(process.execPath, [vite, 'build', 'dashboard'], { cwd: root, stdio: 'inherit' }).status !== 0) {
    process.stderr.write('The dashboard could not be built; npm run build:dashboard says why.\n');
  }
}
