import { describe, expect, it } from 'vitest';
import { openTokens } from '../../lambda/core/sealing.ts';
import type { SessionStore } from '../../lambda/core/session-store.ts';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import type { MemorySessionStore } from '../support/memory-session-store.ts';

/** An approved session, over a store that does something else than it should when the approval is stored. */
async function approved(
  authorize: (store: MemorySessionStore, attempt: number) => Partial<SessionStore['authorize']> = () => ({}),
) {
  const time = makeFakeClock();
  let attempts = 0;
  const broker = makeFakeBroker({
    time,
    wrapSessions: (store) => ({
      ...store,
      authorize(authorization) {
        attempts += 1;
        const instead = authorize(store, attempts);
        return typeof instead === 'function' ? instead(authorization) : store.authorize(authorization);
      },
    }),
  });
  const device = await broker.startDevice();
  const { sessionId } = device;
  time.advanceSeconds(5);
  broker.upstream.approveAt(time.nowMs());
  const poll = async () => broker.pollSession(await broker.stored(sessionId));
  return { time, broker, device, sessionId, poll, attempts: () => attempts, stored: () => broker.stored(sessionId) };
}

const down = (): Promise<never> => Promise.reject(new Error('the table is throttled'));

describe('an approval that upstream tells once', () => {
  it('is stored so that only the device code opens it', async () => {
    const { broker, device, sessionId, poll, stored } = await approved();

    await poll();

    const { sealedTokens = '' } = await stored();
    expect(openTokens(sealedTokens, device.deviceCode, sessionId)).toEqual(broker.upstream.issued[0]);
    expect(JSON.stringify(await stored())).not.toContain('upstream-access-token');
  });

  it('is the next thing that is written after upstream told it', async () => {
    const { broker, sessionId, poll } = await approved();
    const before = await broker.stored(sessionId);

    await poll();

    // One poll counted by the claim; nothing recorded between claim and approval.
    expect(await broker.stored(sessionId)).toMatchObject({ polls: 1, failedPolls: before.failedPolls });
    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it.each([
    { failures: 1, pauses: [100] },
    { failures: 2, pauses: [100, 300] },
    { failures: 3, pauses: [100, 300, 1_000] },
    { failures: 4, pauses: [100, 300, 1_000, 2_000] },
  ])('survives $failures failed writes in a row, with pauses of $pauses ms', async ({ failures, pauses }) => {
    const { time, broker, poll } = await approved((_, attempt) => (attempt <= failures ? down : {}));

    expect((await poll()).phase).toBe('authorized');
    expect(time.slept).toEqual(pauses);
    expect(broker.eventsOf('approval_lost')).toEqual([]);
  });

  it('is told as lost when five writes failed, and the error goes on', async () => {
    const { broker, device, sessionId, poll, attempts } = await approved(() => down);

    await expect(poll()).rejects.toThrow('throttled');

    expect(attempts()).toBe(5);
    const { clientId } = device;
    expect(broker.eventsOf('approval_lost')).toEqual([
      { event: 'approval_lost', sessionId, clientId, fleet: 'kiosks', reason: 'the tokens could not be stored' },
    ]);
  });

  it('counts as stored when the write was done and only its answer was lost', async () => {
    const { broker, poll, stored } = await approved((store, attempt) =>
      attempt === 1
        ? async (authorization: Parameters<SessionStore['authorize']>[0]) => {
            await store.authorize(authorization);
            return down();
          }
        : {},
    );

    expect(await poll()).toEqual(await stored());
    expect((await stored()).phase).toBe('authorized');
    expect(broker.eventsOf('approval_lost')).toEqual([]);
    expect(broker.eventsOf('session_settled')).toHaveLength(1);
  });

  it.each(['cancelled', 'superseded'] as const)(
    'that comes after the session was %s is told as lost, and leaves no token behind',
    async (phase) => {
      const { broker, device, sessionId, poll, stored } = await approved(
        (store) => async (authorization: Parameters<SessionStore['authorize']>[0]) => {
          await store.end({ sessionId, phase, from: ['pending'], nowMs: 0 });
          return store.authorize(authorization);
        },
      );

      expect((await poll()).phase).toBe(phase);

      const { clientId } = device;
      const reason = `the session was ${phase} when the approval came`;
      expect(broker.eventsOf('approval_lost')).toEqual([
        { event: 'approval_lost', sessionId, clientId, fleet: 'kiosks', reason },
      ]);
      expect(await stored()).not.toHaveProperty('sealedTokens');
      expect(broker.eventsOf('session_settled')).toEqual([]);
    },
  );

  it('that comes after the session is gone is told as lost', async () => {
    const { broker, sessionId, poll } = await approved(
      (store) => (authorization: Parameters<SessionStore['authorize']>[0]) => {
        store.records.remove(sessionId);
        return store.authorize(authorization);
      },
    );

    expect((await poll()).phase).toBe('expired');
    expect(broker.eventsOf('approval_lost')).toMatchObject([{ reason: 'the session was gone when the approval came' }]);
  });
});
