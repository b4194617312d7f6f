import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker, PERSON_IP, type WholeBrokerOptions } from '../support/whole-broker.ts';

async function setUp(options: Partial<WholeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time, ...options });
  const device = await broker.start('kiosks');
  const stored = () => broker.stored(device.sessionId);
  broker.events.length = 0;
  return { time, broker, device, stored };
}

describe('a person who does not know the device', () => {
  it('denies its session, and that is told once', async () => {
    const { broker, device, stored } = await setUp();
    const { sessionId, clientId, userCode } = device;

    const answer = await broker.activation.notMine(userCode, PERSON_IP);

    expect(answer).toMatchObject({ kind: 'settled', session: { phase: 'denied' } });
    expect(await stored()).toMatchObject({ phase: 'denied', endReason: expect.stringContaining('not theirs') });
    const told = { event: 'session_settled', phase: 'denied', sessionId, clientId };
    expect(broker.eventsOf('session_settled')).toMatchObject([told]);
  });

  it('who comes a moment after somebody else’s decision is told of that one, and changes nothing', async () => {
    const { broker, device, stored } = await setUp();
    const { end } = broker.sessions;
    // The session is cancelled between the look at it and the decision.
    broker.sessions.end = async (ending) => {
      await end({ ...ending, phase: 'cancelled', reason: 'by an operator' });
      return end(ending);
    };

    const answer = await broker.activation.notMine(device.userCode, PERSON_IP);

    expect(answer).toMatchObject({ kind: 'settled', session: { phase: 'cancelled' } });
    expect(await stored()).toMatchObject({ phase: 'cancelled', endReason: 'by an operator' });
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });

  it('whose device’s session has just been deleted is told that no device waits', async () => {
    const { broker, device } = await setUp();
    broker.sessions.end = async () => ({ done: false });

    expect(await broker.activation.notMine(device.userCode, PERSON_IP)).toEqual({ kind: 'unknown' });
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });
});

describe('a code of a device whose client is gone', () => {
  it('leads nowhere: nobody could use the sign-in', async () => {
    const { broker, device } = await setUp();
    broker.clients.read = async () => undefined;

    expect(await broker.activation.find(device.userCode, PERSON_IP)).toMatchObject({
      kind: 'asking',
      asking: { client: undefined, enrollmentKey: undefined },
    });
    expect(await broker.activation.continueToAws(device.userCode, PERSON_IP)).toMatchObject({
      kind: 'settled',
      session: { phase: 'cancelled' },
    });
  });
});

describe('text that is no code', () => {
  it.each(['', 'hello', 'AAAA-AAAA', '💥'])('is unknown, and nothing is looked up for it: %j', async (typed) => {
    const { broker } = await setUp();
    const looked: string[] = [];
    const { find } = broker.userCodes;
    broker.userCodes.find = async (code, nowMs) => {
      looked.push(code);
      return find(code, nowMs);
    };

    expect(await broker.activation.find(typed, PERSON_IP)).toEqual({ kind: 'unknown' });
    expect(looked).toEqual([]);
  });
});

describe('an activation', () => {
  it('is polled first when AWS’s interval is over', async () => {
    const { time, broker, device, stored } = await setUp();

    await broker.activation.continueToAws(device.userCode, PERSON_IP);

    const { nextPollAtMs, intervalSeconds } = await stored();
    expect(nextPollAtMs).toBe(time.nowMs() + intervalSeconds * 1000);
  });

  it('that ends while it is being polled asks the person to wait for the end of that poll', async () => {
    const { time, broker, device, stored } = await setUp();
    await broker.activation.continueToAws(device.userCode, PERSON_IP);
    const { activationExpiresAt = 0 } = await stored();
    time.advance(activationExpiresAt * 1000 - time.nowMs());
    await broker.memory.records.change(
      device.sessionId,
      () => true,
      (session) => ({ ...session, nextPollAtMs: time.nowMs() + 4_200 }),
    );

    expect(await broker.activation.continueToAws(device.userCode, PERSON_IP)).toEqual({
      kind: 'busy',
      retryAfterSeconds: 5,
    });
  });
});
