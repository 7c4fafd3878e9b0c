#!/usr/bin/env node
'use strict';

// The command `ping-system`. In the repository it runs the TypeScript beside it; the published package has only what `npm run build` made of it.
require('./node-version.cjs');

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const source = join(__dirname, 'main.ts');
const built = join(__dirname, '..', 'dist', 'src', 'main.js');
void import(pathToFileURL(existsSync(source) ? source : built).href);
