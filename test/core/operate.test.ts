import { beforeEach, describe, expect, it } from 'vitest';
import { enrollmentProblem } from '../../lambda/core/enrollment-key.ts';
import type { Phase } from '../../lambda/core/session.ts';
import { type FakeBroker, makeFakeBroker } from '../support/fake-broker.ts';
import { type FakeClock, makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';

describe('an operator', () => {
  let time: FakeClock;
  let broker: FakeBroker;
  beforeEach(() => {
    time = makeFakeClock();
    broker = makeFakeBroker({ time });
  });

  async function sessionIn(phase: Phase) {
    const device = await broker.startDevice();
    await broker.memory.records.change(
      device.sessionId,
      () => true,
      (session) => ({ ...session, phase }),
    );
    return device;
  }

  describe('who cancels a session', () => {
    it.each(['awaiting_operator', 'pending', 'authorized'] as const)(
      'ends it when it is %s, with the reason',
      async (phase) => {
        const { sessionId, clientId } = await sessionIn(phase);

        const cancelled = await broker.operate.cancel(sessionId, 'stolen');

        const session = await broker.stored(sessionId);
        expect(cancelled).toEqual({ done: true, session });
        expect(session).toMatchObject({ phase: 'cancelled', endReason: 'stolen', endedAtMs: time.nowMs() });
        expect(broker.eventsOf('session_settled')).toEqual([
          { event: 'session_settled', sessionId, clientId, fleet: 'kiosks', phase: 'cancelled' },
        ]);
      },
    );

    it.each(['claimed', 'denied', 'expired', 'cancelled', 'superseded', 'failed'] as const)(
      'is shown what it is when it is %s, and changes nothing',
      async (phase) => {
        const { sessionId } = await sessionIn(phase);
        const before = await broker.stored(sessionId);

        expect(await broker.operate.cancel(sessionId, 'stolen')).toEqual({ done: false, session: before });
        expect(await broker.stored(sessionId)).toEqual(before);
        expect(broker.eventsOf('session_settled')).toEqual([]);
      },
    );

    it('that is not there is told so', async () => {
      expect(await broker.operate.cancel('nothing', 'stolen')).toEqual({ done: false });
    });

    it('that was approved leaves no token in it', async () => {
      const { sessionId } = await broker.startDevice();
      time.advanceSeconds(5);
      broker.upstream.approveAt(time.nowMs());
      await broker.pollSession(await broker.stored(sessionId));

      await broker.operate.cancel(sessionId, 'stolen');

      expect(await broker.stored(sessionId)).not.toHaveProperty('sealedTokens');
    });
  });

  describe.each([
    { act: 'lock', at: 'lockedAtMs', why: 'lockReason', word: 'locked' },
    { act: 'revoke', at: 'revokedAtMs', why: 'revokeReason', word: 'revoked' },
  ] as const)('who has to $act a client', ({ act, at, why, word }) => {
    it('stops its next request and its live session, and nobody else’s', async () => {
      const device = await broker.startDevice();
      const other = await broker.startDevice();

      const client = await broker.operate[act](device.clientId, 'stolen');

      expect(client).toMatchObject({ [at]: START_MS, [why]: 'stolen' });
      expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'invalid_client' });
      expect(await broker.stored(device.sessionId)).toMatchObject({
        phase: 'cancelled',
        endReason: `the client was ${word}: stolen`,
      });
      expect(await broker.redeemDeviceCode(other)).toMatchObject({ refused: 'authorization_pending' });
    });

    it('without a live session just does it', async () => {
      const { clientId } = await broker.enroll();

      expect(await broker.operate[act](clientId, 'stolen')).toMatchObject({ [why]: 'stolen' });
    });

    it('that is not there is told so', async () => {
      expect(await broker.operate[act]('nobody', 'stolen')).toBeUndefined();
    });
  });

  it('who unlocks a client lets it start again', async () => {
    const device = await broker.startDevice();
    await broker.operate.lock(device.clientId, 'lost');

    await broker.operate.unlock(device.clientId);

    expect(await broker.startDevice(device.clientId)).toHaveProperty('deviceCode');
  });

  it('cannot bring a revoked client back', async () => {
    const { clientId } = await broker.enroll();
    await broker.operate.revoke(clientId, 'scrapped');

    expect(await broker.operate.unlock(clientId)).toMatchObject({ revokedAtMs: START_MS, revokeReason: 'scrapped' });
  });

  describe('who makes an enrollment key', () => {
    it('is told its text once; the table has its hash', async () => {
      const { key, text } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks' });

      const stored = await broker.enrollmentKeys.read(key.enrollmentKeyId);
      expect(stored).toEqual(key);
      expect(JSON.stringify(stored)).not.toContain(text);
      expect(enrollmentProblem(stored, text, START_MS)).toBeUndefined();
    });

    it('gets one for 30 days and any number of devices, unless it says otherwise', async () => {
      const { key } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks' });

      expect(key).toMatchObject({ fleet: 'kiosks', uses: 0, expiresAt: START_SECONDS + 30 * 86_400 });
      expect(key).not.toHaveProperty('maxUses');
    });

    it('gets the life, the uses and the note that it asked for', async () => {
      const wanted = { fleet: 'kiosks', lifetimeSeconds: 3_600, maxUses: 40, note: 'hall 3' };

      const { key } = await broker.operate.createEnrollmentKey(wanted);

      expect(key).toMatchObject({ expiresAt: START_SECONDS + 3_600, maxUses: 40, note: 'hall 3' });
    });

    it('can revoke it: then it lets nobody in', async () => {
      const { key, text } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks' });

      await broker.operate.revokeEnrollmentKey(key.enrollmentKeyId, 'leaked');

      const answer = await broker.registerClient({ clientName: 'kiosk-7', enrollmentKey: text });
      expect(answer).toMatchObject({ refused: 'invalid_token', description: expect.stringContaining('revoked') });
    });

    it('is told nothing of it by any event', async () => {
      const { text } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks' });
      await broker.registerClient({ clientName: 'kiosk-7', enrollmentKey: text });

      expect(JSON.stringify(broker.events)).not.toContain(text);
    });
  });
});
