import { describe, expect, it } from 'vitest';
import { type CohortState, MAX_TICKS } from '../../lambda/core/cohort.ts';
import { type FakeBrokerOptions, type FakeDevice, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { makeTimeline } from '../support/fake-timeline.ts';

const INTERVAL_MS = 5_000;
/** The loop leaves a device that polls by itself so much slack. */
const LOOP_DUE_MS = INTERVAL_MS + 2_000;

async function setUp(devices = 1, options: Partial<FakeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, ...options });
  const started: FakeDevice[] = [];
  for (let index = 0; index < devices; index += 1) started.push(await broker.startDevice());
  const state: CohortState = {
    cohort: 'cohort',
    generation: 0,
    tick: 0,
    sessionIds: started.map((device) => device.sessionId),
    waitSeconds: 5,
  };
  return { time, broker, devices: started, state };
}

describe('a tick of the polling loop', () => {
  it('before anything is due polls nothing and says how long to wait', async () => {
    const { broker, state } = await setUp();

    expect(await broker.tick(state)).toEqual({ ...state, tick: 1, waitSeconds: 7, next: 'wait' });
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('polls what is due and waits until the next is', async () => {
    const { broker, time, state } = await setUp(3);
    time.advance(LOOP_DUE_MS);

    const after = await broker.tick(state);

    expect(broker.upstream.pollTimes()).toHaveLength(3);
    expect(after).toEqual({ ...state, tick: 1, waitSeconds: 7, next: 'wait' });
  });

  it('leaves a session alone that its own device has just polled', async () => {
    const { broker, time, devices, state } = await setUp();
    time.advance(INTERVAL_MS);
    await broker.redeemDeviceCode(devices[0] as FakeDevice);
    time.advance(2_000);

    const after = await broker.tick(state);

    expect(broker.upstream.pollTimes()).toEqual([START_MS + INTERVAL_MS]);
    expect(after.waitSeconds).toBe(5);
  });

  it('keeps the sessions that are still pending and drops the others', async () => {
    const { broker, time, devices, state } = await setUp(4);
    const [approved, denied, cancelled, pending] = devices as [FakeDevice, FakeDevice, FakeDevice, FakeDevice];
    broker.upstream.approveAt(START_MS, approved.upstreamDeviceCode);
    broker.upstream.denyAt(START_MS, denied.upstreamDeviceCode);
    await broker.operate.cancel(cancelled.sessionId, 'stolen');
    time.advance(LOOP_DUE_MS);

    const after = await broker.tick(state);

    expect(after).toMatchObject({ sessionIds: [pending.sessionId], next: 'wait' });
    expect((await broker.stored(approved.sessionId)).phase).toBe('authorized');
  });

  it('with nothing left to poll is the last one', async () => {
    const { broker, time, state } = await setUp(2);
    broker.upstream.answerNext('denied', 'denied');
    time.advance(LOOP_DUE_MS);

    expect(await broker.tick(state)).toEqual({ ...state, tick: 1, sessionIds: [], waitSeconds: 1, next: 'done' });
  });

  it('drops sessions that are gone from the table', async () => {
    const { broker, devices, state } = await setUp(2);
    broker.memory.records.remove((devices[0] as FakeDevice).sessionId);

    expect((await broker.tick(state)).sessionIds).toEqual([devices[1]?.sessionId]);
  });

  it('ends a session that has expired, and is done', async () => {
    const { broker, time, devices, state } = await setUp();
    time.advanceSeconds(600);

    expect((await broker.tick(state)).next).toBe('done');
    expect((await broker.stored((devices[0] as FakeDevice).sessionId)).phase).toBe('expired');
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('goes on with the other sessions when one fails, and comes back to it in 5 s', async () => {
    const { broker, time, devices, state } = await setUp(3);
    const { createToken } = broker.upstream;
    const broken = devices[1] as FakeDevice;
    broker.upstream.createToken = (target, client, grant) =>
      'deviceCode' in grant && grant.deviceCode === broken.upstreamDeviceCode
        ? Promise.reject(new Error('the environment is out of sockets'))
        : createToken(target, client, grant);
    time.advance(LOOP_DUE_MS);

    const after = await broker.tick(state);

    expect(broker.failures).toEqual([{ sessionId: broken.sessionId, error: expect.any(Error) }]);
    expect(broker.upstream.pollTimes()).toHaveLength(2);
    expect(after.sessionIds).toEqual(state.sessionIds);
    expect(after.waitSeconds).toBeLessThanOrEqual(7);
  });

  it('after 700 of them hands over to a fresh execution of the next generation', async () => {
    const { broker, state } = await setUp();

    const last = await broker.tick({ ...state, generation: 3, tick: MAX_TICKS - 1 });
    const before = await broker.tick({ ...state, generation: 3, tick: MAX_TICKS - 2 });

    expect(last).toEqual({ ...state, generation: 4, tick: 0, waitSeconds: 7, next: 'hand-over' });
    expect(before).toMatchObject({ generation: 3, tick: MAX_TICKS - 1, next: 'wait' });
  });

  it('that finds nothing to poll does not hand over, even if it is the 700th', async () => {
    const { broker, time, state } = await setUp();
    time.advanceSeconds(600);

    expect((await broker.tick({ ...state, tick: MAX_TICKS - 1 })).next).toBe('done');
  });

  it('puts nothing but ids and numbers into the state machine', async () => {
    const { broker, devices, state } = await setUp(2);

    const text = JSON.stringify(await broker.tick(state));

    const secrets = devices.flatMap(({ deviceCode, upstreamDeviceCode, clientSecret }) => [
      deviceCode,
      upstreamDeviceCode,
      clientSecret,
    ]);
    expect([...secrets, 'CODE-'].filter((secret) => text.includes(secret))).toEqual([]);
    expect(Object.keys(JSON.parse(text)).sort()).toEqual([
      'cohort',
      'generation',
      'next',
      'sessionIds',
      'tick',
      'waitSeconds',
    ]);
  });

  it('polls 100 sessions with slow answers 25 at a time: within the function’s minute', async () => {
    const time = makeTimeline();
    const broker = makeFakeBroker({ time });
    const starting = await time.start(() => Promise.all(Array.from({ length: 100 }, () => broker.startDevice())));
    await time.finish();
    const sessionIds = (await starting.result).map((device) => device.sessionId);
    await time.elapse(LOOP_DUE_MS);
    broker.upstream.answerNext(...Array(100).fill('timeout'));
    const before = time.nowMs();

    await time.start(() => broker.tick({ cohort: 'cohort', generation: 0, tick: 0, sessionIds, waitSeconds: 5 }));
    await time.finish();

    expect(broker.upstream.pollTimes()).toHaveLength(100);
    expect(time.nowMs() - before).toBe(4 * 3_000);
  });
});

describe('the loop from the first tick to the last', () => {
  it('finds an approval without any poll of the device, and the tokens wait for it', async () => {
    const { broker, time, devices, state } = await setUp();
    broker.upstream.approveAt(START_MS + 60_000);
    let now = { ...state, next: 'wait' };

    while (now.next === 'wait') {
      time.advanceSeconds(now.waitSeconds);
      now = await broker.tick(now);
    }

    expect(time.nowMs() - START_MS).toBeLessThan(60_000 + 15_000);
    expect(await broker.redeemDeviceCode(devices[0] as FakeDevice)).toHaveProperty('accessToken');
  });

  it('of a session that nobody approves eases, looks once more just before the end, and ends it after that look', async () => {
    const { broker, time, devices, state } = await setUp();
    let now = { ...state, next: 'wait' };

    while (now.next === 'wait') {
      time.advanceSeconds(now.waitSeconds);
      now = await broker.tick(now);
    }

    const polls = broker.upstream.pollTimes().map((atMs) => (atMs - START_MS) / 1000);
    expect(polls.at(-1)).toBe(598);
    expect(time.nowMs()).toBe(START_MS + 603_000);
    expect(polls.length).toBeLessThan(50);
    expect(now.tick).toBeLessThan(60);
    expect((await broker.stored((devices[0] as FakeDevice).sessionId)).phase).toBe('expired');
  });
});
