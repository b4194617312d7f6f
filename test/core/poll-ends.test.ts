import { describe, expect, it } from 'vitest';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { makeWholeBroker, PERSON_IP } from '../support/whole-broker.ts';

async function due(portalSessionSeconds?: number) {
  const time = makeFakeClock();
  const fleet = makeFleet(portalSessionSeconds === undefined ? {} : { portalSessionSeconds });
  const broker = makeFakeBroker({ time, settings: { fleets: { kiosks: fleet } } });
  const device = await broker.startDevice();
  time.advanceSeconds(5);
  return { time, broker, device, stored: () => broker.stored(device.sessionId) };
}

describe('an approved session', () => {
  it('knows the end of the portal session where its length is configured', async () => {
    const { time, broker, stored } = await due(28_800);
    broker.upstream.approveAt(time.nowMs());

    await broker.pollSession(await stored());

    expect((await stored()).portalSessionEndsAt).toBe(START_SECONDS + 5 + 28_800);
  });

  it('knows none where it is not', async () => {
    const { time, broker, stored } = await due();
    broker.upstream.approveAt(time.nowMs());

    await broker.pollSession(await stored());

    expect((await stored()).portalSessionEndsAt).toBeUndefined();
  });
});

describe('a session that has ended', () => {
  it('is told with its phase, and with a reason only when there is one', async () => {
    const { time, broker, stored } = await due();
    broker.upstream.denyAt(time.nowMs());

    await broker.pollSession(await stored());

    expect(broker.eventsOf('session_settled')).toEqual([
      expect.objectContaining({ event: 'session_settled', phase: 'denied' }),
    ]);
    expect(broker.eventsOf('session_settled')[0]).not.toHaveProperty('reason');
    expect(await stored()).not.toHaveProperty('endReason', expect.anything());
  });

  it('is not told a second time by whoever saw it before', async () => {
    const { time, broker, stored } = await due();
    broker.upstream.denyAt(time.nowMs());
    const seen = await stored();
    time.advanceSeconds(600);
    await broker.pollSession(seen);
    broker.events.length = 0;

    expect(await broker.pollSession(seen)).toMatchObject({ phase: expect.stringMatching(/expired|denied/) });
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });

  it('of its own accord is not ended while somebody else’s poll is under way, that may bring its approval', async () => {
    const { time, broker, device, stored } = await due();
    const seen = await stored();
    time.advanceSeconds(595);
    await broker.memory.records.change(
      device.sessionId,
      () => true,
      (session) => ({ ...session, nextPollAtMs: time.nowMs() + 10_000 }),
    );

    await broker.pollSession(seen);

    expect((await stored()).phase).toBe('pending');
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });
});

describe('an activation that has ended', () => {
  it('is told once, however many saw it, and not while a poll of it is under way', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const { userCode, sessionId } = await broker.start('kiosks');
    await broker.activation.continueToAws(userCode, PERSON_IP);
    const seen = await broker.stored(sessionId);
    time.advance((seen.activationExpiresAt ?? 0) * 1000 - time.nowMs());
    const leaseUntil = (nextPollAtMs: number) =>
      broker.memory.records.change(
        sessionId,
        () => true,
        (session) => ({ ...session, nextPollAtMs }),
      );

    await leaseUntil(time.nowMs() + 1_000);
    await broker.pollSession(seen);
    expect((await broker.stored(sessionId)).phase).toBe('pending');

    await leaseUntil(time.nowMs());
    const lastSeen = await broker.stored(sessionId);
    expect((await broker.pollSession(lastSeen)).phase).toBe('awaiting_operator');
    await broker.pollSession(lastSeen);
    expect(broker.eventsOf('activation_ended')).toHaveLength(1);
  });
});

describe('a device’s next start', () => {
  it('supersedes nothing when there was none before, and what has ended is not told again', async () => {
    const { time, broker, device, stored } = await due();
    expect(broker.eventsOf('session_settled')).toEqual([]);
    broker.upstream.denyAt(time.nowMs());
    await broker.pollSession(await stored());
    broker.events.length = 0;

    await broker.startDevice(device.clientId);

    expect(broker.eventsOf('session_settled')).toEqual([]);
    expect((await stored()).phase).toBe('denied');
  });
});
