import { describe, expect, it } from 'vitest';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import { FLEETS, makeWholeBroker, PERSON_IP, type WholeBrokerOptions } from '../support/whole-broker.ts';

const LINK = /^https:\/\/d-1234567890\.awsapps\.com\/start\/#\/device\?user_code=CODE-\d{4}$/;

async function setUp(options: Partial<WholeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time, ...options });
  const device = await broker.start('kiosks');
  const proceed = () => broker.activation.continueToAws(device.userCode, PERSON_IP);
  const stored = () => broker.stored(device.sessionId);
  return { time, broker, device, proceed, stored };
}

describe('a person who continues', () => {
  it('is led to AWS’s own page, and from then on AWS is polled at its own pace', async () => {
    const { broker, device, proceed, stored } = await setUp();

    const answer = await proceed();

    expect(answer).toEqual({ kind: 'continue', verificationUriComplete: expect.stringMatching(LINK) });
    expect(broker.upstream.calls.map((call) => call.operation)).toEqual(['registerClient', 'startDeviceAuthorization']);
    expect(await stored()).toMatchObject({
      phase: 'pending',
      userCode: device.userCode,
      upstreamDeviceCode: 'upstream-device-code-1',
      upstreamUserCode: 'CODE-0001',
      activations: 1,
      intervalSeconds: 5,
      activationExpiresAt: START_SECONDS + 600,
      expiresAt: START_SECONDS + 86_400,
    });
  });

  it('is observed, so that the loop and those who watch know', async () => {
    const { broker, device, proceed } = await setUp();
    await proceed();

    const { sessionId, clientId } = device;
    expect(broker.eventsOf('session_activated')).toEqual([
      { event: 'session_activated', sessionId, clientId, fleet: 'kiosks' },
    ]);
  });

  it.each([
    { upstream: 10, minimum: 5, interval: 10 },
    { upstream: 1, minimum: 5, interval: 5 },
    { upstream: 0, minimum: 0, interval: 1 },
  ])('starts polls every $interval s when AWS says $upstream s and the fleet $minimum s', async (given) => {
    const kiosks = { ...FLEETS.kiosks, minimumIntervalSeconds: given.minimum } as NonNullable<(typeof FLEETS)[string]>;
    const { time, broker, device, proceed } = await setUp({
      settings: { fleets: { kiosks } },
      upstream: { intervalSeconds: given.upstream },
    });
    await proceed();

    for (let poll = 0; poll < 60; poll += 1) {
      time.advance(500);
      await broker.redeemDeviceCode(device);
    }

    const times = broker.upstream.pollTimes();
    expect(times.length).toBeGreaterThan(2);
    expect(Math.min(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)))).toBe(given.interval * 1000);
  });

  it('comes back later, or sends a colleague: both are led to the same page, and nothing is started twice', async () => {
    const { time, broker, device, proceed } = await setUp();
    const first = await proceed();
    time.advanceSeconds(539);

    expect(await proceed()).toEqual(first);
    expect(await broker.activation.continueToAws(device.userCode, '203.0.113.9')).toEqual(first);
    expect(broker.upstream.countOf('startDeviceAuthorization')).toBe(1);
  });

  it('is not given a code that is about to end, nor another one while somebody may still approve that', async () => {
    const { time, broker, proceed, stored } = await setUp();
    await proceed();
    time.advanceSeconds(540);

    expect(await proceed()).toEqual({ kind: 'busy', retryAfterSeconds: 60 });
    time.advanceSeconds(59);
    expect(await proceed()).toEqual({ kind: 'busy', retryAfterSeconds: 1 });
    expect(broker.upstream.countOf('startDeviceAuthorization')).toBe(1);
    expect(await stored()).toMatchObject({ phase: 'pending', activations: 1 });
  });

  it('is given another code from the second at which the first has ended', async () => {
    const { time, proceed, stored } = await setUp();
    const first = await proceed();
    time.advanceSeconds(600);

    const second = await proceed();

    expect(second).toEqual({ kind: 'continue', verificationUriComplete: expect.stringMatching(LINK) });
    expect(second).not.toEqual(first);
    expect(await stored()).toMatchObject({
      phase: 'pending',
      activations: 2,
      activationExpiresAt: START_SECONDS + 1_200,
    });
  });

  it('is told when a dead code will be replaced while a poll of it may still be under way', async () => {
    const { time, broker, proceed, stored } = await setUp();
    await proceed();
    time.advanceSeconds(595);
    broker.upstream.answerNext('server_error');
    await broker.pollSession(await stored());
    time.advanceSeconds(6);

    expect(await proceed()).toEqual({ kind: 'busy', retryAfterSeconds: 4 });
    time.advanceSeconds(4);
    expect(await proceed()).toMatchObject({ kind: 'continue' });
  });

  it.each([1, 5, 30, 61])(
    'is given a code that AWS lets live %i s only, and may share it for half of that',
    async (life) => {
      const { time, proceed } = await setUp({ upstream: { expiresInSeconds: life } });
      const first = await proceed();
      time.advance(life * 500 - 1);

      expect(first).toMatchObject({ kind: 'continue' });
      expect(await proceed()).toEqual(first);
    },
  );

  it('is one of twenty who continue in the same moment: all are led to one page, one activation counts', async () => {
    const time = makeTimeline();
    const broker = makeWholeBroker({ time, upstream: { latencyMs: () => 200 } });
    const device = await broker.start('kiosks');

    const people = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        time.start(() => broker.activation.continueToAws(device.userCode, `198.51.100.${index}`)),
      ),
    );
    await time.finish();
    const answers = await Promise.all(people.map(({ result }) => result));

    const session = await broker.stored(device.sessionId);
    const verificationUriComplete = session.upstreamVerificationUriComplete;
    expect(answers).toEqual(Array.from({ length: 20 }, () => ({ kind: 'continue', verificationUriComplete })));
    expect(session.activations).toBe(1);
    await time.elapse(30_000);
    await time.start(() => broker.redeemDeviceCode(device));
    await time.finish();
    expect(new Set(broker.upstream.calls.flatMap((call) => call.deviceCode ?? []))).toEqual(
      new Set([session.upstreamDeviceCode]),
    );
  });
});

describe('a person who cannot continue', () => {
  it.each([
    { what: 'does not answer', problem: { kind: 'unavailable', cause: 'timeout' }, refused: 'server_error' },
    { what: 'throttles', problem: { kind: 'unavailable', cause: 'throttled' }, refused: 'slow_down' },
    { what: 'refuses the fleet’s start URL', problem: { kind: 'refused', exception: 'X' }, refused: 'invalid_request' },
  ] as const)('because AWS $what is told so, and the device goes on waiting', async ({ problem, refused }) => {
    const { broker, proceed, stored } = await setUp();
    const before = await stored();
    broker.upstream.failSettingUp(problem);

    expect(await proceed()).toMatchObject({ kind: 'refused', refusal: { refused } });
    expect(await stored()).toEqual(before);
    broker.upstream.failSettingUp(undefined);
    expect(await proceed()).toMatchObject({ kind: 'continue' });
  });

  it.each(['lock', 'revoke'] as const)('because the client has met a %s asks nothing of AWS', async (act) => {
    const { time, broker, device, proceed } = await setUp();
    await broker.clients[act](device.clientId, 'stolen', time.nowMs());

    expect(await proceed()).toMatchObject({ kind: 'settled', session: { phase: 'cancelled' } });
    expect(broker.upstream.calls).toEqual([]);
  });

  it('because the fleet is not configured any more asks nothing of AWS', async () => {
    const fleets = { ...FLEETS };
    const { broker, proceed } = await setUp({ settings: { fleets } });
    delete (fleets as Partial<typeof fleets>).kiosks;

    expect(await proceed()).toMatchObject({
      kind: 'settled',
      session: { phase: 'failed', endReason: 'fleet_removed' },
    });
    expect(broker.upstream.calls).toEqual([]);
  });

  it('continues all the same when AWS has forgotten the broker’s registration', async () => {
    const { broker, proceed, stored } = await setUp();
    await broker.registrations.current(FLEETS.kiosks as NonNullable<(typeof FLEETS)[string]>);
    broker.upstream.forgetClient();

    expect(await proceed()).toMatchObject({ kind: 'continue' });
    expect(broker.upstream.countOf('registerClient')).toBe(2);
    const { registrationRef = '' } = await stored();
    expect(await broker.registrations.byRef(registrationRef)).toMatchObject({ clientId: 'upstream-client-2' });
  });
});
