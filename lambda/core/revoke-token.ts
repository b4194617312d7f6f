import type { AuthenticateClient, ClientProof } from './authenticate-client.ts';
import type { Client, ClientStore } from './client.ts';
import { isDeviceCodeOf, sessionIdOf } from './device-code.ts';
import { aboutSession, type Observe } from './events.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { MAX_SUCCESSORS, successorCodeOf } from './living-grant.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { Clock } from './ports.ts';
import { refreshHandleOf } from './sealing.ts';
import type { SessionStore } from './session-store.ts';

/** A device gives something back (RFC 7009 §2.1): a refresh handle, or a device code, pending ones included. */
export interface Revocation extends ClientProof {
  readonly token: string;
}

export interface RevokeDependencies {
  readonly sessions: SessionStore;
  readonly grants: GrantStore;
  readonly clients: ClientStore;
  readonly authenticate: AuthenticateClient;
  readonly clock: Clock;
  readonly observe: Observe;
}

/**
 * Revokes what a token stands for. Unknown tokens are as good as revoked (RFC 7009 §2.2); another client's are refused.
 *
 * A device code ends its session and, since the handle follows from it, the grant that the session left behind.
 */
export function makeRevokeToken(deps: RevokeDependencies) {
  const { sessions, grants, clients, authenticate, clock, observe } = deps;

  /** Ends the grant that a handle stands for now, and the request that is waiting to follow it. */
  async function endGrant(client: Client, firstHandle: string): Promise<Refusal | undefined> {
    let handle = firstHandle;
    for (let successors = 0; successors < MAX_SUCCESSORS; successors++) {
      const grant = await grants.read(sha256(handle));
      if (grant === undefined) return undefined;
      if (grant.clientId !== client.clientId) return ANOTHER_CLIENT;
      const { grantId, sessionId, clientId } = grant;
      if (await grants.end(grantId, 'revoked', clock.nowMs())) {
        await clients.recordSignInEnd(clientId, sessionId, 'revoked', clock.nowMs());
        observe({ event: 'grant_ended', ...aboutSession(grant), reason: 'revoked' });
      }
      const successorCode = successorCodeOf(handle, client);
      await endSession(sessionIdOf(successorCode));
      handle = refreshHandleOf(successorCode);
    }
    return undefined;
  }

  async function endSession(sessionId: string): Promise<void> {
    const from = ['awaiting_operator', 'pending', 'authorized', 'claimed'] as const;
    const reason = 'the device revoked its code';
    const ended = await sessions.end({ sessionId, phase: 'cancelled', from, nowMs: clock.nowMs(), reason });
    if (ended.done) observe({ event: 'session_settled', ...aboutSession(ended.session), phase: 'cancelled', reason });
  }

  return async function revokeToken(request: Revocation): Promise<Refusal | undefined> {
    const { token } = request;
    const read = await sessions.readClientAndSession(request.clientId, sessionIdOf(token));
    const client = await authenticate(read.client, request);
    if (isRefusal(client)) return client;
    if (read.session === undefined && !isDeviceCodeOf(token, client.clientSecretHash)) return endGrant(client, token);
    if (read.session !== undefined && read.session.clientId !== client.clientId) return ANOTHER_CLIENT;
    if (read.session !== undefined) await endSession(read.session.sessionId);
    return endGrant(client, refreshHandleOf(token));
  };
}

const ANOTHER_CLIENT = refuse('invalid_grant', 'This token was issued to another client. Revoke it with that client.');
