import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests of the whole wait for an interval to pass: two at a time also on a machine with two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['lambda/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 98, branches: 98 },
    },
  },
});
