import { describe, expect, it } from 'vitest';
import { eventsOfSession } from '../../console/server/session-events.ts';

const event = (id: string, second: number, data: object, source = 'fleet-token-broker') => ({
  source,
  detail: { metadata: { id, version: '1', timestamp: `2026-11-21T12:00:0${second}.000Z` }, data },
});

describe('the events of a session', () => {
  it('are its own alone, oldest first, without what the timeline does not show', () => {
    const events = [
      event('b', 2, { sessionId: '1', phase: 'denied', previousPhase: 'pending', reason: 'no', clientId: 'x' }),
      event('a', 1, { sessionId: '1', phase: 'pending' }),
      event('c', 3, { sessionId: '2', phase: 'pending' }),
    ];

    expect(eventsOfSession(events, '1')).toEqual([
      { timestamp: '2026-11-21T12:00:01.000Z', phase: 'pending' },
      { timestamp: '2026-11-21T12:00:02.000Z', phase: 'denied', previousPhase: 'pending', reason: 'no' },
    ]);
  });

  it('count once, however often they were delivered', () => {
    const twice = event('a', 1, { sessionId: '1', phase: 'pending' });

    expect(eventsOfSession([twice, twice], '1')).toHaveLength(1);
  });

  it('are not those of another source, nor anything that is no event of a session', () => {
    const events = [
      event('a', 1, { sessionId: '1', phase: 'pending' }, 'somebody.else'),
      event('b', 1, { sessionId: '1' }),
      { source: 'fleet-token-broker', detail: {} },
    ];

    expect(eventsOfSession(events, '1')).toEqual([]);
  });
});
