import { describe, expect, it } from 'vitest';
import type { Upstream, UpstreamClient } from '../../lambda/core/upstream.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { makeFakeUpstream } from '../support/fake-upstream.ts';
import { pacedUpstream } from './paced-upstream.ts';

const THROTTLED = { kind: 'unavailable', cause: 'throttled' } as const;

async function setUp() {
  const clock = makeFakeClock();
  const upstream = makeFakeUpstream({ clock, sleep: clock.sleep });
  const fleet = makeFleet();
  const registered = await upstream.registerClient(fleet);
  if (registered.kind !== 'registered') throw new Error('no registration');
  const client = registered.registration;
  const paced = pacedUpstream(upstream, clock);
  const start = (by: UpstreamClient = client, through: Upstream = paced) =>
    through.startDeviceAuthorization(fleet, by, fleet.startUrl);
  const poll = (deviceCode = 'code') => paced.createToken(fleet, client, { deviceCode });
  /** Upstream throttles one start. */
  const throttleOnce = async (): Promise<void> => {
    upstream.failSettingUp(THROTTLED);
    await start();
    upstream.failSettingUp(undefined);
  };
  return { clock, upstream, fleet, client, start, poll, throttleOnce };
}

describe('upstream at a pace', () => {
  it('holds nobody back before it was ever throttled', async () => {
    const { upstream, start } = await setUp();

    for (let started = 0; started < 500; started += 1) await start();

    expect(upstream.countOf('startDeviceAuthorization')).toBe(500);
  });

  it('asks nothing for a moment once it was throttled, and tells callers what upstream would', async () => {
    const { upstream, start, throttleOnce } = await setUp();
    await throttleOnce();

    expect(await start()).toEqual(THROTTLED);
    expect(upstream.countOf('startDeviceAuthorization')).toBe(1);
  });

  it('starts again after the moment', async () => {
    const { clock, start, throttleOnce } = await setUp();
    await throttleOnce();
    clock.advanceSeconds(1);

    expect((await start()).kind).toBe('started');
  });

  it('starts fewer with every throttled answer', async () => {
    const startedAfter = async (throttles: number): Promise<number> => {
      const { clock, upstream, start, throttleOnce } = await setUp();
      for (let throttled = 0; throttled < throttles; throttled += 1) {
        await throttleOnce();
        clock.advanceSeconds(2);
      }
      const before = upstream.countOf('startDeviceAuthorization');
      for (let second = 0; second < 20; second += 1) {
        await start();
        clock.advanceSeconds(1);
      }
      return upstream.countOf('startDeviceAuthorization') - before;
    };

    expect(await startedAfter(8)).toBeLessThan(await startedAfter(1));
  });

  it('comes back to full speed when nothing is throttled any more', async () => {
    const { clock, upstream, start, throttleOnce } = await setUp();
    await throttleOnce();
    clock.advanceSeconds(600);

    for (let started = 0; started < 100; started += 1) await start();

    expect(upstream.countOf('startDeviceAuthorization')).toBe(101);
  });

  it('holds starts back for polls that are throttled, and never a poll', async () => {
    const { upstream, start, poll } = await setUp();
    upstream.answerNext('throttled', 'throttled', 'throttled');

    for (let polled = 0; polled < 5; polled += 1) await poll();

    expect(upstream.countOf('createToken')).toBe(5);
    expect(await start()).toEqual(THROTTLED);
  });

  it('keeps a pace for each registration: the quota is the registered client’s', async () => {
    const { upstream, fleet, start, throttleOnce } = await setUp();
    const other = await upstream.registerClient(fleet);
    await throttleOnce();

    expect(other.kind === 'registered' && (await start(other.registration)).kind).toBe('started');
  });
});
