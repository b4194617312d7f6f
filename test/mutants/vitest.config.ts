/** `npm run test:mutants`: the suites that run in one process, without a local broker, a browser or a whole synthesis. */
import { defineConfig } from 'vitest/config';

/** They look at what the whole process writes: each needs one of its own. */
const ALONE = ['test/observability/{emf,log-lines}.test.ts'];

const TOGETHER = [
  'test/core/**/*.test.ts',
  'test/adapters/**/*.test.ts',
  'test/auth/{device-identity,handle-bearer,private-key-jwt,public-keys}.test.ts',
  'test/credentials/{container-answers,kept,pins,portal-trouble}.test.ts',
  'test/custody/**/*.test.ts',
  'test/deferred/**/*.test.ts',
  'test/events/{event-bridge,publish-events,schemas,session-events,stream-record}.test.ts',
  'test/observability/{catalogue,correlation,count-sessions,count-waiting,secret,stream-batch}.test.ts',
  'test/ops/{acts,client-role,cursors,summary}.test.ts',
];

/** Slow, and nothing is covered by them alone: a real clock, every interleaving of a model, DynamoDB Local. */
const LEFT_OUT = [
  'test/**/local-*.test.ts',
  'test/adapters/store-contract-streams.test.ts',
  'test/core/device-flow-model.test.ts',
];

const shared = {
  // Where no program is found there is no Java, and the store contract leaves DynamoDB Local out.
  env: { PATH: '' },
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'alone', include: ALONE } },
      // Mutants that only a fresh start could show are left out, so a worker may serve many files.
      { test: { ...shared, name: 'together', include: TOGETHER, exclude: LEFT_OUT, isolate: false } },
    ],
  },
});
