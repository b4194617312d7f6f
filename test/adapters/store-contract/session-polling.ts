import { beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../lambda/core/session.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { makeSession } from '../../support/fake-records.ts';
import { AUTHORIZATION, sessionIn } from './session-transitions.ts';
import { atOnce, type OpenStores, type Stores, stored } from './stores.ts';

const LEASE_MS = START_MS + 8_000;
const NEXT_MS = START_MS + 5_200;

export function sessionPolling(open: OpenStores): void {
  describe('polling a session', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    const claim = (seen: Session, nowMs = START_MS, leaseUntilMs = LEASE_MS) =>
      stores.sessions.claimPoll({ seen, nowMs, leaseUntilMs });

    const record = (sessionId: string, own: Partial<Parameters<Stores['sessions']['recordPoll']>[0]> = {}) =>
      stores.sessions.recordPoll({
        sessionId,
        leaseUntilMs: LEASE_MS,
        nextPollAtMs: NEXT_MS,
        slowDown: false,
        failedPolls: 0,
        invalidGrants: 0,
        ...own,
      });

    const read = async (sessionId: string): Promise<Session> => (await stores.sessions.read(sessionId)) as Session;

    it('50 claims at once: one wins, and the others are shown its lease', async () => {
      const session = await stored(stores, makeSession());

      const claims = await atOnce(50, (index) => claim(session, START_MS, LEASE_MS + index));

      const winners = claims.filter((attempt) => attempt.done);
      expect(winners).toHaveLength(1);
      expect(new Set(claims.map((attempt) => attempt.session?.nextPollAtMs))).toEqual(
        new Set([winners[0]?.session?.nextPollAtMs]),
      );
      expect((await read(session.sessionId)).polls).toBe(1);
    });

    it('a claim counts the poll, takes the lease and touches nothing else', async () => {
      const session = await stored(stores, makeSession({ polls: 3 }));

      await claim(session);

      expect(await read(session.sessionId)).toEqual({
        ...session,
        polls: 4,
        nextPollAtMs: LEASE_MS,
        leaseUntilMs: LEASE_MS,
      });
    });

    it('a session is not claimed before it is due', async () => {
      const session = await stored(stores, makeSession({ nextPollAtMs: START_MS + 1 }));

      expect((await claim(session, START_MS)).done).toBe(false);
      expect((await claim(session, START_MS + 1)).done).toBe(true);
    });

    it('a session is not claimed from the second at which it expires, also while the item is still there', async () => {
      const session = await stored(stores, makeSession({ expiresAt: START_SECONDS + 1 }));

      expect((await claim(session, START_MS + 1_000)).done).toBe(false);
      expect((await claim(session, START_MS + 999)).done).toBe(true);
    });

    it('a claimer that saw the session before another poll of it does not get it', async () => {
      const session = await stored(stores, makeSession());
      await claim(session);
      await record(session.sessionId, { nextPollAtMs: NEXT_MS });

      expect((await claim(session, NEXT_MS)).done).toBe(false);
      expect((await claim(await read(session.sessionId), NEXT_MS)).done).toBe(true);
    });

    it('a claimer that does not know of a slow_down does not get the session', async () => {
      const session = await stored(stores, makeSession({ slowDowns: 1 }));

      expect((await claim({ ...session, slowDowns: 0 })).done).toBe(false);
    });

    it('a lease that ran out is taken over', async () => {
      const session = await stored(stores, makeSession());
      await claim(session);
      const leased = await read(session.sessionId);

      expect((await claim(leased, LEASE_MS - 1, LEASE_MS + 8_000)).done).toBe(false);
      expect((await claim(leased, LEASE_MS, LEASE_MS + 8_000)).done).toBe(true);
    });

    it('a poll that left the session pending writes the poll fields and nothing else', async () => {
      const session = await stored(stores, makeSession());
      await claim(session);

      await record(session.sessionId, { slowDown: true, failedPolls: 2, invalidGrants: 1 });

      const claimed = { polls: 1, leaseUntilMs: LEASE_MS };
      const written = { nextPollAtMs: NEXT_MS, slowDowns: 1, failedPolls: 2, invalidGrants: 1 };
      expect(await read(session.sessionId)).toEqual({ ...session, ...claimed, ...written });
    });

    it('a poll whose lease was taken over does not schedule any more', async () => {
      const session = await stored(stores, makeSession());
      await claim(session);
      const leased = await read(session.sessionId);
      await claim(leased, LEASE_MS, LEASE_MS + 8_000);
      const takenOver = await read(session.sessionId);

      await record(session.sessionId, { failedPolls: 1, invalidGrants: 1 });

      expect(await read(session.sessionId)).toEqual(takenOver);
    });

    it('a slow_down counts for good also when its poll lost the lease, and puts off the next poll (RFC 8628 §3.5)', async () => {
      const session = await stored(stores, makeSession());
      await claim(session);
      await claim(await read(session.sessionId), LEASE_MS, LEASE_MS + 8_000);
      const takenOver = await read(session.sessionId);

      await record(session.sessionId, { slowDown: true, failedPolls: 1 });

      expect(await read(session.sessionId)).toEqual({
        ...takenOver,
        slowDowns: 1,
        nextPollAtMs: takenOver.nextPollAtMs + 5_000,
      });
    });

    it.each(['authorized', 'claimed', 'denied', 'expired', 'cancelled', 'superseded', 'failed'] as const)(
      'a poll that comes late changes nothing of a session that is %s',
      async (phase) => {
        const session = await stored(stores, { ...sessionIn(phase), nextPollAtMs: LEASE_MS });

        await record(session.sessionId, { slowDown: true });

        expect(await read(session.sessionId)).toEqual(session);
      },
    );

    it('a poll of a session that is gone adds none', async () => {
      const { sessionId } = makeSession();

      await record(sessionId, { slowDown: true });

      expect(await stores.sessions.read(sessionId)).toBeUndefined();
    });

    it('an approval and an end at once: one of them holds, whole', async () => {
      const session = await stored(stores, makeSession());
      const { sessionId } = session;

      const [authorized, ended] = await Promise.all([
        stores.sessions.authorize({ sessionId, ...AUTHORIZATION }),
        stores.sessions.end({ sessionId, phase: 'superseded', from: ['pending'], nowMs: START_MS }),
      ]);

      expect([authorized.done, ended.done].filter(Boolean)).toHaveLength(1);
      const now = await read(sessionId);
      expect(now.phase).toBe(authorized.done ? 'authorized' : 'superseded');
      expect('sealedTokens' in now).toBe(authorized.done);
    });
  });
}
