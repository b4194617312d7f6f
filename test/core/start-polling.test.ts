import { describe, expect, it } from 'vitest';
import type { CohortState } from '../../lambda/core/cohort.ts';
import { makeStartPolling, type PendingSession } from '../../lambda/core/start-polling.ts';
import { makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { freshId } from '../support/fake-records.ts';

const pending = (nextPollAtMs = START_MS + 5_000): PendingSession => ({ sessionId: freshId(), nextPollAtMs });

function setUp() {
  const clock = makeFakeClock();
  const started: CohortState[] = [];
  const startPolling = makeStartPolling({
    clock,
    async startLoop(state) {
      if (started.some((other) => other.cohort === state.cohort)) return false;
      started.push(state);
      return true;
    },
  });
  return { clock, started, startPolling };
}

describe('starting the polling of a batch', () => {
  it('starts one loop with the ids of all its sessions, waiting for the first that is due', async () => {
    const { started, startPolling } = setUp();
    const [one, two, three] = [pending(START_MS + 9_000), pending(START_MS + 5_500), pending(START_MS + 7_000)];

    const cohort = await startPolling([one, two, three]);

    const sessionIds = [one, two, three].map((session) => session.sessionId).sort();
    expect(started).toEqual([{ cohort, generation: 0, tick: 0, sessionIds, waitSeconds: 6 }]);
  });

  it('starts nothing for a batch without pending sessions', async () => {
    const { started, startPolling } = setUp();

    expect(await startPolling([])).toBeUndefined();
    expect(started).toEqual([]);
  });

  it('starts nothing twice when the batch comes again, later and in another order', async () => {
    const { clock, started, startPolling } = setUp();
    const batch = [pending(), pending(), pending()];
    const first = await startPolling(batch);
    clock.advanceSeconds(90);

    expect(await startPolling([...batch].reverse())).toBe(first);
    expect(started).toHaveLength(1);
  });

  it('starts another loop when a session of the batch has become pending a second time', async () => {
    const { started, startPolling } = setUp();
    const session = pending();
    const first = await startPolling([session]);

    const second = await startPolling([{ ...session, nextPollAtMs: session.nextPollAtMs + 600_000 }]);

    expect(second).not.toBe(first);
    expect(started.map((state) => state.sessionIds)).toEqual([[session.sessionId], [session.sessionId]]);
  });

  it('starts another loop for another batch with some of the same sessions', async () => {
    const { startPolling } = setUp();
    const [one, two] = [pending(), pending()];

    expect(await startPolling([one])).not.toBe(await startPolling([one, two]));
  });

  it('polls a session once that is in the batch twice', async () => {
    const { started, startPolling } = setUp();
    const session = pending();

    await startPolling([session, session]);

    expect(started[0]?.sessionIds).toEqual([session.sessionId]);
  });

  it('waits at least a second, also when all are overdue: a Wait state takes no less', async () => {
    const { started, startPolling } = setUp();

    await startPolling([pending(START_MS - 60_000)]);

    expect(started[0]?.waitSeconds).toBe(1);
  });

  it('names the loop so that a state machine takes the name with any generation behind it', async () => {
    const cohort = await setUp().startPolling([pending()]);

    expect(`${cohort}-9999`).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  });

  it('lets a failed start fail the batch, so that it comes again', async () => {
    const startPolling = makeStartPolling({
      clock: makeFakeClock(),
      startLoop: () => Promise.reject(new Error('throttled')),
    });

    await expect(startPolling([pending()])).rejects.toThrow('throttled');
  });
});
