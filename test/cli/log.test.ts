import { expect, test } from 'vitest';
import { createLog } from '#src/log.ts';

const TOKEN = `psa_${'aB3_-'.repeat(9).slice(0, 43)}`;
const MADE = `psm_${'x'.repeat(43)}`;
const CONFIGURED = 'quote"and\\slash';

function logged(write: (log: ReturnType<typeof createLog>) => void, logLevel: 'info' | 'warn' = 'info'): string {
  const lines: string[] = [];
  write(createLog({ logLevel, apiAuthToken: CONFIGURED }, { write: (line: string) => lines.push(line) }));
  return lines.join('');
}

test('tokens are masked wherever they appear: fields, messages, names of fields, errors and their stacks, child bindings', () => {
  const lines = logged((log) => {
    log.info({ token: TOKEN, deep: { list: [MADE], [TOKEN]: 1 }, url: `http://h/?t=${MADE}` }, `hello ${TOKEN} and ${CONFIGURED}`);
    log.error(new Error(`bad ${MADE}`));
    log.child({ who: CONFIGURED }).warn({ password: CONFIGURED }, 'x');
  });
  expect(lines).not.toContain(TOKEN.slice(4));
  expect(lines).not.toContain(MADE.slice(4));
  expect(lines).not.toContain('slash');
  expect(lines.match(/psa_\*\*\*/g)).toHaveLength(3);
  // Masking leaves each line JSON.
  expect(
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).level),
  ).toEqual([30, 50, 40]);
});

test('what merely resembles a token stays', () => {
  expect(logged((log) => log.info(`psa_${'x'.repeat(42)} psx_${'x'.repeat(43)}`))).toContain(`psa_${'x'.repeat(42)} psx_${'x'.repeat(43)}`);
});

test('LOG_LEVEL decides what is written', () => {
  expect(logged((log) => log.info('quiet'), 'warn')).toBe('');
  expect(logged((log) => log.warn('loud'), 'warn')).toContain('loud');
});
