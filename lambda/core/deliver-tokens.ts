import type { ClientStore, SignIn } from './client.ts';
import type { Observe } from './events.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import { openTokens, refreshHandleOf, sealWithHandle, type TokenSet } from './sealing.ts';
import { phaseAt, type Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Settings } from './settings.ts';

/** What a device receives (RFC 6749 §5.1, CreateToken). */
export interface TokenResponse {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  /** Seconds left of the access token now. */
  readonly expiresIn: number;
  /** The broker's handle, never upstream's refresh token. */
  readonly refreshToken?: string;
}

export interface DeliverTokensDependencies {
  readonly settings: Settings;
  readonly sessions: SessionStore;
  readonly grants: GrantStore;
  readonly clients: ClientStore;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

/** Claims this close together are one delivery: a device whose processes all ask at once gets one answer, to the byte. */
const ONE_DELIVERY_MS = 5_000;

/** Since when a session's sign-in holds, and until when at the latest. */
function signInOf(session: Session): SignIn {
  const registrationEndsAt = session.registrationExpiresAt ?? session.expiresAt;
  return {
    signInSessionId: session.sessionId,
    signInAtMs: session.authorizedAtMs ?? session.createdAtMs,
    signInEndsAt: Math.min(registrationEndsAt, session.portalSessionEndsAt ?? registrationEndsAt),
  };
}

/** What a device is told whose code has expired (RFC 8628 §3.5). */
export const EXPIRED = refuse('expired_token', 'The device code has expired. Start a new device authorization.');

const SPENT = 'This device code has been used. Use the tokens it gave, or start a new device authorization.';

/**
 * Delivers the tokens of an authorized session; one device code yields one token set.
 *
 * 1. The grant is stored, if there is something to refresh with (repeating this changes nothing).
 * 2. authorized → claimed, or for a claimed session: the same answer again, within the redelivery window. A lost
 *    response must not cost an approval, and RFC 8628 leaves room for it; afterwards the code is spent (RFC 6749 §4.1.2).
 */
export function makeDeliverTokens(deps: DeliverTokensDependencies) {
  const { settings, sessions, grants, clients, clock, randomBytes, observe } = deps;

  async function keepGrant(session: Session, tokens: TokenSet, handle: string): Promise<void> {
    const issuedAt = epochSeconds(session.authorizedAtMs ?? clock.nowMs());
    await grants.create({
      grantId: sha256(handle),
      clientId: session.clientId,
      fleet: session.fleet,
      sessionId: session.sessionId,
      registrationRef: session.registrationRef ?? '',
      createdAtMs: clock.nowMs(),
      expiresAt: session.registrationExpiresAt ?? session.expiresAt,
      sealedCustody: sealWithHandle({ ...tokens, issuedAt }, handle, randomBytes),
      version: 1,
      leaseUntilMs: 0,
    });
  }

  /** Writes down one more delivery. @returns the session with it, or undefined when the window has closed */
  async function countDelivery(session: Session): Promise<Session | undefined> {
    let seen = session;
    for (;;) {
      const nowMs = clock.nowMs();
      if (seen.phase === 'claimed') {
        if (nowMs - (seen.lastDeliveredAtMs ?? 0) < ONE_DELIVERY_MS) return seen;
        const inWindow = nowMs - (seen.claimedAtMs ?? 0) < settings.redelivery.windowSeconds * 1000;
        if (!inWindow || (seen.deliveries ?? 0) >= settings.redelivery.maxDeliveries) return undefined;
      } else if (phaseAt(seen, nowMs) !== 'authorized') {
        return undefined;
      }
      const counted =
        seen.phase === 'authorized'
          ? await sessions.claimTokens(seen.sessionId, nowMs)
          : await sessions.countDelivery(seen.sessionId, seen.deliveries ?? 0, nowMs);
      if (counted.done) {
        const { sessionId, clientId, fleet, deliveries = 1 } = counted.session;
        if (deliveries === 1) await clients.recordSignIn(clientId, signInOf(counted.session));
        observe({ event: 'tokens_delivered', sessionId, clientId, fleet, delivery: deliveries });
        return counted.session;
      }
      if (counted.session === undefined) return undefined;
      seen = counted.session;
    }
  }

  return async function deliverTokens(session: Session, deviceCode: string): Promise<TokenResponse | Refusal> {
    const { sessionId, clientId, fleet, sealedTokens } = session;
    if (sealedTokens === undefined) return refuse('invalid_grant', SPENT);
    const tokens = await openTokens(sealedTokens, deviceCode, sessionId);
    // A fleet that is gone from the configuration releases nothing that it did not mean to.
    const releasesToken = settings.fleets[fleet]?.release === 'token';
    const handle = releasesToken && tokens.refreshToken === undefined ? undefined : refreshHandleOf(deviceCode);
    if (handle !== undefined && session.phase === 'authorized') await keepGrant(session, tokens, handle);

    const delivered = await countDelivery(session);
    if (delivered === undefined) {
      if (phaseAt(session, clock.nowMs()) === 'expired') return EXPIRED;
      observe({ event: 'replay_refused', sessionId, clientId, fleet });
      return refuse('invalid_grant', SPENT);
    }
    if (!releasesToken) return handleResponse(session.registrationExpiresAt ?? session.expiresAt, handle ?? '', clock);
    const expiresIn = Math.max(0, tokens.expiresAt - epochSeconds(delivered.lastDeliveredAtMs ?? clock.nowMs()));
    const answer = { accessToken: tokens.accessToken, tokenType: 'Bearer', expiresIn } as const;
    return handle === undefined ? answer : { ...answer, refreshToken: handle };
  };
}

/**
 * The answer in a fleet that releases credentials: the handle and nothing of upstream's, alive as long as its grant can be.
 *
 * @param expiresAt the grant's end, epoch seconds
 */
export function handleResponse(expiresAt: number, handle: string, clock: Clock): TokenResponse {
  const expiresIn = Math.max(0, expiresAt - epochSeconds(clock.nowMs()));
  return { accessToken: handle, tokenType: 'Bearer', expiresIn, refreshToken: handle };
}
