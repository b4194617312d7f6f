import { describe, expect, it } from 'vitest';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { makePublishEvents, type StreamedChange } from '../../lambda/core/publish-events.ts';
import type { SessionEvent } from '../../lambda/core/session-events.ts';

const facts = (n: number) =>
  ({ sessionId: `s${n}`, clientId: 'c', clientName: 'k', fleet: 'f', createdAtMs: 1000, expiresAt: 600 }) as const;

/** The change of the session with this number, from pending to denied. */
function denied(n: number): StreamedChange {
  return {
    sequenceNumber: `seq-${n}`,
    read: () => ({
      changeId: `change-${n}`,
      changedAtMs: 2000,
      before: { ...facts(n), phase: 'pending' },
      now: { ...facts(n), phase: 'denied' },
    }),
  };
}

/** The item of the session with this number is deleted, an hour after its end. */
function lapsed(n: number): StreamedChange {
  const before = { ...facts(n), phase: 'pending' as const };
  return { sequenceNumber: `seq-${n}`, read: () => ({ changeId: `change-${n}`, changedAtMs: 4_200_000, before }) };
}

const untold: StreamedChange = { sequenceNumber: 'untold', read: () => undefined };
const unreadable: StreamedChange = {
  sequenceNumber: 'unreadable',
  read: () => {
    throw new Error('no clientName');
  },
};

/** Publishes a batch to a bus that refuses some sessions, or fails. */
async function publish(changes: readonly StreamedChange[], refused: readonly string[] = [], failsAtCall = 0) {
  const calls: string[][] = [];
  const failures: unknown[] = [];
  const observed: BrokerEvent[] = [];
  const putEvents = async (events: readonly SessionEvent[]) => {
    calls.push(events.map(({ detail }) => detail.data.sessionId));
    if (calls.length === failsAtCall) throw new Error('the bus is down');
    return events.flatMap(({ detail }, place) => (refused.includes(detail.data.sessionId) ? [place] : []));
  };
  const publishEvents = makePublishEvents({
    putEvents,
    observe: (event) => void observed.push(event),
    onFailure: (error) => failures.push(error),
  });
  const published = await publishEvents(changes);
  return { ...published, calls, failures, observed };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => denied(i));

describe('publishing a batch', () => {
  it('puts all transitions on the bus in their order, at most ten a call', async () => {
    const { calls, events, failedAt } = await publish(numbered(23));

    expect(calls.map((call) => call.length)).toEqual([10, 10, 3]);
    expect(calls.flat()).toEqual(numbered(23).map((_, i) => `s${i}`));
    expect([events, failedAt]).toEqual([23, undefined]);
  });

  it('makes no call when nothing is to be told', async () => {
    expect(await publish([untold, untold])).toMatchObject({ events: 0, calls: [] });
    expect(await publish([])).toMatchObject({ events: 0, calls: [] });
  });

  it('stops at the first event that the bus refuses, and names its record', async () => {
    const { calls, events, failedAt } = await publish(numbered(23), ['s12', 's15']);

    expect([events, failedAt]).toEqual([12, 'seq-12']);
    expect(calls).toHaveLength(2);
  });

  it('stops at a call that fails, and names the first record of it', async () => {
    const { events, failedAt, failures } = await publish(numbered(23), [], 2);

    expect([events, failedAt]).toEqual([10, 'seq-10']);
    expect(failures).toEqual([new Error('the bus is down')]);
  });

  it('tells what stands before a record that cannot be read, and names that record', async () => {
    const { calls, events, failedAt, failures } = await publish([denied(0), untold, unreadable, denied(3)]);

    expect(calls).toEqual([['s0']]);
    expect([events, failedAt]).toEqual([1, 'unreadable']);
    expect(failures).toHaveLength(1);
  });

  it('names the earlier of a refused event and a record that cannot be read', async () => {
    const { failedAt } = await publish([denied(0), denied(1), unreadable], ['s1']);

    expect(failedAt).toBe('seq-1');
  });

  it('observes the sessions that expired unseen, each when its event is published, and no other', async () => {
    const { observed, failedAt } = await publish([denied(0), lapsed(1), lapsed(2), lapsed(3)], ['s2']);

    expect(failedAt).toBe('seq-2');
    expect(observed).toEqual([
      { event: 'session_settled', sessionId: 's1', clientId: 'c', fleet: 'f', phase: 'expired' },
    ]);
  });

  it('loses nothing and tells in order when what failed is delivered again', async () => {
    const batch = numbered(23);
    const told: string[] = [];
    let refusing = true;
    const publishEvents = makePublishEvents({
      putEvents: async (events) => {
        const place = refusing ? events.findIndex(({ detail }) => detail.data.sessionId === 's17') : -1;
        told.push(...events.filter((_, i) => i !== place).map(({ detail }) => detail.data.sessionId));
        return place === -1 ? [] : [place];
      },
      observe: () => {},
      onFailure: () => {},
    });

    const { failedAt } = await publishEvents(batch);
    refusing = false;
    await publishEvents(batch.slice(batch.findIndex(({ sequenceNumber }) => sequenceNumber === failedAt)));

    expect(failedAt).toBe('seq-17');
    expect([...new Set(told)].toSorted()).toEqual(batch.map((_, i) => `s${i}`).toSorted());
  });
});
