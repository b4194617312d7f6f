import { beforeAll, describe, expect, it } from 'vitest';
import { END_PHASES, PHASES, type Phase, type Session } from '../../../lambda/core/session.ts';
import { ACTIVATION_FIELDS, type Transition } from '../../../lambda/core/session-store.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { makeSession } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores, stored } from './stores.ts';

const LEASE_MS = START_MS + 8_000;

/** A person has continued to AWS. */
export const ACTIVATION = {
  activation: {
    upstreamDeviceCode: 'upstream-device-code-2',
    userCode: 'LMNP-QRST',
    verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
    verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=LMNP-QRST',
  },
  activationExpiresAt: START_SECONDS + 600,
  intervalSeconds: 7,
  nextPollAtMs: START_MS + 7_000,
  registrationRef: 'eu-central-1 sso:account:access#2',
  registrationExpiresAt: START_SECONDS + 8_000_000,
  nowMs: START_MS,
};

/** Upstream has answered with tokens. */
export const AUTHORIZATION = {
  sealedTokens: 'newly-sealed',
  expiresAt: START_SECONDS + 28_800,
  portalSessionEndsAt: START_SECONDS + 604_800,
  nowMs: START_MS,
};

type Attempt = (stores: Stores, seen: Session) => Promise<Transition>;

/** Every transition, and the phases that it starts from. */
const TRANSITIONS: readonly { name: string; from: readonly Phase[]; attempt: Attempt }[] = [
  {
    name: 'claimPoll',
    from: ['pending'],
    attempt: ({ sessions }, seen) => sessions.claimPoll({ seen, nowMs: START_MS, leaseUntilMs: LEASE_MS }),
  },
  {
    name: 'authorize',
    from: ['pending'],
    attempt: ({ sessions }, { sessionId }) => sessions.authorize({ sessionId, ...AUTHORIZATION }),
  },
  {
    name: 'claimTokens',
    from: ['authorized'],
    attempt: ({ sessions }, { sessionId }) => sessions.claimTokens(sessionId, START_MS),
  },
  {
    name: 'countDelivery',
    from: ['claimed'],
    attempt: ({ sessions }, { sessionId }) => sessions.countDelivery(sessionId, 1, START_MS),
  },
  {
    name: 'activate',
    from: ['awaiting_operator'],
    attempt: ({ sessions }, { sessionId }) => sessions.activate({ sessionId, ...ACTIVATION }),
  },
  {
    name: 'end (as cancelled, from every phase that can be)',
    from: ['awaiting_operator', 'pending', 'authorized'],
    attempt: ({ sessions }, { sessionId }) =>
      sessions.end({
        sessionId,
        phase: 'cancelled',
        from: ['awaiting_operator', 'pending', 'authorized'],
        nowMs: START_MS,
        reason: 'out of service',
      }),
  },
];

/** A session as it looks in a phase. */
export function sessionIn(phase: Phase): Session {
  const delivered = phase === 'claimed' ? { deliveries: 1, claimedAtMs: START_MS, lastDeliveredAtMs: START_MS } : {};
  const sealed = phase === 'authorized' || phase === 'claimed' ? { sealedTokens: 'sealed', ...delivered } : {};
  return makeSession({ phase, ...sealed });
}

export function sessionTransitions(open: OpenStores): void {
  describe('session transitions', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    for (const { name, from, attempt } of TRANSITIONS) {
      it.each(PHASES.map((phase) => ({ phase, happens: from.includes(phase) })))(
        `${name} of a session that is $phase happens: $happens`,
        async ({ phase, happens }) => {
          const session = await stored(stores, sessionIn(phase));

          const transition = await attempt(stores, session);

          const now = await stores.sessions.read(session.sessionId);
          expect(transition).toEqual({ done: happens, session: now });
          if (!happens) expect(now).toEqual(session);
        },
      );

      it(`${name} of a session that is gone does not happen, and adds none`, async () => {
        const gone = makeSession();

        expect(await attempt(stores, gone)).toEqual({ done: false });
        expect(await stores.sessions.read(gone.sessionId)).toBeUndefined();
      });
    }

    it.each(END_PHASES.flatMap((phase) => END_PHASES.map((other) => ({ phase, other }))))(
      'a session that is $phase does not become $other, even from every phase that is none: ends are absorbing',
      async ({ phase, other }) => {
        const session = await stored(stores, sessionIn(phase));
        const from = PHASES.filter((candidate) => !(END_PHASES as readonly Phase[]).includes(candidate));

        const ended = await stores.sessions.end({ sessionId: session.sessionId, phase: other, from, nowMs: START_MS });

        expect(ended).toEqual({ done: false, session });
      },
    );

    it('authorize stores the sealed tokens, takes over their end and forgets the activation', async () => {
      const session = await stored(stores, makeSession());

      await TRANSITIONS[1]?.attempt(stores, session);

      const now = (await stores.sessions.read(session.sessionId)) as Session;
      const { nowMs, ...authorization } = AUTHORIZATION;
      expect(now).toMatchObject({ ...authorization, phase: 'authorized', authorizedAtMs: nowMs });
      expect(Object.keys(now)).not.toEqual(expect.arrayContaining([expect.toBeOneOf([...ACTIVATION_FIELDS])]));
    });

    it('authorize leaves the end of the portal session out where nobody knows it', async () => {
      const { sessionId } = await stored(stores, makeSession());

      await stores.sessions.authorize({ sessionId, ...AUTHORIZATION, portalSessionEndsAt: undefined });

      expect(await stores.sessions.read(sessionId)).not.toHaveProperty('portalSessionEndsAt');
    });

    it.each(['pending', 'authorized'] as const)(
      'an end of a session that is %s forgets activation and tokens',
      async (phase) => {
        const { sessionId } = await stored(stores, sessionIn(phase));

        await stores.sessions.end({
          sessionId,
          phase: 'denied',
          from: [phase],
          nowMs: START_MS,
          reason: 'a person said no',
        });

        const now = (await stores.sessions.read(sessionId)) as Session;
        expect(now).toMatchObject({ phase: 'denied', endedAtMs: START_MS, endReason: 'a person said no' });
        const secrets = [...ACTIVATION_FIELDS, 'sealedTokens'];
        expect(Object.keys(now).filter((member) => secrets.includes(member))).toEqual([]);
      },
    );

    it('an end without a reason leaves none behind', async () => {
      const { sessionId } = await stored(stores, makeSession());

      await stores.sessions.end({ sessionId, phase: 'expired', from: ['pending'], nowMs: START_MS });

      expect(await stores.sessions.read(sessionId)).not.toHaveProperty('endReason');
    });

    it('an end that waits until the session is due leaves a leased one alone', async () => {
      const { sessionId } = await stored(stores, makeSession({ nextPollAtMs: START_MS + 1 }));
      const ending = { sessionId, phase: 'expired', from: ['pending'], onlyWhenDue: true } as const;

      expect((await stores.sessions.end({ ...ending, nowMs: START_MS })).done).toBe(false);
      expect((await stores.sessions.end({ ...ending, nowMs: START_MS + 1 })).done).toBe(true);
    });

    it('a session that is past its end is written down as expired and as nothing else', async () => {
      const over = { expiresAt: START_SECONDS };
      const from = ['awaiting_operator', 'pending', 'authorized'] as const;

      for (const phase of from) {
        const { sessionId } = await stored(stores, makeSession({ phase, ...over }));
        const cancelled = await stores.sessions.end({ sessionId, phase: 'cancelled', from, nowMs: START_MS });
        const expired = await stores.sessions.end({ sessionId, phase: 'expired', from, nowMs: START_MS });

        expect([cancelled.done, cancelled.session?.phase, expired.session?.phase]).toEqual([false, phase, 'expired']);
      }
    });

    it('a session that is a second before its end can still be cancelled', async () => {
      const { sessionId } = await stored(stores, makeSession({ expiresAt: START_SECONDS + 1 }));

      const ending = { sessionId, phase: 'cancelled', from: ['pending'], nowMs: START_MS + 999 } as const;
      expect((await stores.sessions.end(ending)).done).toBe(true);
    });

    it('tokens cannot be claimed from the second at which they expire, also while the item is still there', async () => {
      const { sessionId } = await stored(stores, { ...sessionIn('authorized'), expiresAt: START_SECONDS + 1 });

      expect((await stores.sessions.claimTokens(sessionId, START_MS + 1_000)).done).toBe(false);
      expect((await stores.sessions.claimTokens(sessionId, START_MS + 999)).done).toBe(true);
    });

    it('50 first deliveries at once: one counts, all others are shown the claimed session', async () => {
      const { sessionId } = await stored(stores, sessionIn('authorized'));

      const claims = await atOnce(50, () => stores.sessions.claimTokens(sessionId, START_MS));

      expect(claims.filter((claim) => claim.done)).toHaveLength(1);
      expect(claims.every((claim) => claim.session?.phase === 'claimed')).toBe(true);
      expect(claims.every((claim) => claim.session?.deliveries === 1)).toBe(true);
    });

    it('20 repeated deliveries at once that saw the same count: one counts', async () => {
      const { sessionId } = await stored(stores, sessionIn('claimed'));

      const counted = await atOnce(20, () => stores.sessions.countDelivery(sessionId, 1, START_MS + 9));

      expect(counted.filter((delivery) => delivery.done)).toHaveLength(1);
      expect(await stores.sessions.read(sessionId)).toMatchObject({ deliveries: 2, lastDeliveredAtMs: START_MS + 9 });
    });

    it('20 different ends at once: one wins and stays', async () => {
      const { sessionId } = await stored(stores, makeSession());

      const ended = await atOnce(20, (index) =>
        stores.sessions.end({ sessionId, phase: 'denied', from: ['pending'], nowMs: START_MS, reason: `end ${index}` }),
      );

      const winners = ended.filter((ending) => ending.done).map((ending) => ending.session?.endReason);
      expect(winners).toEqual([(await stores.sessions.read(sessionId))?.endReason]);
    });
  });
}
