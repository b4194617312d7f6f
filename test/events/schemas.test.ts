import { describe, expect, it } from 'vitest';
import { sessionEventSchemas } from '../../lambda/core/session-event-schemas.ts';
import { DETAIL_TYPES } from '../../lambda/core/session-events.ts';
import { signInEventSchemas } from '../../lambda/core/sign-in-event-schema.ts';
import { publishedSchemas, wrongWithEvent } from './described-events.ts';

const detail = {
  metadata: { id: 'change-1', version: '1', timestamp: '2026-11-21T07:00:00.000Z' },
  data: {
    sessionId: 'session-1',
    clientId: 'client-1',
    clientName: 'kiosk-7',
    fleet: 'kiosks',
    phase: 'denied',
    previousPhase: 'pending',
    createdAt: '2026-11-21T07:00:00.000Z',
    expiresAt: '2026-11-21T07:10:00.000Z',
  },
} as const;

describe('the files in schemas/events', () => {
  it.each(Object.values(DETAIL_TYPES))('hold the schema of %s as it is now (npm run schemas writes them)', (type) => {
    expect(JSON.stringify(publishedSchemas.get(type))).toBe(JSON.stringify(sessionEventSchemas()[type]));
  });

  it('hold the schema of SignInEndsSoon as it is now', () => {
    expect(JSON.stringify(publishedSchemas.get('SignInEndsSoon'))).toBe(
      JSON.stringify(signInEventSchemas().SignInEndsSoon),
    );
  });

  it('are of these events and no others', () => {
    const known = [...Object.values(DETAIL_TYPES), 'SignInEndsSoon'];
    expect([...publishedSchemas.keys()].toSorted()).toEqual(known.toSorted());
  });
});

describe('the schema of an event', () => {
  it('takes the event', () => {
    expect(wrongWithEvent({ detailType: 'SessionDenied', detail })).toEqual([]);
  });

  it.each([
    ['the event of another phase', { ...detail, data: { ...detail.data, phase: 'pending' } }],
    ['another version', { ...detail, metadata: { ...detail.metadata, version: '2' } }],
    ['a time that is none', { ...detail, metadata: { ...detail.metadata, timestamp: 'today' } }],
    ['a member that is not described', { ...detail, data: { ...detail.data, userCode: 'BCDF-GHJK' } }],
    ['an event without an id', { ...detail, metadata: { ...detail.metadata, id: undefined } }],
  ])('does not take %s', (_, wrong) => {
    expect(wrongWithEvent({ detailType: 'SessionDenied', detail: wrong as typeof detail })).toHaveLength(1);
  });

  it('lets events grow', () => {
    expect(JSON.stringify([...publishedSchemas.values()])).not.toContain('additionalProperties');
  });
});
