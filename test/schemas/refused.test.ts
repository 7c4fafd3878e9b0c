import { expect, test } from 'vitest';
import { EXCERPT_BYTES, excerptOf } from '#schemas/refused.ts';

const mask = (text: string): string => text.replaceAll('secret', '***');

test('an excerpt is so many bytes long at most, and the whole text where that fits', () => {
  expect(excerptOf('short', mask)).toBe('short');
  expect(excerptOf('x'.repeat(5000), mask)).toBe('x'.repeat(EXCERPT_BYTES));
});

test('masked before it is cut: no stump of a token is left at its end', () => {
  expect(excerptOf(`${'x'.repeat(EXCERPT_BYTES - 3)}secret`, mask)).toBe(`${'x'.repeat(EXCERPT_BYTES - 3)}***`);
  expect(excerptOf(`${'x'.repeat(EXCERPT_BYTES - 2)}secret`, mask)).toBe(`${'x'.repeat(EXCERPT_BYTES - 2)}**`);
});

test('a character across the cut is left out, not turned into another', () => {
  expect(excerptOf(`${'x'.repeat(EXCERPT_BYTES - 1)}€`, mask)).toBe('x'.repeat(EXCERPT_BYTES - 1));
  expect(excerptOf(`\uFEFF${'€'.repeat(400)}`, mask)).toBe(`\uFEFF${'€'.repeat(340)}`);
});
