import { describe, expect, it } from 'vitest';
import type { TickInput } from '../../lambda/core/cohort.ts';
import { isLoopsTurn, loopWaitSeconds } from '../../lambda/core/poll-policy.ts';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';

const secondsFromNow = (seconds: number) => makeSession({ nextPollAtMs: START_MS + seconds * 1000 });

describe('the sessions of a cohort', () => {
  it('that become due soon after the first are waited for, so that one tick polls them all', () => {
    expect(loopWaitSeconds([secondsFromNow(5), secondsFromNow(8), secondsFromNow(9)], START_MS, 5)).toBe(11);
  });

  it('that become due much later are not waited for', () => {
    expect(loopWaitSeconds([secondsFromNow(5), secondsFromNow(8), secondsFromNow(30)], START_MS, 5)).toBe(10);
  });

  it('are not waited for past the last look at one of them', () => {
    const ending = makeSession({ nextPollAtMs: START_MS + 5_000, expiresAt: START_MS / 1000 + 10 });

    expect(loopWaitSeconds([ending, secondsFromNow(10)], START_MS, 5)).toBe(7);
  });

  it('are taken along by a tick that is awake anyway, once their devices have had their slack', () => {
    const old = makeSession({ createdAtMs: START_MS - 300_000, nextPollAtMs: START_MS });

    expect(isLoopsTurn(old, START_MS + 1_999)).toBe(false);
    expect(isLoopsTurn(old, START_MS + 2_000)).toBe(true);
  });
});

describe('the executions of an Express workflow', () => {
  async function tickAt(startedAt: string | undefined): Promise<string> {
    const time = makeFakeClock();
    const broker = makeFakeBroker({ time });
    const { sessionId } = await broker.startDevice();
    const state = { cohort: 'cohort', generation: 0, tick: 3, sessionIds: [sessionId], waitSeconds: 7 };
    const input: TickInput = startedAt === undefined ? state : { ...state, startedAt, sliceSeconds: 200 };
    return (await broker.tick(input)).next;
  }

  it('hand over when their next tick would come after their slice', async () => {
    expect(await tickAt(new Date(START_MS - 195_000).toISOString())).toBe('hand-over');
  });

  it('go on while there is time', async () => {
    expect(await tickAt(new Date(START_MS - 190_000).toISOString())).toBe('wait');
  });

  it('are the only ones that end with time: a Standard execution goes on', async () => {
    expect(await tickAt(undefined)).toBe('wait');
  });
});
