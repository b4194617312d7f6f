import { describe, expect, it } from 'vitest';
import type { CohortState } from '../../lambda/core/cohort.ts';
import { makeStartPolling } from '../../lambda/core/start-polling.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { FLEETS, makeWholeBroker, PERSON_IP, type WholeBrokerOptions } from '../support/whole-broker.ts';

async function setUp(options: Partial<WholeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time, ...options });
  const device = await broker.start('kiosks');
  const proceed = () => broker.activation.continueToAws(device.userCode, PERSON_IP);
  const stored = () => broker.stored(device.sessionId);
  const executions: CohortState[] = [];

  /** What the stream and the state machine do once a session has become pending: an execution, tick by tick to its end. */
  async function loop(): Promise<void> {
    const startLoop = async (state: CohortState) => executions.push(state) > 0;
    const { nextPollAtMs } = await stored();
    await makeStartPolling({ startLoop, clock: time })([{ sessionId: device.sessionId, nextPollAtMs }]);
    let state = { ...(executions.at(-1) as CohortState), next: 'wait' };
    while (state.next === 'wait') {
      time.advanceSeconds(state.waitSeconds);
      state = await broker.tick(state);
    }
  }

  return { time, broker, device, proceed, stored, loop, executions };
}

describe('an AWS code that nobody approves', () => {
  it('puts its session back to waiting, without anything of AWS, and the loop ends', async () => {
    const { broker, device, proceed, stored, loop } = await setUp();
    const before = await stored();
    await proceed();

    await loop();

    const now = await stored();
    expect(now).toMatchObject({ phase: 'awaiting_operator', activations: 1, userCode: device.userCode });
    expect(now.expiresAt).toBe(before.expiresAt);
    for (const gone of [
      'upstreamDeviceCode',
      'upstreamUserCode',
      'upstreamVerificationUriComplete',
      'activationExpiresAt',
    ]) {
      expect(now).not.toHaveProperty(gone);
    }
    expect(broker.eventsOf('session_settled')).toEqual([]);
    expect(broker.eventsOf('activation_ended').at(-1)).toMatchObject({
      reason: 'the AWS code was not approved in time',
    });
  });

  it('is polled to its last seconds, and not after its end', async () => {
    const { broker, proceed, loop } = await setUp();
    await proceed();

    await loop();

    const times = broker.upstream.pollTimes().map((atMs) => atMs / 1000 - START_SECONDS);
    expect(times.at(-1)).toBeGreaterThanOrEqual(595);
    expect(Math.max(...times)).toBeLessThan(600);
  });

  it('is followed by others, each counted and each with an execution of its own, until one is approved', async () => {
    const { time, broker, device, proceed, stored, loop, executions } = await setUp();
    for (let activation = 1; activation <= 4; activation += 1) {
      await proceed();
      await loop();
      expect(await stored()).toMatchObject({ phase: 'awaiting_operator', activations: activation });
    }
    await proceed();
    broker.upstream.approveAt(time.nowMs() + 60_000);

    await loop();

    expect(await stored()).toMatchObject({ phase: 'authorized', activations: 5 });
    expect(new Set(executions.map((execution) => execution.cohort)).size).toBe(5);
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ accessToken: 'upstream-access-token-1' });
  });

  it('tells the device nothing of it: that goes on waiting at its own interval', async () => {
    const { time, broker, device, proceed } = await setUp();
    await proceed();

    const answers = new Set();
    for (let poll = 0; poll < 60; poll += 1) {
      time.advanceSeconds(device.interval);
      const answer = await broker.redeemDeviceCode(device);
      answers.add('refused' in answer ? answer.refused : 'tokens');
    }

    expect([...answers]).toEqual(['authorization_pending']);
  });

  it('is noticed by a device that polls when the loop is dead', async () => {
    const { time, broker, device, proceed, stored } = await setUp();
    await proceed();
    time.advanceSeconds(600);

    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'authorization_pending' });
    expect((await stored()).phase).toBe('awaiting_operator');
  });

  it.each(['expired', 'invalid_client', 'refused'] as const)(
    'because AWS says %s before its time leaves the session waiting too',
    async (answer) => {
      const { time, broker, proceed, stored } = await setUp();
      await proceed();
      time.advanceSeconds(5);
      broker.upstream.answerNext(answer);

      await broker.pollSession(await stored());

      expect(await stored()).toMatchObject({ phase: 'awaiting_operator', activations: 1 });
      expect(await proceed()).toMatchObject({ kind: 'continue' });
    },
  );

  it('that AWS twice does not know leaves the session waiting; once may be transient', async () => {
    const { time, broker, proceed, stored } = await setUp();
    await proceed();
    broker.upstream.answerNext('invalid_grant', 'invalid_grant');

    const phases = [];
    for (let poll = 0; poll < 2; poll += 1) {
      time.advanceSeconds(10);
      phases.push((await broker.pollSession(await stored())).phase);
    }

    expect(phases).toEqual(['pending', 'awaiting_operator']);
  });

  it('does not give its session a second more than its own', async () => {
    const kiosks = { ...FLEETS.kiosks, sessionLifetimeSeconds: 300 } as NonNullable<(typeof FLEETS)[string]>;
    const { time, broker, device, proceed, stored, loop } = await setUp({ settings: { fleets: { kiosks } } });
    time.advanceSeconds(200);
    await proceed();

    await loop();

    expect(await stored()).toMatchObject({ phase: 'expired', expiresAt: START_SECONDS + 300 });
    expect(Math.max(...broker.upstream.pollTimes())).toBeLessThan((START_SECONDS + 300) * 1000);
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'expired_token' });
  });
});

describe('an AWS code that is decided', () => {
  it('by a denial ends the session: nobody is asked again', async () => {
    const { time, broker, device, proceed, stored, loop } = await setUp();
    await proceed();
    broker.upstream.denyAt(time.nowMs() + 20_000);

    await loop();

    expect((await stored()).phase).toBe('denied');
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
    expect(await proceed()).toMatchObject({ kind: 'settled', session: { phase: 'denied' } });
  });

  it('in its last three seconds is not lost', async () => {
    const { time, broker, proceed, stored, loop } = await setUp();
    await proceed();
    broker.upstream.approveAt(time.nowMs() + 597_000);

    await loop();

    expect((await stored()).phase).toBe('authorized');
  });

  it('by an approval ends its code and link: whoever brings them is told that it is done', async () => {
    const { time, broker, proceed, stored, loop } = await setUp();
    await proceed();
    broker.upstream.approveAt(time.nowMs());

    await loop();

    const session = await stored();
    expect(session).toMatchObject({ phase: 'authorized' });
    for (const gone of ['userCode', 'verificationUri', 'verificationUriComplete', 'upstreamDeviceCode']) {
      expect(session).not.toHaveProperty(gone);
    }
    expect(await proceed()).toMatchObject({ kind: 'settled', session: { phase: 'authorized' } });
  });
});
