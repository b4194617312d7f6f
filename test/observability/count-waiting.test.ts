import { describe, expect, it } from 'vitest';
import { createdOrderOf } from '../../lambda/adapters/keys.ts';
import { makeCountWaiting } from '../../lambda/core/count-waiting.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import type { Phase, Session } from '../../lambda/core/session.ts';
import type { SessionTally } from '../../lambda/core/session-summary.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';

/** What is told when these sessions are stored. */
async function counted(sessions: readonly Session[], fleets = ['kiosks', 'signs']): Promise<BrokerEvent[]> {
  const events: BrokerEvent[] = [];
  const tally: SessionTally = {
    async visit(phases: readonly Phase[], see) {
      for (const session of sessions.filter(({ phase }) => phases.includes(phase))) {
        see({ ...session, createdOrder: createdOrderOf(session.createdAtMs, session.sessionId) });
      }
    },
  };
  const clock = makeFakeClock();
  await makeCountWaiting({ tally, fleets, clock, observe: (event) => void events.push(event) })();
  return events;
}

const gauge = (fleet: string, waiting: number, oldestSeconds: number) => ({
  event: 'waiting_counted',
  fleet,
  waiting,
  oldestSeconds,
});

describe('the gauges of waiting sessions', () => {
  it('are one for each fleet: how many wait, for an operator or at AWS, and how long the oldest has', async () => {
    const events = await counted([
      makeSession({ createdAtMs: START_MS - 30_000 }),
      makeSession({ phase: 'awaiting_operator', createdAtMs: START_MS - 90_500, expiresAt: START_SECONDS + 86_400 }),
      makeSession({ fleet: 'signs', createdAtMs: START_MS - 5_000 }),
    ]);

    expect(events).toEqual([gauge('kiosks', 2, 90), gauge('signs', 1, 5)]);
  });

  it('are 0 where nobody waits, so that they do not stay where they were', async () => {
    expect(await counted([])).toEqual([gauge('kiosks', 0, 0), gauge('signs', 0, 0)]);
  });

  it('leave out who has settled, and who has expired without anybody noticing', async () => {
    const events = await counted([
      makeSession({ phase: 'authorized' }),
      makeSession({ phase: 'denied' }),
      makeSession({ expiresAt: START_SECONDS }),
      makeSession({ phase: 'awaiting_operator', expiresAt: START_SECONDS - 3_600 }),
    ]);

    expect(events).toEqual([gauge('kiosks', 0, 0), gauge('signs', 0, 0)]);
  });

  it('tell also of a fleet that is not configured any more, as long as somebody waits in it', async () => {
    expect(await counted([makeSession({ fleet: 'old' })], [])).toEqual([gauge('old', 1, 5)]);
  });
});
