import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstPollAtMs,
  type LoopView,
  leaseUntilMs,
  loopDueAtMs,
  loopWaitSeconds,
  nextPollAtMs,
  spacingSeconds,
  UPSTREAM_TIMEOUT_MS,
} from '../../lambda/core/poll-policy.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';

const paced = fc.record({
  intervalSeconds: fc.integer({ min: 0, max: 60 }),
  slowDowns: fc.integer({ min: 0, max: 40 }),
});

/** A session as the loop sees it, at any point of its life. */
const view: fc.Arbitrary<LoopView> = fc
  .record({
    paced,
    ageMs: fc.integer({ min: 0, max: 900_000 }),
    lifeSeconds: fc.integer({ min: 1, max: 900 }),
    nextMs: fc.integer({ min: -120_000, max: 120_000 }),
  })
  .map(({ paced, ageMs, lifeSeconds, nextMs }) => ({
    ...paced,
    createdAtMs: START_MS - ageMs,
    nextPollAtMs: START_MS + nextMs,
    expiresAt: START_SECONDS + lifeSeconds,
  }));

/** A session due now, so many seconds old, with so many left. */
function sessionAged(ageSeconds: number, own: Partial<LoopView> = {}): LoopView {
  return {
    intervalSeconds: 5,
    slowDowns: 0,
    createdAtMs: START_MS - ageSeconds * 1000,
    nextPollAtMs: START_MS,
    expiresAt: START_SECONDS + 600,
    ...own,
  };
}

describe('the spacing of upstream polls', () => {
  it.each([
    { intervalSeconds: 5, slowDowns: 0, spacing: 5 },
    { intervalSeconds: 5, slowDowns: 1, spacing: 10 },
    { intervalSeconds: 1, slowDowns: 3, spacing: 16 },
    { intervalSeconds: 0, slowDowns: 0, spacing: 1 },
    { intervalSeconds: 0, slowDowns: 2, spacing: 11 },
  ])(
    'interval $intervalSeconds s after $slowDowns slow_downs is $spacing s (RFC 8628 §3.5)',
    ({ spacing, ...session }) => {
      expect(spacingSeconds(session)).toBe(spacing);
    },
  );

  it('a claim is held until its call has timed out, and the spacing beyond', () => {
    expect(leaseUntilMs({ intervalSeconds: 5, slowDowns: 1 }, START_MS)).toBe(START_MS + UPSTREAM_TIMEOUT_MS + 10_000);
  });
});

describe('the next poll after one that left the session pending', () => {
  it.each([
    { failedPolls: 0, waits: 5 },
    { failedPolls: 1, waits: 10 },
    { failedPolls: 2, waits: 20 },
    { failedPolls: 3, waits: 40 },
    { failedPolls: 4, waits: 60 },
    { failedPolls: 500, waits: 60 },
  ])('after $failedPolls failed polls in a row it waits $waits s', ({ failedPolls, waits }) => {
    expect(nextPollAtMs({ intervalSeconds: 5, slowDowns: 0 }, START_MS, failedPolls)).toBe(START_MS + waits * 1000);
  });

  it('waits half a minute while upstream is at its quota, or as long as it would without', () => {
    const session = { intervalSeconds: 5, slowDowns: 0 };
    expect(nextPollAtMs(session, START_MS, 0, true)).toBe(START_MS + 30_000);
    expect(nextPollAtMs(session, START_MS, 3, true)).toBe(START_MS + 40_000);
    expect([true, false].map((atQuota) => firstPollAtMs(5, START_MS, atQuota))).toEqual([
      START_MS + 30_000,
      START_MS + 5_000,
    ]);
    expect(firstPollAtMs(60, START_MS, true)).toBe(START_MS + 60_000);
  });

  it('trouble never shortens a spacing that is longer than the longest back-off', () => {
    expect(nextPollAtMs({ intervalSeconds: 5, slowDowns: 20 }, START_MS, 3)).toBe(START_MS + 105_000);
  });

  it('is never closer than interval + 5 × slow_downs (RFC 8628 §3.5)', () => {
    fc.assert(
      fc.property(paced, fc.nat({ max: 1_000 }), (session, failedPolls) => {
        const waitMs = nextPollAtMs(session, START_MS, failedPolls) - START_MS;
        expect(waitMs).toBeGreaterThanOrEqual(1000 * (session.intervalSeconds + 5 * session.slowDowns));
        expect(Number.isSafeInteger(waitMs)).toBe(true);
      }),
    );
  });
});

describe('the polling loop', () => {
  it.each([
    { ageSeconds: 5, after: 2, why: 'some slack behind a device that polls by itself' },
    { ageSeconds: 55, after: 2, why: 'no more than the slack in the first minute' },
    { ageSeconds: 120, after: 10, why: 'every 15 s altogether after two minutes' },
    { ageSeconds: 240, after: 25, why: 'every 30 s altogether after four minutes' },
    { ageSeconds: 500, after: 25, why: 'never rarer than every 30 s' },
  ])('takes a session of $ageSeconds s $after s after it is due: $why', ({ ageSeconds, after }) => {
    expect(loopDueAtMs(sessionAged(ageSeconds), START_MS)).toBe(START_MS + after * 1000);
  });

  it('looks once more 2 s before the end, however long it would have waited', () => {
    expect(loopDueAtMs(sessionAged(590, { expiresAt: START_SECONDS + 10 }), START_MS)).toBe(START_MS + 8_000);
  });

  it('comes at the end itself when there may be no poll before it', () => {
    const session = sessionAged(590, { expiresAt: START_SECONDS + 10, nextPollAtMs: START_MS + 9_000 });

    expect(loopDueAtMs(session, START_MS)).toBe(START_MS + 10_000);
  });

  it('waits for a poll that is under way at the end', () => {
    const session = sessionAged(595, { expiresAt: START_SECONDS + 2, nextPollAtMs: START_MS + 8_000 });

    expect(loopDueAtMs(session, START_MS)).toBe(START_MS + 8_000);
  });

  it('looks before the end of the upstream code of a deferred session, and ages with it', () => {
    const session = sessionAged(80_000, {
      activatedAtMs: START_MS - 5_000,
      activationExpiresAt: START_SECONDS + 10,
      nextPollAtMs: START_MS + 7_000,
      expiresAt: START_SECONDS + 6_000,
    });

    expect(loopDueAtMs(session, START_MS)).toBe(START_MS + 8_000);
    expect(loopDueAtMs({ ...session, nextPollAtMs: START_MS }, START_MS)).toBe(START_MS + 2_000);
  });

  it('never takes a session before it may be polled', () => {
    fc.assert(
      fc.property(view, (session) => {
        expect(loopDueAtMs(session, START_MS)).toBeGreaterThanOrEqual(session.nextPollAtMs);
      }),
    );
  });

  it('takes every session by its end at the latest, or as soon after it as it may be polled', () => {
    fc.assert(
      fc.property(view, (session) => {
        const latest = Math.max(session.expiresAt * 1000, session.nextPollAtMs);
        expect(loopDueAtMs(session, START_MS)).toBeLessThanOrEqual(latest);
      }),
    );
  });

  it('eases with age: an older session is never taken sooner', () => {
    fc.assert(
      fc.property(view, fc.integer({ min: 0, max: 600_000 }), (session, olderByMs) => {
        const older = { ...session, createdAtMs: session.createdAtMs - olderByMs };
        expect(loopDueAtMs(older, START_MS)).toBeGreaterThanOrEqual(loopDueAtMs(session, START_MS));
      }),
    );
  });

  it('waits a whole number of seconds, at least 1 (a Wait state takes nothing else), and until the first is due', () => {
    fc.assert(
      fc.property(fc.array(view, { minLength: 1, maxLength: 10 }), (sessions) => {
        const waitSeconds = loopWaitSeconds(sessions, START_MS);
        const firstDueMs = Math.min(...sessions.map((session) => loopDueAtMs(session, START_MS)));
        expect(Number.isSafeInteger(waitSeconds)).toBe(true);
        expect(waitSeconds).toBe(Math.max(1, Math.ceil((firstDueMs - START_MS) / 1000)));
      }),
    );
  });
});
