import type { ClientStore } from './client.ts';
import {
  DEFAULT_ENROLLMENT_LIFETIME_SECONDS,
  type EnrollmentKey,
  type EnrollmentKeyStore,
  makeEnrollmentKeyText,
} from './enrollment-key.ts';
import { aboutSession, type Observe } from './events.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import type { Phase } from './session.ts';
import type { SessionStore, Transition } from './session-store.ts';

/** What operators do: each act is one conditional write, with the reason they gave. */

export interface OperateDependencies {
  readonly sessions: SessionStore;
  readonly clients: ClientStore;
  readonly enrollmentKeys: EnrollmentKeyStore;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

export interface NewEnrollmentKey {
  readonly fleet: string;
  readonly lifetimeSeconds?: number;
  readonly maxUses?: number;
  readonly note?: string;
}

/** The phases that an operator can still stop: what the device holds already is not taken back by a cancel. */
const CANCELLABLE: readonly Phase[] = ['awaiting_operator', 'pending', 'authorized'];

/** Makes the operators' acts. */
export function makeOperate({ sessions, clients, enrollmentKeys, clock, randomBytes, observe }: OperateDependencies) {
  async function cancel(sessionId: string, reason: string): Promise<Transition> {
    const cancelled = await sessions.end({
      sessionId,
      phase: 'cancelled',
      from: CANCELLABLE,
      nowMs: clock.nowMs(),
      reason,
    });
    if (cancelled.done) observe({ event: 'session_settled', ...aboutSession(cancelled.session), phase: 'cancelled' });
    return cancelled;
  }

  async function cancelLiveSession(client: { liveSessionId?: string } | undefined, reason: string): Promise<void> {
    if (client?.liveSessionId !== undefined) await cancel(client.liveSessionId, reason);
  }

  return {
    cancel,

    /** Locks a client: its next request is refused, its live session ends, nobody else notices. */
    async lock(clientId: string, reason: string) {
      const client = await clients.lock(clientId, reason, clock.nowMs());
      await cancelLiveSession(client, `the client was locked: ${reason}`);
      return client;
    },

    unlock: (clientId: string) => clients.unlock(clientId),

    /** Gives a client an account and role of its own, or with undefined its fleet's again. */
    setRole: (clientId: string, role: { accountId: string; roleName: string } | undefined) =>
      clients.setRole(clientId, role),

    /** Revokes a client for good; its live session ends. */
    async revoke(clientId: string, reason: string) {
      const client = await clients.revoke(clientId, reason, clock.nowMs());
      await cancelLiveSession(client, `the client was revoked: ${reason}`);
      return client;
    },

    /** Makes an enrollment key; its text is in this answer and nowhere else. */
    async createEnrollmentKey(wanted: NewEnrollmentKey): Promise<{ key: EnrollmentKey; text: string }> {
      const nowMs = clock.nowMs();
      const { enrollmentKeyId, text, keyHash } = makeEnrollmentKeyText(randomBytes);
      const key = {
        enrollmentKeyId,
        keyHash,
        fleet: wanted.fleet,
        createdAtMs: nowMs,
        expiresAt: epochSeconds(nowMs) + (wanted.lifetimeSeconds ?? DEFAULT_ENROLLMENT_LIFETIME_SECONDS),
        uses: 0,
        ...(wanted.maxUses !== undefined && { maxUses: wanted.maxUses }),
        ...(wanted.note !== undefined && { note: wanted.note }),
      };
      await enrollmentKeys.create(key);
      return { key, text };
    },

    revokeEnrollmentKey: (enrollmentKeyId: string, reason: string) =>
      enrollmentKeys.revoke(enrollmentKeyId, reason, clock.nowMs()),
  };
}
