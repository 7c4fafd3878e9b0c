import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The command and the SDK as those have them who install the package: plain JavaScript below node_modules, whatever Node they run. */

const root = resolve(import.meta.dirname, '..', '..');
const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; engines: { node: string } }; // as: npm's format
const needed = engines.node.replace('>=', '');

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
const run = (program: string, args: string[], cwd: string): Promise<Ran> =>
  new Promise((done) => {
    const child = execFile(program, args, { cwd, maxBuffer: 16 << 20 }, (_, out, err) => done({ code: child.exitCode ?? -1, out, err }));
  });

let folder = '';
let home = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], root);
  expect(packed, packed.err).toMatchObject({ code: 0 });
  const unpacked = await run('tar', ['-xzf', join(folder, `ping-system-${version}.tgz`), '-C', folder], folder);
  expect(unpacked, unpacked.err).toMatchObject({ code: 0 });
  home = join(folder, 'node_modules', 'ping-system');
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(folder, 'package'), home, { recursive: true });
  // Its dependencies are those of this checkout: nothing is downloaded.
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('holds no TypeScript but declarations, and no tests', async () => {
    const { out } = await run('tar', ['-tzf', join(folder, `ping-system-${version}.tgz`)], folder);
    const files = out.trim().split('\n');
    expect(files.filter((file) => (file.endsWith('.ts') && !file.endsWith('.d.ts')) || file.includes('/test/'))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'package/src/bin.cjs',
        'package/dist/src/main.js',
        'package/dist/schemas/json/ping.schema.json',
        'package/dist/dashboard/dist/index.html',
        'package/LICENSE',
      ]),
    );
    expect(existsSync(join(home, 'src', 'main.ts'))).toBe(false);
  });

  it('runs the command', async () => {
    const help = await run(process.execPath, [join(home, 'src', 'bin.cjs'), '--help'], folder);
    expect(help, help.err).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('ping-system');
    const told = await run(process.execPath, [join(home, 'src', 'bin.cjs'), '--version'], folder);
    expect(told).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it('gives the SDK and the schemas to those who import them', async () => {
    const file = join(folder, 'agent.mjs');
    const schema = "(await import('ping-system/schemas/ping.json', { with: { type: 'json' } })).default.$id";
    writeFileSync(file, `const sdk = await import('ping-system/client');\nconsole.log(Object.keys(sdk).length > 0, ${schema});\n`);
    const ran = await run(process.execPath, [file], folder);
    expect(ran, ran.err).toMatchObject({ code: 0, out: 'true ping.schema.json\n' });
  });

  it('types the SDK', async () => {
    writeFileSync(join(folder, 'agent.mts'), "import * as sdk from 'ping-system/client';\nexport type Sdk = typeof sdk;\nexport const no: number = sdk;\n");
    const args = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules', '@types'),
      'agent.mts',
    ];
    const { out } = await run(join(root, 'node_modules', '.bin', 'tsc'), args, folder);
    // The one wrong line, and nothing about modules that were not found.
    expect(
      out
        .trim()
        .split('\n')
        .filter((line) => line.includes('error')),
    ).toEqual([expect.stringMatching(/^agent\.mts\(3,14\): error TS2322/)]);
  });
});

describe('a Node that is too old', () => {
  const message = (found: string): string => `ping-system needs Node ${needed} or newer; this is ${found}\n`;
  const entries = (): [string, string[]][] => [
    ['the installed command', [join(home, 'src', 'bin.cjs'), '--help']],
    ['the command in the repository', [join(root, 'src', 'bin.cjs'), '--help']],
    ['npm start', ['--require', join(root, 'src', 'node-version.cjs'), join(root, 'src', 'main.ts'), '--help']],
  ];

  it.each(['16.20.2', '20.20.2', '22.16.9'])('%s is told so in one line, exit 1', async (old) => {
    const disguise = join(folder, `as-${old}.cjs`);
    writeFileSync(disguise, `Object.defineProperty(process.versions, 'node', { value: '${old}' });\n`);
    for (const [, args] of entries()) {
      expect(await run(process.execPath, ['--require', disguise, ...args], folder)).toEqual({ code: 1, out: '', err: message(old) });
    }
  });

  it.each(['22.17.0', '22.18.1', '24.0.0', '100.1.0'])('%s is not too old', async (fit) => {
    const disguise = join(folder, `as-${fit}.cjs`);
    writeFileSync(disguise, `Object.defineProperty(process.versions, 'node', { value: '${fit}' });\n`);
    expect(await run(process.execPath, ['--require', disguise, join(root, 'src', 'node-version.cjs')], folder)).toEqual({ code: 0, out: '', err: '' });
  });

  it('npm start loads that check first', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }; // as: npm's format
    expect(scripts.start).toMatch(/^exec node .*--require \.\/src\/node-version\.cjs src\/main\.ts$/);
  });

  // The disguise above proves the comparison; a real one also proves that it can read the files.
  const real = '/usr/bin/node';
  it.skipIf(!existsSync(real))('the system’s own node says the same, if it is too old', async () => {
    const found = (await run(real, ['-p', 'process.versions.node'], folder)).out.trim();
    const [major = 0, minor = 0] = found.split('.').map(Number);
    if (major > 22 || (major === 22 && minor >= 17)) return;
    for (const [name, args] of entries()) expect(await run(real, args, folder), name).toEqual({ code: 1, out: '', err: message(found) });
  });
});
