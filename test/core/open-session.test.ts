import { describe, expect, it } from 'vitest';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock } from '../support/fake-clock.ts';

describe('the session before a new one', () => {
  it('may be gone from the table: nothing is superseded, and the new one waits', async () => {
    const broker = makeFakeBroker({ time: makeFakeClock() });
    const first = await broker.startDevice();
    broker.memory.records.remove(first.sessionId);

    const { sessionId } = await broker.startDevice(first.clientId);

    expect((await broker.stored(sessionId)).phase).toBe('pending');
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });

  it('is not looked for when there was none', async () => {
    const ended: string[] = [];
    const broker = makeFakeBroker({
      time: makeFakeClock(),
      wrapSessions: (store) => ({
        ...store,
        end: (ending) => {
          ended.push(ending.sessionId);
          return store.end(ending);
        },
      }),
    });

    await broker.startDevice();

    expect(ended).toEqual([]);
  });
});
