import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    globalSetup: ['test/support/services.setup.ts', 'test/support/dashboard.setup.ts'],
    // One process per file: brokers, databases and signal handlers of one file never meet another's.
    pool: 'forks',
    isolate: true,
    // They mostly wait for processes, browsers and clocks: two at a time even where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A test waits on conditions; these only end what hangs. Two cores shared with a broker can be slow.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
});
