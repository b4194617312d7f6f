import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import type { MemorySessionStore } from '../support/memory-session-store.ts';
import { makeWholeBroker, PERSON_IP, type WaitingDevice, type WholeBroker } from '../support/whole-broker.ts';

/** What gets between AWS's answer to a person's Continue and the write that counts. */
type Between = (broker: WholeBroker, device: WaitingDevice) => Promise<unknown>;

/** A person continues; in the middle of it something else happens, completely. */
async function continueWhile(between: Between) {
  const time = makeFakeClock();
  let interrupt = async (): Promise<unknown> => undefined;
  const wrapSessions = (store: MemorySessionStore) => ({
    ...store,
    activate: async (start: Parameters<typeof store.activate>[0]) => {
      const interrupted = interrupt;
      interrupt = async () => undefined;
      await interrupted();
      return store.activate(start);
    },
  });
  const broker = makeWholeBroker({ time, wrapSessions });
  const device = await broker.start('kiosks');
  interrupt = () => between(broker, device);
  const answer = await broker.activation.continueToAws(device.userCode, PERSON_IP);
  return { time, broker, device, answer, stored: () => broker.stored(device.sessionId) };
}

/** Lets the device and the loop poll for ten minutes. */
async function pollOn({ broker, device, time }: Awaited<ReturnType<typeof continueWhile>>): Promise<void> {
  for (let poll = 0; poll < 20; poll += 1) {
    time.advanceSeconds(30);
    await broker.redeemDeviceCode(device);
    await broker.pollSession(await broker.stored(device.sessionId));
  }
}

describe('between AWS’s answer and the write', () => {
  it.each<{ what: string; between: Between; phase: string; device: string }>([
    {
      what: 'an operator cancels',
      between: (broker, { sessionId }) => broker.operate.cancel(sessionId, 'not today'),
      phase: 'cancelled',
      device: 'access_denied',
    },
    {
      what: 'an operator locks the client',
      between: (broker, { clientId }) => broker.operate.lock(clientId, 'stolen'),
      phase: 'cancelled',
      device: 'invalid_client',
    },
    {
      what: 'another person says that it is not theirs',
      between: (broker, { userCode }) => broker.activation.notMine(userCode, '203.0.113.9'),
      phase: 'denied',
      device: 'access_denied',
    },
    {
      what: 'the device revokes its code',
      between: (broker, device) => broker.revokeToken({ ...device, token: device.deviceCode }),
      phase: 'cancelled',
      device: 'access_denied',
    },
    {
      what: 'the device starts anew',
      between: (broker, device) => broker.start('kiosks', device),
      phase: 'superseded',
      device: 'invalid_grant',
    },
  ])('$what: the person is told, the end stays, the AWS code is never polled', async ({ between, phase, device }) => {
    const run = await continueWhile(between);

    expect(run.answer).toMatchObject({ kind: 'settled', session: { phase } });
    expect(await run.broker.redeemDeviceCode(run.device)).toMatchObject({ refused: device });
    const ended = await run.stored();
    await pollOn(run);
    expect(run.broker.upstream.pollTimes()).toEqual([]);
    expect(await run.stored()).toEqual(ended);
    expect(ended).toMatchObject({ phase });
  });

  it('the session comes to its end: the person is told that it has expired, and so is the device', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time, upstream: { latencyMs: () => 1_000 } });
    const device = await broker.start('kiosks');
    time.advance(86_400_000 - 1_500);

    const answer = await broker.activation.continueToAws(device.userCode, PERSON_IP);

    expect(broker.upstream.countOf('startDeviceAuthorization')).toBe(1);
    expect(answer).toMatchObject({ kind: 'settled', session: { phase: 'expired' } });
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'expired_token' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('the table deletes the session: the person is told that nobody waits with this code', async () => {
    const run = await continueWhile(async (broker, { sessionId }) => broker.memory.records.remove(sessionId));

    expect(run.answer).toEqual({ kind: 'unknown' });
  });

  it('the device polls: it goes on waiting, and AWS is first asked one interval later', async () => {
    const run = await continueWhile((broker, device) => broker.redeemDeviceCode(device));

    expect(run.answer).toMatchObject({ kind: 'continue' });
    const { activatedAtMs = 0 } = await run.stored();
    await run.broker.redeemDeviceCode(run.device);
    await pollOn(run);
    expect(Math.min(...run.broker.upstream.pollTimes())).toBeGreaterThanOrEqual(activatedAtMs + 5_000);
  });

  it('another person continues: both are at one AWS page, and its code is the one that is polled', async () => {
    let other: unknown;
    const run = await continueWhile(async (broker, { userCode }) => {
      other = await broker.activation.continueToAws(userCode, '203.0.113.9');
    });

    expect(run.answer).toMatchObject({ kind: 'continue' });
    expect(other).toEqual(run.answer);
    expect(await run.stored()).toMatchObject({ activations: 1, upstreamDeviceCode: 'upstream-device-code-2' });
    await pollOn(run);
    expect(run.broker.upstream.pollTimes('upstream-device-code-1')).toEqual([]);
  });
});

describe('a poll that is slower than its AWS code lives', () => {
  /** A poll begins 5 s before the code's end and is answered `latencyMs` later. */
  async function slowPoll(latencyMs: number, approved: boolean) {
    const time = makeTimeline();
    let latency = 0;
    const broker = makeWholeBroker({ time, upstream: { latencyMs: () => latency } });
    const device = await broker.start('kiosks');
    const proceed = () => broker.activation.continueToAws(device.userCode, PERSON_IP);
    await proceed();
    await time.elapse(595_000);
    if (approved) broker.upstream.approveAt(time.nowMs());
    latency = latencyMs;
    const { result: polled } = await time.start(() => broker.redeemDeviceCode(device));
    latency = 0;
    return { time, broker, device, polled, proceed, stored: () => broker.stored(device.sessionId) };
  }

  it('keeps the code from being replaced, and the approval that it brings', async () => {
    const { time, proceed, polled, stored } = await slowPoll(6_000, true);
    await time.elapse(5_500);

    expect(await proceed()).toEqual({ kind: 'busy', retryAfterSeconds: 3 });
    await time.finish();

    expect(await polled).toMatchObject({ accessToken: 'upstream-access-token-1' });
    expect((await stored()).phase).toBe('claimed');
  });

  it('and than its lease leaves the next person’s code alone', async () => {
    const { time, broker, proceed, polled, stored } = await slowPoll(20_000, false);
    broker.upstream.answerNext('expired');
    await time.elapse(9_000);
    expect(await proceed()).toMatchObject({ kind: 'continue' });
    const second = await stored();

    await time.finish();

    expect(await polled).toMatchObject({ refused: 'authorization_pending' });
    expect(await stored()).toEqual(second);
    expect(second).toMatchObject({ phase: 'pending', activations: 2, upstreamDeviceCode: 'upstream-device-code-2' });
  });

  it('and than its lease still brings its approval, whoever has another code by then', async () => {
    const { time, broker, device, proceed, stored } = await slowPoll(20_000, true);
    await time.elapse(9_000);
    await proceed();

    await time.finish();

    expect(await stored()).toMatchObject({ phase: 'claimed', activations: 2 });
    expect(broker.eventsOf('approval_lost')).toEqual([]);
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ accessToken: 'upstream-access-token-1' });
  });

  it('cannot bring back a session that a person has refused meanwhile; the approval is told as lost', async () => {
    const { time, broker, device, polled, stored } = await slowPoll(3_000, true);
    await time.elapse(1_000);
    await broker.activation.notMine(device.userCode, PERSON_IP);

    await time.finish();

    expect(await polled).toMatchObject({ refused: 'access_denied' });
    expect((await stored()).phase).toBe('denied');
    expect(await stored()).not.toHaveProperty('sealedTokens');
    expect(broker.eventsOf('approval_lost')).toHaveLength(1);
  });
});
