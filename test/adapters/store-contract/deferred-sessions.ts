import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES, type Session } from '../../../lambda/core/session.ts';
import { UPSTREAM_FIELDS } from '../../../lambda/core/session-store.ts';
import { MAX_WRONG_CODES, WRONG_CODE_WINDOW_SECONDS } from '../../../lambda/core/user-code.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { freshId, makeSession } from '../../support/fake-records.ts';
import { ACTIVATION, sessionIn } from './session-transitions.ts';
import { atOnce, type OpenStores, type Stores, stored } from './stores.ts';

const UPSTREAM = {
  upstreamDeviceCode: 'upstream-device-code',
  upstreamUserCode: 'LMNP-QRST',
  upstreamVerificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=LMNP-QRST',
  activationExpiresAt: START_SECONDS + 600,
};

/** A deferred session whose person is at AWS. */
function activated(own: Partial<Session> = {}): Session {
  return makeSession({
    ...UPSTREAM,
    activations: 1,
    activatedAtMs: START_MS,
    expiresAt: START_SECONDS + 9_000,
    ...own,
  });
}

export function deferredSessions(open: OpenStores): void {
  describe('deferred sessions', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });
    const read = async (sessionId: string): Promise<Session> => (await stores.sessions.read(sessionId)) as Session;

    it('20 people continue at once: one activation holds, the others are shown it', async () => {
      const { sessionId } = await stored(stores, { ...sessionIn('awaiting_operator'), activations: 0 });

      const continued = await atOnce(20, (index) =>
        stores.sessions.activate({ sessionId, ...ACTIVATION, nextPollAtMs: START_MS + index }),
      );

      expect(continued.filter((attempt) => attempt.done)).toHaveLength(1);
      expect(new Set(continued.map((attempt) => attempt.session?.nextPollAtMs)).size).toBe(1);
      expect((await read(sessionId)).activations).toBe(1);
    });

    it('an activation keeps the code that the device shows, and starts counting anew', async () => {
      const session = {
        ...sessionIn('awaiting_operator'),
        activations: 1,
        slowDowns: 3,
        failedPolls: 2,
        invalidGrants: 1,
      };
      await stored(stores, session);

      await stores.sessions.activate({ sessionId: session.sessionId, ...ACTIVATION });

      const { activation, nowMs, ...schedule } = ACTIVATION;
      expect(await read(session.sessionId)).toEqual({
        ...session,
        ...schedule,
        phase: 'pending',
        activations: 2,
        activatedAtMs: nowMs,
        slowDowns: 0,
        failedPolls: 0,
        invalidGrants: 0,
        upstreamDeviceCode: activation.upstreamDeviceCode,
        upstreamUserCode: activation.userCode,
        upstreamVerificationUriComplete: activation.verificationUriComplete,
      });
    });

    it('a session is not activated from the second at which it expires, also while the item is still there', async () => {
      const own = { activations: 0, expiresAt: START_SECONDS + 1 };
      const { sessionId } = await stored(stores, { ...sessionIn('awaiting_operator'), ...own });

      expect((await stores.sessions.activate({ sessionId, ...ACTIVATION, nowMs: START_MS + 1_000 })).done).toBe(false);
      expect((await stores.sessions.activate({ sessionId, ...ACTIVATION, nowMs: START_MS + 999 })).done).toBe(true);
    });

    it('a session is not polled from the second at which its upstream code expires', async () => {
      const seen = await stored(stores, activated({ activationExpiresAt: START_SECONDS + 1 }));
      const claim = { seen, leaseUntilMs: START_MS + 9_000 };

      expect((await stores.sessions.claimPoll({ ...claim, nowMs: START_MS + 1_000 })).done).toBe(false);
      expect((await stores.sessions.claimPoll({ ...claim, nowMs: START_MS + 999 })).done).toBe(true);
    });

    it('a session whose upstream code came to nothing waits again, without anything of upstream', async () => {
      const seen = await stored(stores, activated());

      await stores.sessions.deactivate({ seen, nowMs: START_MS, onlyWhenDue: false });

      const now = await read(seen.sessionId);
      expect(now).toMatchObject({ phase: 'awaiting_operator', userCode: seen.userCode, activations: 1 });
      expect(Object.keys(now).filter((name) => (UPSTREAM_FIELDS as readonly string[]).includes(name))).toEqual([]);
    });

    it('a newer activation is left alone', async () => {
      const session = await stored(stores, activated());
      const seen = { ...session, activationExpiresAt: UPSTREAM.activationExpiresAt - 1 };

      expect((await stores.sessions.deactivate({ seen, nowMs: START_MS, onlyWhenDue: false })).done).toBe(false);
      expect(await read(session.sessionId)).toEqual(session);
    });

    it('an upstream code is not given up while a poll of it is under way, if that is asked for', async () => {
      const seen = await stored(stores, activated({ nextPollAtMs: START_MS + 1 }));

      expect((await stores.sessions.deactivate({ seen, nowMs: START_MS, onlyWhenDue: true })).done).toBe(false);
      expect((await stores.sessions.deactivate({ seen, nowMs: START_MS + 1, onlyWhenDue: true })).done).toBe(true);
    });

    it('a session with immediate approval never waits for an operator', async () => {
      const seen = await stored(stores, makeSession({ activationExpiresAt: START_SECONDS }));

      expect((await stores.sessions.deactivate({ seen, nowMs: START_MS, onlyWhenDue: false })).done).toBe(false);
    });

    it.each(PHASES.filter((phase) => phase !== 'pending'))('a session that is %s is not given up', async (phase) => {
      const seen = await stored(stores, activated({ phase }));

      expect((await stores.sessions.deactivate({ seen, nowMs: START_MS, onlyWhenDue: false })).done).toBe(false);
      expect(await read(seen.sessionId)).toEqual(seen);
    });
  });
}

export function userCodes(open: OpenStores): void {
  describe('user codes', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });
    const END = START_SECONDS + 600;

    it('20 sessions at once want one code: one has it', async () => {
      const code = freshId();

      const taken = await atOnce(20, (index) => stores.userCodes.reserve(code, `session-${index}`, END, START_MS));

      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores.userCodes.find(code, START_MS)).toBe(`session-${taken.indexOf(true)}`);
    });

    it('a code is free again from the second at which it expires, also while the item is still there', async () => {
      const code = freshId();
      await stores.userCodes.reserve(code, 'first', END, START_MS);

      expect(await stores.userCodes.find(code, END * 1000 - 1)).toBe('first');
      expect(await stores.userCodes.find(code, END * 1000)).toBeUndefined();
      expect(await stores.userCodes.reserve(code, 'second', END + 600, END * 1000 - 1)).toBe(false);
      expect(await stores.userCodes.reserve(code, 'second', END + 600, END * 1000)).toBe(true);
      expect(await stores.userCodes.find(code, END * 1000)).toBe('second');
    });

    it('a code that nobody has is not found', async () => {
      expect(await stores.userCodes.find(freshId(), START_MS)).toBeUndefined();
    });

    it('50 guesses at once get the tries that an address has in a window, and no more', async () => {
      const tries = await atOnce(50, () => stores.userCodes.takeTry('192.0.2.7', START_MS));

      expect(tries.filter(Boolean)).toHaveLength(MAX_WRONG_CODES);
      expect(await stores.userCodes.takeTry('192.0.2.8', START_MS)).toBe(true);
      expect(await stores.userCodes.takeTry('192.0.2.7', START_MS + WRONG_CODE_WINDOW_SECONDS * 1000)).toBe(true);
    });

    it('a try that was given back can be taken again, and none is given that was not taken', async () => {
      await stores.userCodes.giveTryBack('192.0.2.9', START_MS);
      await atOnce(MAX_WRONG_CODES, () => stores.userCodes.takeTry('192.0.2.9', START_MS));
      expect(await stores.userCodes.takeTry('192.0.2.9', START_MS)).toBe(false);

      await stores.userCodes.giveTryBack('192.0.2.9', START_MS);

      expect(await stores.userCodes.takeTry('192.0.2.9', START_MS)).toBe(true);
      expect(await stores.userCodes.takeTry('192.0.2.9', START_MS)).toBe(false);
    });
  });
}
