import { describe, expect, it } from 'vitest';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { Upstream, UpstreamProblem } from '../../lambda/core/upstream.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { pacedUpstream } from './paced-upstream.ts';

const CLIENT = { clientId: 'upstream-client', clientSecret: makeSecret('s'), expiresAt: START_SECONDS + 1_000 };
const FLEET = makeFleet();
const THROTTLED: UpstreamProblem = { kind: 'unavailable', cause: 'throttled' };

function setUp() {
  const clock = makeFakeClock();
  const problem: { now?: UpstreamProblem | undefined } = {};
  let asked = 0;
  const activation = {} as never;
  const upstream: Upstream = {
    registerClient: async () => THROTTLED,
    startDeviceAuthorization: async () => {
      asked += 1;
      return problem.now ?? { kind: 'started', activation, expiresInSeconds: 600, intervalSeconds: 1 };
    },
    createToken: async () => problem.now ?? { kind: 'pending' },
  };
  const paced = pacedUpstream(upstream, clock);
  const start = () => paced.startDeviceAuthorization(FLEET, CLIENT, FLEET.startUrl);
  const poll = () => paced.createToken(FLEET, CLIENT, { deviceCode: 'd' });
  const during = async (trouble: UpstreamProblem, call: () => Promise<unknown>): Promise<void> => {
    problem.now = trouble;
    await call();
    problem.now = undefined;
  };
  /** How many of so many starts at this moment upstream was asked for. */
  const startedOf = async (count: number): Promise<number> => {
    const before = asked;
    for (let n = 0; n < count; n += 1) await start();
    return asked - before;
  };
  return { clock, start, poll, during, startedOf };
}

describe('trouble that is no throttling', () => {
  it.each<UpstreamProblem>([
    { kind: 'unavailable', cause: 'timeout' },
    { kind: 'unavailable', cause: 'server_error' },
    { kind: 'refused', exception: 'UnauthorizedClientException' },
  ])('holds nobody back, at a start or at a poll: %j', async (trouble) => {
    const { start, poll, during, startedOf } = setUp();

    await during(trouble, start);
    await during(trouble, poll);

    expect(await startedOf(10)).toBe(10);
  });
});

describe('a throttled poll', () => {
  it('slows the starts down, which share the quota with it', async () => {
    const { clock, poll, during, startedOf } = setUp();
    await during(THROTTLED, poll);

    expect(await startedOf(10)).toBe(0);
    clock.advanceSeconds(1);
    expect(await startedOf(10)).toBe(1);
  });
});

describe('the pace', () => {
  it('lets one start through at a time: those of a long pause are not saved up', async () => {
    const { clock, start, during, startedOf } = setUp();
    await during(THROTTLED, start);
    clock.advanceSeconds(30);

    expect(await startedOf(10)).toBe(1);
    clock.advanceSeconds(1);
    expect(await startedOf(10)).toBe(1);
  });

  it('is forgotten once it is as fast as upstream allows, some minutes after the last throttled answer', async () => {
    const { clock, start, during, startedOf } = setUp();
    await during(THROTTLED, start);

    // From 2 a second to 80 at 2 % a second takes 187 seconds.
    clock.advanceSeconds(185);
    expect(await startedOf(10)).toBe(1);
    clock.advanceSeconds(5);
    expect(await startedOf(10)).toBe(10);
  });
});
