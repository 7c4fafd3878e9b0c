import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/**
 * `npm run build`: dist/ for the published package, because Node refuses to strip types inside node_modules.
 *
 * Each TypeScript file becomes the JavaScript file of the same place, lines and columns unchanged (types turn into blanks, so stack
 * traces need no source maps). dist/package.json carries the same `imports` map, by which `#room/x.js` finds its room inside dist.
 * Declarations are made for the agents' SDK alone: it is all that others import.
 */
const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** `from './x.ts'`, `import('#room/x.ts')`, `import './x.ts'`: only our own files have such names. */
const OUR_IMPORT = /(\b(?:from|import)\s*\(?\s*)(['"])((?:\.\/|#)[^'"\n]+)\.ts\2/g;
const toJavaScript = (code: string): string => code.replace(OUR_IMPORT, '$1$2$3.js$2');

function write(file: string, text: string): void {
  mkdirSync(dirname(join(dist, file)), { recursive: true });
  writeFileSync(join(dist, file), text);
}

/** Any other way to name a TypeScript file (a worker's URL, a glob) would break only once published. */
const LEFT_OVER = /['"`](?:\.|#)[^'"`\s]*\.ts['"`]/;

function scripts(): number {
  const files = globSync('{schemas,src}/**/*.ts', { cwd: root, exclude: ['schemas/emit.ts'] });
  for (const file of files) {
    const code = toJavaScript(stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')));
    const left = LEFT_OVER.exec(code);
    if (left !== null) throw new Error(`${file} names ${left[0]} outside an import: it will not exist in dist`);
    write(file.replace(/\.ts$/, '.js'), code);
  }
  return files.length;
}

/** What is neither TypeScript nor the command's entry goes along as it is. */
function assets(): void {
  for (const file of globSync('{schemas,src}/**/*.*', { cwd: root, exclude: ['**/*.ts', '**/*.cjs'] })) cpSync(join(root, file), join(dist, file));
}

function declarations(): void {
  execFileSync('tsc', ['-p', join(root, '.config', 'tsconfig.client.json'), '--outDir', dist], { cwd: root, stdio: 'inherit' });
  for (const file of globSync('**/*.d.ts', { cwd: dist })) write(file, toJavaScript(readFileSync(join(dist, file), 'utf8')));
}

function packageFile(): void {
  const { name, version, license, type, engines, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  write('package.json', `${JSON.stringify({ name, version, license, type, engines, imports, private: true }, null, 2)}\n`);
}

/** Built by itself; it lies as far from dist/src as dashboard/dist from src. */
function dashboard(): void {
  execFileSync(process.execPath, [join(root, '.config', 'prepare.cjs')], { cwd: root, stdio: 'inherit' });
  cpSync(join(root, 'dashboard', 'dist'), join(dist, 'dashboard', 'dist'), { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
const count = scripts();
assets();
dashboard();
packageFile();
declarations();
process.stdout.write(`dist: ${count} files\n`);
