import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, 'dist');
/** Below this a compressed file is no smaller in packets. */
const MIN_BYTES = 1024;

/** Scripts and styles also lie there compressed, once and well, and the server sends them as they are. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    writeBundle(_options, bundle) {
      for (const name of Object.keys(bundle).filter((file) => /\.(js|css|svg)$/.test(file))) {
        const content = readFileSync(join(OUT, name));
        if (content.length < MIN_BYTES) continue;
        writeFileSync(join(OUT, `${name}.br`), brotliCompressSync(content));
        writeFileSync(join(OUT, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** `npm run build:dashboard`: dist/index.html and, with hashed names, dist/ui/assets/*. src/http/routes/dashboard.ts serves them. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  logLevel: 'warn',
  plugins: [compressed()],
  // The browser takes nothing from elsewhere and runs nothing inline (the server's policy says so), hence no inlined assets.
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: true, // for check:dashboard-size
    assetsDir: 'ui/assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first with light-dark()
    reportCompressedSize: false,
  },
});
