import { describe, expect, it } from 'vitest';
import type { Session } from '../../lambda/core/session.ts';
import { type FakeBrokerOptions, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import type { ScriptedAnswer } from '../support/fake-upstream.ts';

/** A session that a device has started and that may be polled now. */
async function setUp(options: Partial<FakeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, ...options });
  const device = await broker.startDevice();
  const { sessionId } = device;
  time.advanceSeconds(5);
  const stored = (): Promise<Session> => broker.stored(sessionId);
  return { time, broker, device, sessionId, stored, poll: async () => broker.pollSession(await stored()) };
}

describe('a poll that leaves the session pending', () => {
  it('is followed by another after half a minute while upstream is at its quota, as is the start', async () => {
    const { broker, time, stored, poll } = await setUp({ upstream: { atQuota: true } });
    expect((await stored()).nextPollAtMs).toBe(time.nowMs() + 25_000);
    time.advanceSeconds(25);

    await poll();

    expect((await stored()).nextPollAtMs).toBe(time.nowMs() + 30_000);
    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it.each<{ answer: ScriptedAnswer; waits: number; own: Partial<Session> }>([
    { answer: 'pending', waits: 5, own: {} },
    { answer: 'slow_down', waits: 10, own: { slowDowns: 1 } },
    { answer: 'throttled', waits: 10, own: { failedPolls: 1 } },
    { answer: 'server_error', waits: 10, own: { failedPolls: 1 } },
    { answer: 'timeout', waits: 10, own: { failedPolls: 1 } },
    { answer: 'unavailable', waits: 10, own: { failedPolls: 1 } },
    { answer: 'invalid_grant', waits: 5, own: { invalidGrants: 1 } },
  ])('because upstream said $answer is followed by another in $waits s', async ({ answer, waits, own }) => {
    const { broker, time, stored, poll } = await setUp();
    const before = await stored();
    broker.upstream.answerNext(answer);

    const after = await poll();

    const nextPollAtMs = time.nowMs() + waits * 1000;
    const leaseUntilMs = expect.any(Number);
    expect(await stored()).toEqual({ ...before, polls: 1, nextPollAtMs, leaseUntilMs, ...own });
    expect(after).toEqual(await stored());
  });

  it('counts the answers of the protocol and the failures in a row apart', async () => {
    const { broker, time, stored, poll } = await setUp();
    broker.upstream.answerNext('throttled', 'timeout', 'invalid_grant', 'pending', 'invalid_grant', 'slow_down');
    const seen: [number, number, number][] = [];

    for (let turn = 0; turn < 6; turn += 1) {
      await poll();
      const { failedPolls, invalidGrants, slowDowns, nextPollAtMs } = await stored();
      seen.push([failedPolls, invalidGrants, slowDowns]);
      time.advance(nextPollAtMs - time.nowMs());
    }

    expect(seen).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });
});

describe('a poll that settles the session', () => {
  it.each<{ answers: ScriptedAnswer[]; phase: string; reason?: string }>([
    { answers: ['denied'], phase: 'denied' },
    { answers: ['expired'], phase: 'expired' },
    { answers: ['invalid_client'], phase: 'failed', reason: 'registration_lost' },
    { answers: ['refused'], phase: 'failed', reason: 'upstream_refused' },
    { answers: ['invalid_grant', 'invalid_grant'], phase: 'failed', reason: 'answer_lost' },
  ])('with $answers ends it as $phase, told once', async ({ answers, phase, reason }) => {
    const { broker, time, sessionId, device, stored, poll } = await setUp();
    broker.upstream.answerNext(...answers);

    for (const _ of answers) {
      await poll();
      time.advanceSeconds(60);
    }

    const session = await stored();
    expect(session).toMatchObject({ phase, ...(reason !== undefined && { endReason: reason }) });
    expect(session).not.toHaveProperty('upstreamDeviceCode');
    expect(broker.eventsOf('session_settled')).toEqual([
      {
        event: 'session_settled',
        sessionId,
        clientId: device.clientId,
        fleet: 'kiosks',
        phase,
        ...(reason && { reason }),
      },
    ]);
    await poll();
    expect(broker.upstream.pollTimes()).toHaveLength(answers.length);
  });

  it('with tokens authorizes it until the token’s end, and forgets the activation', async () => {
    const { broker, time, sessionId, device, stored, poll } = await setUp();
    broker.upstream.approveAt(time.nowMs());

    const after = await poll();

    const session = await stored();
    expect(after).toEqual(session);
    expect(session).toMatchObject({ phase: 'authorized', expiresAt: broker.upstream.issued[0]?.expiresAt });
    expect(session).not.toHaveProperty('upstreamDeviceCode');
    expect(broker.eventsOf('session_settled')).toEqual([
      {
        event: 'session_settled',
        sessionId,
        clientId: device.clientId,
        fleet: 'kiosks',
        phase: 'authorized',
        waitedMs: time.nowMs() - session.createdAtMs,
      },
    ]);
  });

  it('of a deferred session whose AWS code ran out lets it wait for an operator again', async () => {
    const { broker, stored, poll, sessionId } = await setUp();
    const { expiresAt } = await stored();
    const deferred = { activations: 1, activationExpiresAt: expiresAt, expiresAt: expiresAt + 3_600 };
    await broker.memory.records.change(
      sessionId,
      () => true,
      (session) => ({ ...session, ...deferred }),
    );
    broker.upstream.answerNext('expired');

    expect((await poll()).phase).toBe('awaiting_operator');
    expect(await stored()).not.toHaveProperty('upstreamDeviceCode');
  });
});

describe('a session that is not polled', () => {
  it('before it is due, not even by a claim: a device that waits costs no write', async () => {
    let claims = 0;
    const { broker, time, stored, poll } = await setUp({
      wrapSessions: (store) => ({
        ...store,
        claimPoll(claim) {
          claims += 1;
          return store.claimPoll(claim);
        },
      }),
    });
    time.advance(-1);

    expect(await poll()).toEqual(await stored());
    expect([claims, broker.upstream.pollTimes().length]).toEqual([0, 0]);
  });

  it.each(['awaiting_operator', 'authorized', 'claimed', 'cancelled'] as const)('when it is %s', async (phase) => {
    const { broker, stored } = await setUp();
    const session = { ...(await stored()), phase };

    expect(await broker.pollSession(session)).toEqual(session);
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('when somebody else has claimed it since it was read: the caller is shown what is there now', async () => {
    const { broker, stored, poll } = await setUp();
    const seen = await stored();
    await poll();

    expect(await broker.pollSession(seen)).toEqual(await stored());
    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it('when it is gone since it was read: it counts as expired', async () => {
    const { broker, stored, sessionId } = await setUp();
    const seen = await stored();
    broker.memory.records.remove(sessionId);

    expect(await broker.pollSession(seen)).toEqual({ ...seen, phase: 'expired' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('from the second at which it expires: it ends without a call', async () => {
    const { broker, time, stored, poll } = await setUp();
    const { expiresAt } = await stored();
    time.advance(expiresAt * 1000 - time.nowMs());

    expect((await poll()).phase).toBe('expired');
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('but one second earlier it is', async () => {
    const { broker, time, stored, poll } = await setUp();
    const { expiresAt } = await stored();
    time.advance(expiresAt * 1000 - 1 - time.nowMs());

    await poll();

    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it('when its fleet is gone from the configuration: it fails, and says why', async () => {
    const fleets: Record<string, ReturnType<typeof makeFleet>> = { kiosks: makeFleet() };
    const { broker, poll } = await setUp({ settings: { fleets } });
    delete fleets.kiosks;

    expect(await poll()).toMatchObject({ phase: 'failed', endReason: 'fleet_removed' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('when the registration that it began with is gone: it fails, and says why', async () => {
    const { broker, stored } = await setUp();

    const after = await broker.pollSession({ ...(await stored()), registrationRef: 'eu-central-1 #gone' });

    expect(after).toMatchObject({ phase: 'failed', endReason: 'registration_lost' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });
});

describe('what is told of a poll', () => {
  it('is its outcome and how long it took, and nothing that opens anything', async () => {
    const { broker, time, sessionId, device, poll } = await setUp({ upstream: { latencyMs: () => 150 } });
    broker.events.length = 0;
    broker.upstream.approveAt(0);
    time.advance(70);

    await poll();

    const [told] = broker.eventsOf('upstream_polled');
    expect(told).toMatchObject({ sessionId, fleet: 'kiosks', outcome: 'tokens', latencyMs: 150 });
    expect(Object.keys(told ?? {})).toEqual(['event', 'sessionId', 'clientId', 'fleet', 'outcome', 'latencyMs']);
    const secrets = [device.deviceCode, device.upstreamDeviceCode, device.clientSecret, 'upstream-access-token'];
    expect(secrets.filter((secret) => JSON.stringify(broker.events).includes(secret))).toEqual([]);
  });

  it.each(['throttled', 'server_error', 'timeout'] as const)('names the cause of trouble: %s', async (cause) => {
    const { broker, poll } = await setUp();
    broker.upstream.answerNext(cause);

    await poll();

    expect(broker.eventsOf('upstream_polled')).toMatchObject([{ outcome: cause }]);
  });
});
