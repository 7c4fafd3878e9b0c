'use strict';

// Loaded before everything else (npm start preloads it, bin.cjs requires it) and written so that a Node of many years ago can read it:
// an old Node would otherwise fail on the first TypeScript file or the first new piece of syntax, with a page of its own words.
const needed = require('../package.json').engines.node.replace('>=', '');

const numbers = (version) => version.split('.').map(Number);
const [major, minor = 0] = numbers(process.versions.node);
const [neededMajor, neededMinor = 0] = numbers(needed);

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(`ping-system needs Node ${needed} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
