import { describe, expect, it } from 'vitest';
import type { Session } from '../../lambda/core/session.ts';
import type { SessionStore } from '../../lambda/core/session-store.ts';
import { type FakeBroker, makeFakeBroker } from '../support/fake-broker.ts';
import { makeTimeline, type Timeline } from '../support/fake-timeline.ts';
import type { ScriptedAnswer } from '../support/fake-upstream.ts';
import type { MemorySessionStore } from '../support/memory-session-store.ts';

/** Upstream takes so long for an answer. */
const LATENCY_MS = 200;

/** @param claimMs how long the answer to a claim takes */
async function setUp(claimMs = 0) {
  const time = makeTimeline();
  const wrapSessions = (store: MemorySessionStore): SessionStore => ({
    ...store,
    async claimPoll(claim) {
      const claimed = await store.claimPoll(claim);
      if (claimMs > 0) await time.sleep(claimMs);
      return claimed;
    },
  });
  const broker = makeFakeBroker({ time, wrapSessions, upstream: { latencyMs: () => LATENCY_MS } });
  const started = await time.start(() => broker.startDevice());
  await time.finish();
  const { sessionId } = await started.result;
  const poll = () => time.start(async () => broker.pollSession(await broker.stored(sessionId)));
  return { time, broker, sessionId, poll, stored: (): Promise<Session> => broker.stored(sessionId) };
}

/** Somebody tries to poll every 500 ms for so long. */
async function hammer(time: Timeline, poll: () => Promise<unknown>, seconds: number): Promise<void> {
  for (let turn = 0; turn < seconds * 2; turn += 1) {
    await poll();
    await time.elapse(500);
  }
}

/** The gaps between calls in seconds. */
function gaps(timesMs: readonly number[]): number[] {
  return timesMs.slice(1).map((atMs, index) => (atMs - (timesMs[index] as number)) / 1000);
}

describe('the interval of upstream polls', () => {
  it('is kept by 50 pollers at once: one of them calls', async () => {
    const { time, broker, poll } = await setUp();
    await time.elapse(5_000);

    await Promise.all(Array.from({ length: 50 }, poll));
    await time.finish();

    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it.each<{ answer: ScriptedAnswer; after: number[]; why: string }>([
    { answer: 'pending', after: [5, 5, 5], why: 'the interval as it is' },
    { answer: 'slow_down', after: [10, 10, 10], why: '5 s longer for good (RFC 8628 §3.5)' },
    { answer: 'throttled', after: [10, 5, 5], why: 'longer once' },
    { answer: 'server_error', after: [10, 5, 5], why: 'longer once' },
    { answer: 'timeout', after: [13, 5, 5], why: 'longer once, counted from the end of the time-out' },
  ])('through $answer, for somebody who tries all the time: $why', async ({ answer, after }) => {
    const { time, broker, poll } = await setUp();
    broker.upstream.answerNext(answer);

    await hammer(time, poll, 60);

    const measured = gaps(broker.upstream.pollTimes()).slice(0, 3);
    measured.forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(after[index] as number);
      expect(gap).toBeLessThan((after[index] as number) + 1);
    });
  });

  it('grows by 5 s with every slow_down', async () => {
    const { time, broker, poll } = await setUp();
    broker.upstream.answerNext('slow_down', 'slow_down', 'slow_down');

    await hammer(time, poll, 120);

    expect(gaps(broker.upstream.pollTimes()).slice(0, 4).map(Math.floor)).toEqual([10, 15, 20, 20]);
  });

  it('is kept when a claimer dies in its call: the next one comes after time-out and interval', async () => {
    const { time, broker, poll } = await setUp();
    await time.elapse(5_000);
    delayFirstAnswer(broker, time, 86_400_000);

    await hammer(time, poll, 20);

    expect(gaps(broker.upstream.pollTimes())[0]).toBe(8);
  });

  it('is kept when a claim takes longer than its lease allows for: that claimer makes no call', async () => {
    const { time, broker, poll } = await setUp(2_001);
    await time.elapse(5_000);

    await hammer(time, poll, 30);

    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('allows for a claim of 2 s', async () => {
    const { time, broker, poll } = await setUp(2_000);
    await time.elapse(5_000);
    await poll();

    await time.elapse(2_000);

    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });

  it('counts a slow_down that comes after the lease was taken over, from the next poll on', async () => {
    const { time, broker, poll, stored } = await setUp();
    delayFirstAnswer(broker, time, 20_000);
    broker.upstream.answerNext('slow_down');

    await hammer(time, poll, 60);

    const times = broker.upstream.pollTimes();
    const told = (times[0] as number) + LATENCY_MS + 20_000;
    const firstAfter = times.findIndex((atMs) => atMs > told);
    expect((await stored()).slowDowns).toBe(1);
    expect(firstAfter).toBeGreaterThan(1);
    expect(Math.min(...gaps(times.slice(firstAfter - 1)))).toBeGreaterThanOrEqual(10);
  });
});

/** The caller of the next token request hangs for so long before it goes on with the answer. */
function delayFirstAnswer({ upstream }: FakeBroker, time: Timeline, delayMs: number): void {
  const { createToken } = upstream;
  const delays = [delayMs];
  upstream.createToken = async (...call) => {
    const hangsMs = delays.shift();
    const answer = await createToken(...call);
    if (hangsMs !== undefined) await time.sleep(hangsMs);
    return answer;
  };
}
