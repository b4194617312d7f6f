/** `npm run test:deploy`: what needs tools from PyPI. Its files end in `.deploy.ts`, so that `npm test` leaves them out. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/**/*.deploy.ts'],
    globalSetup: ['test/deploy/python-tools.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // One emulator and one CDK CLI at a time: each takes a core.
    fileParallelism: false,
  },
});
