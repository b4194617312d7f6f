import type { SessionView } from '../../../console/page/types.ts';

/** A session as the ops API tells it, with what a test needs of it. */
export function sessionAs(members: Partial<SessionView>): SessionView {
  return {
    sessionId: 'session-1',
    phase: 'pending',
    fleet: 'kiosks',
    clientId: 'client-1',
    clientName: 'kiosk-1',
    sourceIp: '192.0.2.7',
    createdAt: '2026-11-21T12:00:00.000Z',
    expiresAt: '2026-11-21T12:10:00.000Z',
    intervalSeconds: 5,
    slowDowns: 0,
    polls: 0,
    ...members,
  };
}
