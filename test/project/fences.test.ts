import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The import rules of the README's architecture hold only if the linter can fail on them: each fence is shown one intruder and one guest. */

const root = resolve(import.meta.dirname, '..', '..');
const IMPORTS = 'lint/style/noRestrictedImports';
const GLOBALS = 'lint/style/noRestrictedGlobals';
const CLOCK = 'plugin';

interface Sample {
  readonly file: string;
  readonly code: string;
  /** The diagnostic that must come, or null: the file must pass. */
  readonly expected: string | null;
}
const imports = (from: string): string => `import { x } from '${from}';\nexport const y = x;\n`;
const no = (folder: string, from: string): Sample => ({ file: `${folder}/no.ts`, code: imports(from), expected: IMPORTS });
const yes = (folder: string, from: string): Sample => ({ file: `${folder}/yes.ts`, code: imports(from), expected: null });
const code = (file: string, text: string, expected: string | null): Sample => ({ file, code: `${text}\n`, expected });

const samples: Sample[] = [
  no('schemas', '#domain/model.ts'),
  no('schemas', 'fastify'),
  no('schemas', 'node:fs'),
  yes('schemas', 'typebox'),
  yes('schemas', './scalars.ts'),
  no('src/domain', 'uuidv7'),
  no('src/domain', 'node:crypto'),
  no('src/domain', '#storage/open.ts'),
  no('src/domain', '#coordinator/port.ts'),
  no('src/domain', '#src/clock.ts'),
  no('src/domain', '../clock.ts'),
  no('src/domain', './../clock.ts'),
  no('src/domain', '#schemas/validator.ts'),
  yes('src/domain', '#schemas/vocabulary.ts'),
  yes('src/domain', './model.ts'),
  no('src/storage', '#coordinator/batch.ts'),
  no('src/storage', 'aedes'),
  no('src/storage', '#src/app.ts'),
  yes('src/storage', '@mikro-orm/core'),
  yes('src/storage/entities', '#domain/model.ts'),
  no('src/coordinator', '#http/server.ts'),
  no('src/coordinator', '#mqtt/embedded.ts'),
  no('src/coordinator', '@mikro-orm/core'),
  no('src/coordinator', 'node:timers/promises'),
  yes('src/coordinator', '#storage/open.ts'),
  yes('src/coordinator', '#src/clock.ts'),
  no('src/mqtt', '#http/server.ts'),
  no('src/mqtt', '#delivery/webhook.ts'),
  no('src/mqtt', '#storage/open.ts'),
  no('src/mqtt', '#coordinator/batch.ts'),
  no('src/mqtt', 'fastify'),
  yes('src/mqtt', '#coordinator/port.ts'),
  yes('src/mqtt', 'aedes'),
  yes('src/mqtt', 'node:stream'),
  no('src/http', '#mqtt/embedded.ts'),
  no('src/http', '#delivery/webhook.ts'),
  no('src/http', '#coordinator/batch.ts'),
  no('src/http', 'aedes'),
  yes('src/http/routes', '#storage/queries.ts'),
  yes('src/http', 'fastify'),
  yes('src/http', '#coordinator/port.ts'),
  no('src/delivery', '#mqtt/embedded.ts'),
  no('src/delivery', '#http/server.ts'),
  no('src/delivery', '#storage/open.ts'),
  yes('src/delivery', '#coordinator/port.ts'),
  no('src/client', '#domain/model.ts'),
  no('src/client', '#mqtt/topics.ts'),
  no('src/client', 'fastify'),
  yes('src/client', 'mqtt'),
  yes('src/client', '#schemas/messages.ts'),
  no('src/mcp', '#coordinator/port.ts'),
  no('src/mcp', '#src/app.ts'),
  yes('src/mcp', '#client/client.ts'),
  no('src/cli', '#storage/open.ts'),
  no('src/cli', '#coordinator/port.ts'),
  no('src/cli', '#domain/model.ts'),
  yes('src/cli', '#src/app.ts'),
  { ...yes('src/cli', '#storage/open.ts'), file: 'src/cli/migrate.ts' },
  yes('src/cli', 'commander'),
  no('dashboard', '#domain/model.ts'),
  no('dashboard', '#http/feed/feed.ts'),
  yes('dashboard', '#schemas/resources.ts'),
  { ...no('src', '#http/server.ts'), file: 'src/main.ts' },
  { ...no('src', 'aedes'), file: 'src/clock.ts' },
  { ...yes('src', '#mqtt/embedded.ts'), file: 'src/app.ts' },
  no('src', '#src/app.ts'),
  no('test', '../src/app.ts'),
  yes('test', '#src/app.ts'),
  code('src/coordinator/timer.ts', 'setTimeout(() => {}, 5);', GLOBALS),
  code('src/http/timer.ts', 'export const t = setInterval;', GLOBALS),
  code('src/coordinator/hidden.ts', 'globalThis.setTimeout(() => {}, 5);', CLOCK),
  code('src/client/timer.ts', 'setTimeout(() => {}, 5);', null),
  code('src/domain/now.ts', 'export const now = Date.now();', CLOCK),
  code('src/mqtt/now.ts', 'export const now = new Date();', CLOCK),
  code('src/storage/now.ts', 'export const now = performance.now();', CLOCK),
  code('schemas/now.ts', 'export const now = new Date();', CLOCK),
  code('src/storage/then.ts', 'export const date = (at: number) => new Date(at);', null),
  code('src/client/now.ts', 'export const now = Date.now();', null),
  code('src/http/env.ts', 'export const home = process.env.HOME;', 'lint/style/noProcessEnv'),
  code('src/config.ts', 'export const home = process.env.HOME;', null),
  code('src/http/console.ts', "console.log('hello');", 'lint/suspicious/noConsole'),
  code('src/http/default.ts', 'export default 1;', 'lint/style/noDefaultExport'),
  code('src/http/floating.ts', 'const work = async (): Promise<void> => {};\nwork();', 'lint/nursery/noFloatingPromises'),
  code('src/domain/enum.ts', 'export enum Colour {\n  Red,\n}', 'lint/style/noEnum'),
  code('src/domain/left.ts', "import { right } from './right.ts';\nexport const left = (): unknown => right;", 'lint/suspicious/noImportCycles'),
  code('src/domain/right.ts', "import { left } from '#domain/left.ts';\nexport const right = (): unknown => left;", 'lint/suspicious/noImportCycles'),
];

/** Two samples of one folder must not share a file. */
const numbered = samples.map((sample, i) => ({ ...sample, file: sample.file.replace(/\/(no|yes)\.ts$/, `/$1${i}.ts`) }));

let folder = '';
const found = new Map<string, string[]>();

/** What Biome says about the samples, by file: one run in a folder of its own, under this project's configuration. */
async function lint(): Promise<void> {
  for (const name of ['.biome.jsonc', '.config', '.gitignore', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const sample of numbered) {
    mkdirSync(dirname(join(folder, sample.file)), { recursive: true });
    writeFileSync(join(folder, sample.file), sample.code);
  }
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error', 'schemas', 'src', 'dashboard', 'test'];
  const out = await new Promise<string>((done) => execFile(biome, args, { cwd: folder, maxBuffer: 16 << 20 }, (_, stdout) => done(stdout)));
  // The reporter's own format; only these two fields are read.
  const report = JSON.parse(out) as { diagnostics: { category: string; location: { path: string } }[] };
  for (const { category, location } of report.diagnostics) found.set(location.path, [...(found.get(location.path) ?? []), category]);
}

describe('the fences', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fences-'));
    await lint();
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(numbered.map((s) => [s.expected === null ? 'lets pass' : 'stops', s.file, s.code.split('\n')[0], s] as const))('%s %s: %s', (_, file, __, sample) => {
    if (sample.expected === null) expect(found.get(file) ?? []).toEqual([]);
    else expect(found.get(file) ?? []).toContain(sample.expected);
  });
});
