import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { deafEmitter, SessionPersistence } from '#mqtt/aedes-port.ts';
import { Router } from '#mqtt/router.ts';
import { Sessions } from '#mqtt/sessions.ts';
import { Wall } from '#mqtt/wall.ts';

const AEDES = dirname(fileURLToPath(import.meta.resolve('aedes')));

/** Every name that Aedes' own code takes from this property. */
async function namesFrom(property: string): Promise<string[]> {
  const names = new Set<string>();
  for await (const file of glob('{aedes.js,lib/**/*.js}', { cwd: AEDES })) {
    const code = await readFile(join(AEDES, file), 'utf8');
    for (const [, name = ''] of code.matchAll(new RegExp(`\\b${property}\\??\\.(\\w+)`, 'g'))) names.add(name);
  }
  return [...names];
}

test.each([
  [
    'persistence',
    new SessionPersistence(new Sessions(new Router(), 1), () => undefined, new Wall(() => undefined, { debug: () => {}, warn: () => {}, error: () => {} }), {
      onAcknowledged: () => {},
      onReleased: async () => {},
    }),
    { least: 15, among: 'incomingStorePacket' },
  ],
  ['mq', deafEmitter, { least: 4, among: 'emit' }],
])('%s: there is all that Aedes may call', async (property, ours, { least, among }) => {
  const names = await namesFrom(property);
  expect(names.length).toBeGreaterThanOrEqual(least);
  expect(names).toContain(among);
  expect(names.filter((name) => typeof Reflect.get(ours, name) !== 'function')).toEqual([]);
});
