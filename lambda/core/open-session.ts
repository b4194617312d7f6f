import type { Client, ClientStore } from './client.ts';
import { aboutSession, type Observe } from './events.ts';
import type { Clock } from './ports.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

export interface OpenSessionDependencies {
  readonly clients: ClientStore;
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly observe: Observe;
}

/** Stores a new session and makes it the live one of its client, as that was read. */
export type OpenSession = (session: Session, client: Client) => Promise<void>;

/**
 * Makes the opening of sessions. The one before is superseded last, so that a start which fails disturbs nothing, and of two
 * starts at once exactly one is left.
 */
export function makeOpenSession({ clients, sessions, clock, observe }: OpenSessionDependencies): OpenSession {
  async function supersede(sessionId: string): Promise<void> {
    const from = ['awaiting_operator', 'pending'] as const;
    const reason = 'the device started a newer session';
    const ended = await sessions.end({ sessionId, phase: 'superseded', from, nowMs: clock.nowMs(), reason });
    if (ended.done) observe({ event: 'session_settled', ...aboutSession(ended.session), phase: 'superseded' });
  }

  return async function openSession(session, client) {
    const { sessionId, clientId } = session;
    await sessions.create(session);
    observe({ event: 'session_started', ...aboutSession(session) });
    const previous = await clients.swapLiveSession(clientId, sessionId, client.liveSessionId);
    if (previous !== undefined && previous !== sessionId) await supersede(previous);
  };
}
