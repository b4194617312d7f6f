import { describe, expect, it } from 'vitest';
import { DEAD_MS, STALE_MS, signedIn } from '../custody/signed-in.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { DEVICE, makeWholeBroker, PERSON_IP } from '../support/whole-broker.ts';

/** Items come and go between two looks: the table's expiry, another function, a deployment. */

describe('an AWS code that is over while its session vanishes', () => {
  const setUp = async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const { userCode, sessionId } = await broker.start('kiosks');
    await broker.activation.continueToAws(userCode, PERSON_IP);
    const seen = await broker.stored(sessionId);
    time.advance((seen.activationExpiresAt ?? 0) * 1000 - time.nowMs());
    broker.sessions.deactivate = async () => ({ done: false });
    return { broker, userCode, seen };
  };

  it('leaves its poller with an expired session', async () => {
    const { broker, seen } = await setUp();

    expect(await broker.pollSession(seen)).toMatchObject({ phase: 'expired' });
    expect(broker.eventsOf('activation_ended')).toEqual([]);
  });

  it('lets a person wait for a moment, not for a time that nobody knows', async () => {
    const { broker, userCode } = await setUp();

    expect(await broker.activation.continueToAws(userCode, PERSON_IP)).toEqual({ kind: 'busy', retryAfterSeconds: 1 });
  });
});

describe('a grant that two callers find ended', () => {
  it('is told as ended by one of them', async () => {
    const { time, broker, refresh } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.answerNext('denied');
    const { end } = broker.grants;
    broker.grants.end = async (...ending) => {
      await end(...ending);
      return end(...ending);
    };

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(broker.eventsOf('grant_ended')).toEqual([]);
  });
});

describe('a device whose sign-in has ended, where a person may approve it again', () => {
  const ended = async () => {
    const set = await signedIn('kiosks');
    set.time.advance(STALE_MS);
    set.broker.refreshes.answerNext('denied');
    return set;
  };

  it('asks once: who asks in the same moment finds the request there', async () => {
    const { broker, refresh, device } = await ended();
    const { create } = broker.sessions;
    broker.sessions.create = async (session) => {
      await create(session);
      return create(session);
    };

    expect(await refresh()).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringContaining('have been asked to approve this device again'),
    });
    expect(broker.sessionsOf(device.clientId).map(({ phase }) => phase)).toEqual(['claimed', 'awaiting_operator']);
  });

  it('is told of a fault when the request could not be stored, so that it asks again', async () => {
    const { broker, refresh } = await ended();
    broker.sessions.create = async () => {
      throw new Error('the table is not there');
    };

    await expect(refresh()).rejects.toThrow('the table is not there');
  });
});

describe('role credentials of a sign-in that upstream ends just then', () => {
  it('are not given, and the device is told to sign in anew', async () => {
    const { time, broker, device } = await signedIn('sensors');
    time.advance(DEAD_MS);
    broker.refreshes.answerNext('denied');

    expect(await broker.roleCredentials(device.handle, DEVICE)).toMatchObject({
      refused: expect.stringMatching(/invalid_grant|access_denied/),
      description: expect.stringContaining('Start a new device authorization'),
    });
    expect(broker.portal.calls).toEqual([]);
  });
});
