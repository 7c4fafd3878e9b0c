'use strict';

// `npm ci` and `npm install` in the repository end with this: it builds the dashboard. Without the development dependencies (--omit=dev) there is nothing
// to build it with, and a dashboard that cannot be built is no reason to have no coordinator: both are said in one line, and `/` says it too.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
if (!existsSync(vite)) {
  process.stderr.write('The dashboard is not built: that takes the development dependencies (npm install, then npm run build:dashboard).\n');
} else if (spawnSync(process.execPath, [vite, 'build', 'dashboard'], { cwd: root, stdio: 'inherit' }).status !== 0) {
  process.stderr.write('The dashboard could not be built; npm run build:dashboard says why.\n');
}
