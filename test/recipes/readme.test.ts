import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { NEXT, STEPS } from '#domain/assignment.ts';
import { OPEN_STATUSES } from '#schemas/vocabulary.ts';
import { VARIABLES } from '#src/variables.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const between = (mark: string): string => README.split(`<!-- ${mark} -->\n`)[1]?.split(`<!-- /${mark} -->`)[0] ?? '';

test('the lifecycle table is the transition table', () => {
  const rows = STEPS.map((step) => `| ${[step, ...OPEN_STATUSES.map((status) => NEXT[status][step] ?? '–')].join(' | ')} |`);
  expect(between('lifecycle')).toBe(['| step | pending | acknowledged | snoozed |', '|---|---|---|---|', ...rows, ''].join('\n'));
});

test('the configuration table is the list of variables', () => {
  const rows = Object.entries(VARIABLES).map(
    ([name, { about, default: standard }]) => `| \`${name}\` | ${standard === null ? '' : `\`${String(standard)}\``} | ${about} |`,
  );
  expect(between('configuration')).toBe(['| variable | default | |', '|---|---|---|', ...rows, ''].join('\n'));
});
