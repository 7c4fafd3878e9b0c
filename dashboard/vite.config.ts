import { defineConfig } from 'vite';

/** `npm run build:dashboard`: dist/index.html and, with hashed names, dist/ui/assets/*. src/http/routes/dashboard.ts serves them. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  logLevel: 'warn',
  // The browser takes nothing from elsewhere and runs nothing inline (the server's policy says so), hence no inlined assets.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'ui/assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first with light-dark()
    reportCompressedSize: false,
  },
});
