import { describe, expect, it } from 'vitest';
import type { Session } from '../../lambda/core/session.ts';
import type { SessionStore } from '../../lambda/core/session-store.ts';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock } from '../support/fake-clock.ts';

/** A session that is due, and the store between it and whoever polls. */
async function setUp(wrap: Partial<SessionStore> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, wrapSessions: (store) => ({ ...store, ...wrap }) });
  const device = await broker.startDevice();
  time.advanceSeconds(5);
  const change = (next: (session: Session) => Session) =>
    broker.memory.records.change(device.sessionId, () => true, next);
  return { time, broker, device, change, stored: () => broker.stored(device.sessionId) };
}

const GONE = async () => ({ done: false }) as const;

describe('a session that is deleted while it is polled', () => {
  it('before the claim is expired, and upstream is not asked', async () => {
    const { broker, stored } = await setUp({ claimPoll: GONE });

    expect(await broker.pollSession(await stored())).toMatchObject({ phase: 'expired' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('before its approval is stored is expired, and the approval is told as lost', async () => {
    const { time, broker, stored } = await setUp({ authorize: GONE });
    broker.upstream.approveAt(time.nowMs());

    expect(await broker.pollSession(await stored())).toMatchObject({ phase: 'expired' });
    expect(broker.eventsOf('approval_lost').at(-1)).toMatchObject({ reason: expect.stringContaining('gone') });
  });

  it('before its end is written is left as it was seen, and nothing is told', async () => {
    const { time, broker, stored } = await setUp({ end: GONE });
    broker.upstream.denyAt(time.nowMs());
    const seen = await stored();

    expect(await broker.pollSession(seen)).toMatchObject({ sessionId: seen.sessionId, phase: 'pending' });
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });

  it('while its device waits for a poll under way is expired for the device', async () => {
    const { broker, device, change, time, stored } = await setUp({ read: async () => undefined });
    await change((session) => ({ ...session, nextPollAtMs: time.nowMs() + 8_000, leaseUntilMs: time.nowMs() + 8_000 }));
    expect((await stored()).phase).toBe('pending');

    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'expired_token' });
  });
});

describe('a session without what it is polled with', () => {
  it('ends as failed when its registration is not known, and a device is told to start anew', async () => {
    const { broker, device, change, stored } = await setUp();
    await change(({ registrationRef: _, ...session }) => session);

    await broker.pollSession(await stored());

    expect(await stored()).toMatchObject({ phase: 'failed', endReason: 'registration_lost' });
    expect(broker.upstream.pollTimes()).toEqual([]);
    expect(await broker.redeemDeviceCode(device)).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringMatching(/registration_lost.*Start a new device authorization/),
    });
  });
});

describe('a session without its upstream device code', () => {
  it('is asked for in vain, and fails instead of being polled for ever', async () => {
    const { time, broker, change, stored } = await setUp();
    await change(({ upstreamDeviceCode: _, ...session }) => session);

    for (let polls = 0; polls < 2; polls += 1) {
      await broker.pollSession(await stored());
      time.advanceSeconds(60);
    }

    expect(await stored()).toMatchObject({ phase: 'failed', endReason: 'answer_lost' });
  });
});

describe('a poll that failed in a tick', () => {
  it('is made again after a pause, by an execution that has not forgotten the session', async () => {
    const claimPoll = async (): Promise<never> => {
      throw new Error('the table is not there');
    };
    const { time, broker, device } = await setUp({ claimPoll });
    time.advanceSeconds(2);
    const state = { cohort: 'c', generation: 0, tick: 0, sessionIds: [device.sessionId], waitSeconds: 1 };

    const after = await broker.tick(state);

    expect(broker.failures).toHaveLength(1);
    // Five seconds from now, and the slack that the loop leaves a device.
    expect(after).toMatchObject({ next: 'wait', sessionIds: [device.sessionId], waitSeconds: 5 + 2 });
  });

  it('does not concern a session of its cohort that is settled', async () => {
    const { broker, device, change, time } = await setUp();
    await change((session) => ({ ...session, phase: 'authorized' }));
    time.advanceSeconds(60);
    const state = { cohort: 'c', generation: 0, tick: 0, sessionIds: [device.sessionId], waitSeconds: 1 };

    expect(await broker.tick(state)).toMatchObject({ next: 'done', sessionIds: [] });
    expect(broker.eventsOf('poll_taken')).toEqual([]);
  });
});

describe('an execution of a limited time', () => {
  const slice = (own: object) => ({ cohort: 'c', generation: 0, tick: 0, waitSeconds: 1, ...own });

  it.each([
    { what: 'ends exactly when the next tick is due', sliceSeconds: 2, next: 'wait' },
    { what: 'ends before the next tick', sliceSeconds: 1, next: 'hand-over' },
  ])('that $what goes on with: $next', async ({ sliceSeconds, next }) => {
    const { time, broker, device } = await setUp();
    const startedAt = new Date(time.nowMs()).toISOString();
    const state = slice({ sessionIds: [device.sessionId], startedAt, sliceSeconds });

    expect(await broker.tick(state as never)).toMatchObject({ next, waitSeconds: 2 });
  });

  it.each([{ startedAt: '2020-01-01T00:00:00Z' }, { sliceSeconds: 1 }])(
    'is one only when both its start and its length are known: with %j it is not',
    async (own) => {
      const { broker, device } = await setUp();

      const state = slice({ sessionIds: [device.sessionId], ...own });
      expect(await broker.tick(state as never)).toMatchObject({ next: 'wait' });
    },
  );
});
