import { describe, expect, it } from 'vitest';
import type { SessionEventDetail } from '../../lambda/core/session-event-schemas.ts';
import { sessionLine } from '../../local/session-lines.ts';

const detail = (data: Partial<SessionEventDetail['data']> = {}): SessionEventDetail => ({
  metadata: { id: '1', version: '1', timestamp: '2026-11-21T07:00:00.000Z' },
  data: {
    sessionId: '3f2aXYZ',
    clientId: 'abcdefgh',
    clientName: 'kiosk-1',
    fleet: 'local',
    phase: 'pending',
    createdAt: '2026-11-21T07:00:00.000Z',
    expiresAt: '2026-11-21T07:10:00.000Z',
    ...data,
  },
});

describe('the line of a session', () => {
  it('says which device is in which phase, with a shortened id', () => {
    expect(sessionLine(detail())).toBe('session 3f2a… kiosk-1 (local): pending');
  });

  it('says why a session ended', () => {
    expect(sessionLine(detail({ phase: 'cancelled', reason: 'by an operator' }))).toBe(
      'session 3f2a… kiosk-1 (local): cancelled, by an operator',
    );
  });

  it('calls a device without a name by its id', () => {
    expect(sessionLine(detail({ clientName: '' }))).toBe('session 3f2a… abcd… (local): pending');
  });

  it('shows nothing of a device name or a reason that could steer a terminal', () => {
    expect(sessionLine(detail({ clientName: 'k\u001b[2Jiosk\r\n', reason: 'no\u0007' }))).toBe(
      'session 3f2a… k[2Jiosk (local): pending, no',
    );
  });
});
