import { authenticate } from './client.ts';
import { isDeviceCodeOf, sessionIdOf } from './device-code.ts';
import type { Observe } from './events.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { Clock } from './ports.ts';
import { refreshHandleOf } from './sealing.ts';
import type { SessionStore } from './session-store.ts';

/** A device gives something back (RFC 7009 §2.1): a refresh handle, or a device code, pending ones included. */
export interface Revocation {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
}

export interface RevokeDependencies {
  readonly sessions: SessionStore;
  readonly grants: GrantStore;
  readonly clock: Clock;
  readonly observe: Observe;
}

/**
 * Revokes what a token stands for. Unknown tokens are as good as revoked (RFC 7009 §2.2); another client's are refused.
 *
 * A device code ends its session and, since the handle follows from it, the grant that the session left behind.
 */
export function makeRevokeToken({ sessions, grants, clock, observe }: RevokeDependencies) {
  async function endGrant(clientId: string, handle: string): Promise<Refusal | undefined> {
    const { grant } = await grants.readClientAndGrant(clientId, sha256(handle));
    if (grant === undefined) return undefined;
    if (grant.clientId !== clientId) return ANOTHER_CLIENT;
    const { grantId, sessionId, fleet } = grant;
    const ended = await grants.end(grantId, 'revoked', clock.nowMs());
    if (ended) observe({ event: 'grant_ended', sessionId, clientId, fleet, reason: 'revoked' });
    return undefined;
  }

  async function endSession(sessionId: string): Promise<void> {
    const from = ['awaiting_operator', 'pending', 'authorized', 'claimed'] as const;
    const reason = 'the device revoked its code';
    const ended = await sessions.end({ sessionId, phase: 'cancelled', from, nowMs: clock.nowMs(), reason });
    if (!ended.done) return;
    const { clientId, fleet, phase } = ended.session;
    observe({ event: 'session_settled', sessionId, clientId, fleet, phase, reason });
  }

  return async function revokeToken(request: Revocation): Promise<Refusal | undefined> {
    const { token } = request;
    const read = await sessions.readClientAndSession(request.clientId, sessionIdOf(token));
    const client = authenticate(read.client, request.clientSecret, clock.nowMs());
    if (isRefusal(client)) return client;
    if (read.session === undefined && !isDeviceCodeOf(token, client.clientSecretHash))
      return endGrant(client.clientId, token);
    if (read.session !== undefined && read.session.clientId !== client.clientId) return ANOTHER_CLIENT;
    if (read.session !== undefined) await endSession(read.session.sessionId);
    return endGrant(client.clientId, refreshHandleOf(token));
  };
}

const ANOTHER_CLIENT = refuse('invalid_grant', 'This token was issued to another client. Revoke it with that client.');
