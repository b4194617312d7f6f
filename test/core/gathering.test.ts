import { expect, it } from 'vitest';
import { type LoopView, loopWaitSeconds } from '../../lambda/core/poll-policy.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';

/** A young session whose next poll is due then. */
const view = (own: Partial<LoopView>): LoopView => ({
  intervalSeconds: 5,
  slowDowns: 0,
  createdAtMs: START_MS,
  nextPollAtMs: START_MS,
  expiresAt: START_SECONDS + 600,
  ...own,
});

it('a cohort is not gathered past the last look at a session that is about to expire', () => {
  // Due in 2 s, and looked at for the last time in 5 s: two seconds before its end.
  const expiring = view({ expiresAt: START_SECONDS + 7 });
  const soonAfter = view({ nextPollAtMs: START_MS + 4_000 });

  expect(loopWaitSeconds([expiring, soonAfter], START_MS, 5)).toBe(2);
  expect(loopWaitSeconds([view({}), soonAfter], START_MS, 5)).toBe(6);
});
