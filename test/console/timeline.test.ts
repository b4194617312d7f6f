import { describe, expect, it } from 'vitest';
import { timelineOf } from '../../console/page/timeline.ts';
import type { SessionView } from '../../console/page/types.ts';
import { sessionAs } from './support/session-views.ts';

const NOW = Date.parse('2026-11-21T12:05:00.000Z');

const labels = (session: SessionView, events?: Parameters<typeof timelineOf>[1]): string[] =>
  timelineOf(session, events, NOW).map(({ label }) => label);

describe('the timeline of a session', () => {
  it('starts with the asking and looks ahead to the end of waiting', () => {
    const steps = timelineOf(sessionAs({ phase: 'pending' }), undefined, NOW);

    expect(steps.map(({ label }) => label)).toEqual(['The device asked', 'Expires, if nobody approves']);
    expect(steps[1]).toMatchObject({ isAhead: true, at: sessionAs({}).expiresAt });
  });

  it("tells the session's own times where there are no events", () => {
    const session = sessionAs({
      phase: 'claimed',
      activatedAt: '2026-11-21T12:01:00.000Z',
      activations: 2,
      authorizedAt: '2026-11-21T12:02:00.000Z',
      claimedAt: '2026-11-21T12:02:05.000Z',
    });

    expect(labels(session)).toEqual([
      'The device asked',
      'A person went on to AWS',
      'Approved',
      'Delivered',
      'The token ends',
    ]);
    expect(timelineOf(session, undefined, NOW)[1]?.note).toBe('For the 2nd time');
  });

  it('tells why a session ended, and nothing after', () => {
    const steps = timelineOf(
      sessionAs({ phase: 'cancelled', endedAt: '2026-11-21T12:01:00.000Z', endReason: 'wrong gate' }),
      undefined,
      NOW,
    );

    expect(steps.at(-1)).toMatchObject({ label: 'Cancelled', note: 'wrong gate', at: '2026-11-21T12:01:00.000Z' });
  });

  it('prefers events, each step once', () => {
    const events = [
      { timestamp: '2026-11-21T12:00:00.000Z', phase: 'awaiting_operator' },
      { timestamp: '2026-11-21T12:01:00.000Z', phase: 'pending' },
      { timestamp: '2026-11-21T12:03:00.000Z', phase: 'awaiting_operator' },
      { timestamp: '2026-11-21T12:04:00.000Z', phase: 'denied', reason: 'not mine' },
    ];

    expect(labels(sessionAs({ phase: 'denied' }), events)).toEqual([
      'The device asked',
      'Waiting at AWS',
      'Needs a person',
      'Denied',
    ]);
  });

  it('adds what events do not tell yet, in the order of time', () => {
    const session = sessionAs({
      phase: 'claimed',
      authorizedAt: '2026-11-21T12:02:00.000Z',
      claimedAt: '2026-11-21T12:02:05.000Z',
    });

    expect(labels(session, [{ timestamp: '2026-11-21T12:02:05.000Z', phase: 'claimed' }])).toEqual([
      'The device asked',
      'Approved',
      'Delivered',
      'The token ends',
    ]);
  });

  it('falls back on the times when no event is left', () => {
    expect(labels(sessionAs({ phase: 'denied', endedAt: '2026-11-21T12:01:00.000Z' }), [])).toEqual([
      'The device asked',
      'Denied',
    ]);
  });

  it('says that the token of a delivered session has ended', () => {
    const session = sessionAs({
      phase: 'claimed',
      claimedAt: '2026-11-21T12:02:05.000Z',
      expiresAt: '2026-11-21T12:04:00.000Z',
    });

    expect(timelineOf(session, undefined, NOW).at(-1)).toEqual(expect.not.objectContaining({ isAhead: true }));
    expect(labels(session).at(-1)).toBe('The token ended');
  });
});
