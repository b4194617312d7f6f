import { describe, expect, it } from 'vitest';
import { pacedUpstream, type UpstreamPace } from '../../lambda/core/paced-upstream.ts';
import type { StartedActivation, UpstreamProblem } from '../../lambda/core/upstream.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { makeFakeUpstream } from '../support/fake-upstream.ts';

const THROTTLED = { kind: 'unavailable', cause: 'throttled' } as const;
const PACED = { kind: 'unavailable', cause: 'paced' } as const;
const FLEET = makeFleet();
/** Of twenty a second: nineteen for all, nine for starts. */
const CALLS_PER_SECOND = 20;

/** The count that environments share. */
function makeSharedPace(): UpstreamPace & { asked(): number } {
  const calls = new Map<string, number>();
  let asked = 0;
  return {
    asked: () => asked,
    async takeCall(clientId, second, most) {
      asked += 1;
      const key = `${clientId} ${second}`;
      const taken = calls.get(key) ?? 0;
      if (taken >= most) return false;
      calls.set(key, taken + 1);
      return true;
    },
  };
}

async function setUp(pace: UpstreamPace = makeSharedPace(), callsPerSecond = CALLS_PER_SECOND) {
  const clock = makeFakeClock();
  const upstream = makeFakeUpstream({ clock, sleep: clock.sleep });
  const register = async () => {
    const registered = await upstream.registerClient(FLEET);
    if (registered.kind !== 'registered') throw new Error('no registration');
    return registered.registration;
  };
  const client = await register();

  function makeEnvironment() {
    const paced = pacedUpstream(upstream, { pace, clock, callsPerSecond });
    const start = (by = client) => paced.startDeviceAuthorization(FLEET, by, FLEET.startUrl);
    const poll = (deviceCode = 'code') => paced.createToken(FLEET, client, { deviceCode });
    /** Upstream has this trouble with one start. */
    const startDuring = async (trouble: UpstreamProblem): Promise<void> => {
      upstream.failSettingUp(trouble);
      await start();
      upstream.failSettingUp(undefined);
    };
    return { start, poll, startDuring };
  }

  return { clock, upstream, register, makeEnvironment, ...makeEnvironment() };
}

/** How many of so many calls went through to upstream. */
async function through(times: number, call: () => Promise<object>): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time += 1) {
    const answer = await call();
    if (!('cause' in answer && answer.cause === 'paced')) count += 1;
  }
  return count;
}

describe('upstream that throttles nobody', () => {
  it('is asked whatever there is to ask, without a look at the count', async () => {
    const pace = makeSharedPace();
    const { start } = await setUp(pace);

    expect(await through(500, start)).toBe(500);
    expect(pace.asked()).toBe(0);
  });

  it.each<UpstreamProblem>([
    { kind: 'unavailable', cause: 'timeout' },
    { kind: 'unavailable', cause: 'server_error' },
    { kind: 'refused', exception: 'UnauthorizedClientException' },
  ])('is asked as before after other trouble: %j', async (trouble) => {
    const { start, startDuring } = await setUp();
    await startDuring(trouble);

    expect(await through(50, start)).toBe(50);
  });
});

describe('upstream that has throttled a call', () => {
  it('starts somewhat less than half of its quota a second, and tells the others to wait', async () => {
    const { start, startDuring } = await setUp();
    await startDuring(THROTTLED);

    expect(await through(9, start)).toBe(9);
    expect(await start()).toEqual(PACED);
  });

  it('starts one a second with the smallest quota', async () => {
    const { start, startDuring } = await setUp(makeSharedPace(), 2);
    await startDuring(THROTTLED);

    expect(await through(3, start)).toBe(1);
  });

  it('polls with what starts leave, and with their share as well', async () => {
    const { start, poll, startDuring } = await setUp();
    await startDuring(THROTTLED);
    await through(3, start);

    expect(await through(30, poll)).toBe(16);
  });

  it('leaves starts out once polls have had as many calls as starts may', async () => {
    const { start, poll, startDuring } = await setUp();
    await startDuring(THROTTLED);
    await through(9, poll);

    expect(await through(5, start)).toBe(0);
    expect(await through(30, poll)).toBe(10);
  });

  it('has a new second’s calls in the next second', async () => {
    const { clock, start, startDuring } = await setUp();
    await startDuring(THROTTLED);
    await through(20, start);
    clock.advanceSeconds(1);

    expect(await through(20, start)).toBe(9);
  });

  it('shares them among all environments', async () => {
    const { makeEnvironment } = await setUp();
    const [one, other] = [makeEnvironment(), makeEnvironment()];
    await one.startDuring(THROTTLED);
    await other.startDuring(THROTTLED);

    expect((await through(6, one.start)) + (await through(6, other.start))).toBe(9);
  });

  it('asks the count once for a second that is full', async () => {
    const pace = makeSharedPace();
    const { start, startDuring } = await setUp(pace);
    await startDuring(THROTTLED);
    await through(100, start);

    expect(pace.asked()).toBe(10);
  });

  it('counts for each registration: the quota is the registered client’s', async () => {
    const { register, start, startDuring } = await setUp();
    const other = await register();
    await startDuring(THROTTLED);
    await through(20, start);

    expect(await through(20, () => start(other))).toBe(20);
  });

  it('is throttled by a poll as by a start', async () => {
    const { upstream, start, poll } = await setUp();
    upstream.answerNext('throttled');
    await poll();

    expect(await through(20, start)).toBe(9);
  });

  it('is asked freely again a minute after the last call that was too many', async () => {
    const { clock, start, startDuring } = await setUp();
    await startDuring(THROTTLED);
    clock.advanceSeconds(30);
    await through(10, start);

    clock.advanceSeconds(59);
    expect(await through(5, start)).toBe(5);
    clock.advanceSeconds(1);
    expect(await through(50, start)).toBe(50);
  });

  it('is asked all the same when the count cannot be read', async () => {
    const { start, startDuring } = await setUp({ takeCall: () => Promise.reject(new Error('throttled table')) });
    await startDuring(THROTTLED);

    expect(await through(20, start)).toBe(20);
  });

  it('is not asked after a count that took a second: the claim of a poll would end too soon', async () => {
    const slow = { seconds: 1 };
    const { clock, poll, upstream } = await setUp({
      async takeCall() {
        clock.advanceSeconds(slow.seconds);
        return true;
      },
    });
    upstream.answerNext('throttled');
    await poll();

    expect(await through(1, poll)).toBe(1);
    slow.seconds = 1.001;
    expect(await through(1, poll)).toBe(0);
  });
});

describe('answers at the quota', () => {
  it('say nothing of a throttled moment alone, after which there is room for all', async () => {
    const { start, startDuring } = await setUp();
    await startDuring(THROTTLED);

    expect(await start()).not.toHaveProperty('atQuota');
  });

  it('say so for ten seconds after a call was left out, that those wait who can', async () => {
    const { clock, start, poll, startDuring } = await setUp();
    const started = await start();
    const { upstreamDeviceCode } = (started as StartedActivation).activation;
    clock.advanceSeconds(5);
    await startDuring(THROTTLED);
    await through(10, start);
    clock.advanceSeconds(1);

    expect(started).not.toHaveProperty('atQuota');
    expect(await start()).toMatchObject({ kind: 'started', atQuota: true });
    expect(await poll(upstreamDeviceCode)).toEqual({ kind: 'pending', atQuota: true });
    clock.advanceSeconds(9);
    expect(await start()).not.toHaveProperty('atQuota');
    expect(await poll(upstreamDeviceCode)).toEqual({ kind: 'pending' });
  });
});
