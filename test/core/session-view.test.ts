import { describe, expect, it } from 'vitest';
import type { Session } from '../../lambda/core/session.ts';
import { sessionView } from '../../lambda/core/session-view.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';

const seen = (own: Partial<Session> = {}, nowMs = START_MS) => sessionView(makeSession(own), nowMs);
const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** What a deferred session has besides, once a person has opened it. */
const ACTIVATION: Partial<Session> = {
  upstreamUserCode: 'WXYZ-1234',
  upstreamVerificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=WXYZ-1234',
  activationExpiresAt: START_SECONDS + 300,
  activations: 1,
};

describe('a session, for operators', () => {
  it.each(['pending', 'awaiting_operator'] as const)(
    'that is %s shows the code that somebody may have to type',
    (phase) => {
      expect(seen({ phase, userCode: 'BCDF-GHJK' })).toMatchObject({
        phase,
        userCode: 'BCDF-GHJK',
        verificationUri: expect.stringMatching(/^https:/),
        verificationUriComplete: expect.stringContaining('BCDF-GHJK'),
        nextPollAt: expect.any(String),
      });
    },
  );

  it.each(['authorized', 'claimed', 'denied', 'cancelled'] as const)('that is %s shows no code any more', (phase) => {
    const view = seen({ phase, userCode: 'BCDF-GHJK' });

    expect(JSON.stringify(view)).not.toContain('BCDF-GHJK');
    expect(view.nextPollAt).toBeUndefined();
  });

  it('is expired, without a code and without seconds left, at the second it expires', () => {
    const { expiresAt } = makeSession();

    expect(seen({}, expiresAt * 1000 - 1)).toMatchObject({ phase: 'pending', secondsLeft: 1 });
    const view = seen({}, expiresAt * 1000 + 60_000);
    expect(view).toMatchObject({ phase: 'expired', secondsLeft: 0 });
    expect(view).not.toHaveProperty('userCode');
  });

  it('that is approved at once has no activation', () => {
    const view = seen();

    expect(view.approval).toBe('immediate');
    expect(view).not.toHaveProperty('activation');
  });

  it('that a person has opened shows AWS’s own code and page, until that ends', () => {
    const deferred = { phase: 'pending', activatedAtMs: START_MS - 1_000, ...ACTIVATION } as const;

    expect(seen(deferred)).toMatchObject({
      approval: 'deferred',
      activatedAt: new Date(START_MS - 1_000).toISOString(),
      activation: {
        userCode: 'WXYZ-1234',
        verificationUriComplete: expect.stringContaining('WXYZ-1234'),
        expiresAt: isoOf(START_SECONDS + 300),
      },
    });
    expect(seen(deferred, (START_SECONDS + 300) * 1000)).not.toHaveProperty('activation');
  });

  it('shows the end of the portal session and of the registration once they are known', () => {
    const ends = { portalSessionEndsAt: START_SECONDS + 28_800, registrationExpiresAt: START_SECONDS + 7_000_000 };

    expect(seen(ends)).toMatchObject({
      portalSessionEndsAt: isoOf(START_SECONDS + 28_800),
      registrationExpiresAt: isoOf(START_SECONDS + 7_000_000),
    });
    const { registrationExpiresAt: _, ...session } = makeSession();
    expect(sessionView(session, START_MS)).toMatchObject({
      portalSessionEndsAt: undefined,
      registrationExpiresAt: undefined,
    });
  });

  it('never shows what opens anything', () => {
    const secrets = {
      upstreamDeviceCode: 'a secret 1',
      sealPublicKey: 'a secret 2',
      sealedTokens: 'a secret 3',
      registrationRef: 'a secret 4',
    };

    for (const phase of ['pending', 'authorized', 'claimed'] as const)
      expect(JSON.stringify(seen({ phase, ...secrets }))).not.toMatch(/a secret/);
  });
});
