import { describe, expect, it } from 'vitest';
import { PHASES, type Phase } from '../../lambda/core/session.ts';
import {
  DETAIL_TYPES,
  type SessionChange,
  type SessionFacts,
  sessionEventOf,
} from '../../lambda/core/session-events.ts';
import { wrongWithEvent } from './described-events.ts';

const CREATED_MS = Date.parse('2026-11-21T07:00:00.123Z');
const CHANGED_MS = Date.parse('2026-11-21T07:05:00.000Z');

const facts = (own: Partial<SessionFacts> = {}): SessionFacts => ({
  sessionId: 'session-1',
  clientId: 'client-1',
  clientName: 'kiosk-7',
  fleet: 'kiosks',
  phase: 'pending',
  createdAtMs: CREATED_MS,
  expiresAt: Date.parse('2026-11-21T07:10:00Z') / 1000,
  ...own,
});

const change = (before: SessionFacts | undefined, now: SessionFacts | undefined): SessionChange => ({
  changeId: 'change-1',
  changedAtMs: CHANGED_MS,
  ...(before && { before }),
  ...(now && { now }),
});

const eventOf = (before?: SessionFacts, now?: SessionFacts) => sessionEventOf(change(before, now));

describe('a session that is new', () => {
  it('is told with the time of its beginning and what it is about', () => {
    expect(eventOf(undefined, facts())).toEqual({
      source: 'fleet-token-broker',
      detailType: 'SessionPending',
      occurredAtMs: CREATED_MS,
      detail: {
        metadata: { id: 'change-1', version: '1', timestamp: '2026-11-21T07:00:00.123Z' },
        data: {
          sessionId: 'session-1',
          clientId: 'client-1',
          clientName: 'kiosk-7',
          fleet: 'kiosks',
          phase: 'pending',
          createdAt: '2026-11-21T07:00:00.123Z',
          expiresAt: '2026-11-21T07:10:00.000Z',
        },
      },
    });
  });

  it('is told as waiting for an operator when its fleet defers approval', () => {
    const event = eventOf(undefined, facts({ phase: 'awaiting_operator', activations: 0 }));

    expect([event?.detailType, event?.detail.data.activations]).toEqual(['SessionAwaitingOperator', 0]);
  });
});

describe('a session that changes', () => {
  const pairs = PHASES.flatMap((before) => PHASES.filter((now) => now !== before).map((now) => [before, now] as const));

  it.each(pairs)('from %s to %s is told by the name of where it stands, as its schema says', (before, now) => {
    const event = eventOf(facts({ phase: before }), facts({ phase: now }));

    expect(event?.detailType).toBe(DETAIL_TYPES[now]);
    expect(event?.detail.data).toMatchObject({ phase: now, previousPhase: before });
    expect(wrongWithEvent(event)).toEqual([]);
  });

  it.each(PHASES)('but stays %s is not told', (phase) => {
    expect(eventOf(facts({ phase }), facts({ phase, expiresAt: 1 }))).toBeUndefined();
  });

  it.each<[Phase, Partial<SessionFacts>]>([
    ['pending', { activatedAtMs: CHANGED_MS - 500 }],
    ['authorized', { authorizedAtMs: CHANGED_MS - 500 }],
    ['claimed', { claimedAtMs: CHANGED_MS - 500, authorizedAtMs: 1 }],
    ['denied', { endedAtMs: CHANGED_MS - 500, authorizedAtMs: 1 }],
  ])('to %s is told with the time that stands in it', (phase, times) => {
    const before = facts({ phase: 'awaiting_operator' });

    expect(eventOf(before, facts({ phase, ...times }))?.detail.metadata.timestamp).toBe('2026-11-21T07:04:59.500Z');
  });

  it('is told with the time of the change when there is no other', () => {
    expect(eventOf(facts(), facts({ phase: 'awaiting_operator' }))?.occurredAtMs).toBe(CHANGED_MS);
  });

  it('is told with the reason of its end, if somebody gave one', () => {
    const reasonOf = (endReason?: string) =>
      eventOf(facts(), facts({ phase: 'cancelled', ...(endReason !== undefined && { endReason }) }))?.detail.data
        .reason;

    expect([reasonOf('not ours'), reasonOf(''), reasonOf()]).toEqual(['not ours', undefined, undefined]);
  });

  it('has the same event however often it is delivered', () => {
    const denied = facts({ phase: 'denied', endedAtMs: CHANGED_MS });

    expect(eventOf(facts(), denied)).toEqual(eventOf(facts(), denied));
  });
});

describe('a session that is deleted', () => {
  const expiresAt = CHANGED_MS / 1000 - 3600;

  it.each<Phase>(['awaiting_operator', 'pending', 'authorized'])(
    'while it is still stored as %s has expired when it expired, not now',
    (phase) => {
      const event = eventOf(facts({ phase, expiresAt }));

      expect(event).toMatchObject({
        detailType: 'SessionExpired',
        occurredAtMs: CHANGED_MS - 3_600_000,
        detail: { data: { phase: 'expired', previousPhase: phase } },
      });
      expect(wrongWithEvent(event)).toEqual([]);
    },
  );

  it.each<Phase>(['claimed', 'denied', 'expired', 'cancelled', 'superseded', 'failed'])(
    'after it was %s is not told: that was the last word',
    (phase) => {
      expect(eventOf(facts({ phase, expiresAt }))).toBeUndefined();
    },
  );

  it('before its time is not told as expired', () => {
    expect(eventOf(facts({ expiresAt: CHANGED_MS / 1000 + 1 }))).toBeUndefined();
  });
});
