import type { ClientStore, SignIn } from './client.ts';
import { aboutSession, type Observe } from './events.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
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

const SPENT = refuse(
  'invalid_grant',
  'This device code has been used. Use the tokens it gave, or start a new device authorization.',
);
const ENDED = refuse(
  'access_denied',
  'The sign-in was ended before its tokens were delivered. Start a new device authorization to ask again.',
);

/**
 * Delivers the tokens of an authorized session; one device code yields one token set.
 *
 * 1. authorized → claimed, or for a claimed session: the same answer again, within the redelivery window. A lost
 *    response must not cost an approval, and RFC 8628 leaves room for it; afterwards the code is spent (RFC 6749 §4.1.2).
 * 2. What follows from a delivery is written down: the grant, if there is something to refresh with, and the sign-in. Each
 *    delivery repeats it, so what a crash left out is made up for; repeating changes nothing.
 */
export function makeDeliverTokens(deps: DeliverTokensDependencies) {
  const { settings, sessions, grants, clients, clock, randomBytes, observe } = deps;

  async function keepGrant(session: Session, tokens: TokenSet, handle: string): Promise<void> {
    const issuedAt = epochSeconds(session.authorizedAtMs ?? clock.nowMs());
    await grants.create({
      ...aboutSession(session),
      grantId: sha256(handle),
      registrationRef: session.registrationRef ?? '',
      createdAtMs: clock.nowMs(),
      expiresAt: session.registrationExpiresAt ?? session.expiresAt,
      sealedCustody: sealWithHandle({ ...tokens, issuedAt }, handle, randomBytes),
      version: 1,
      leaseUntilMs: 0,
    });
  }

  /** Counts one more delivery. @returns the session with it, or why there is none */
  async function countDelivery(session: Session): Promise<Session | Refusal> {
    let seen = session;
    for (;;) {
      const nowMs = clock.nowMs();
      const phase = phaseAt(seen, nowMs);
      if (phase === 'claimed' && nowMs - (seen.lastDeliveredAtMs ?? 0) < ONE_DELIVERY_MS) return seen;
      if (phase === 'claimed' && !mayRepeat(seen, nowMs)) return spent(seen);
      if (phase !== 'claimed' && phase !== 'authorized') return phase === 'expired' ? EXPIRED : ENDED;
      const counted =
        phase === 'authorized'
          ? await sessions.claimTokens(seen.sessionId, nowMs)
          : await sessions.countDelivery(seen.sessionId, seen.deliveries ?? 0, nowMs);
      if (counted.session === undefined) return EXPIRED;
      if (counted.done) {
        const { clientId, deliveries: delivery = 1 } = counted.session;
        await clients.recordSignIn(clientId, signInOf(counted.session));
        observe({ event: 'tokens_delivered', ...aboutSession(counted.session), delivery });
        return counted.session;
      }
      seen = counted.session;
    }
  }

  /** What every claim writes down and this one lacks is not made up: such a code is spent, and nobody counts for ever. */
  function mayRepeat({ claimedAtMs = 0, deliveries = Number.POSITIVE_INFINITY }: Session, nowMs: number): boolean {
    const { windowSeconds, maxDeliveries } = settings.redelivery;
    return nowMs - claimedAtMs < windowSeconds * 1000 && deliveries < maxDeliveries;
  }

  function spent(session: Session): Refusal {
    observe({ event: 'replay_refused', ...aboutSession(session) });
    return SPENT;
  }

  return async function deliverTokens(session: Session, deviceCode: string): Promise<TokenResponse | Refusal> {
    if (session.sealedTokens === undefined) return ENDED;
    // Before anything is counted: what does not open is not delivered.
    const tokens = openTokens(session.sealedTokens, deviceCode, session.sessionId);
    const delivered = await countDelivery(session);
    if (isRefusal(delivered)) return delivered;
    const { fleet, lastDeliveredAtMs = clock.nowMs() } = delivered;
    // A fleet that is gone from the configuration releases nothing that it did not mean to.
    const releasesToken = settings.fleets[fleet]?.release === 'token';
    const { accessToken, refreshToken, expiresAt } = tokens;
    const expiresIn = Math.max(0, expiresAt - epochSeconds(lastDeliveredAtMs));
    if (releasesToken && refreshToken === undefined) return { accessToken, tokenType: 'Bearer', expiresIn };

    const handle = refreshHandleOf(deviceCode);
    await keepGrant(delivered, tokens, handle);
    return releasesToken
      ? { accessToken, tokenType: 'Bearer', expiresIn, refreshToken: handle }
      : handleResponse(delivered.registrationExpiresAt ?? expiresAt, handle, lastDeliveredAtMs);
  };
}

/**
 * The answer in a fleet that releases credentials: the handle and nothing of upstream's, alive as long as its grant can be.
 *
 * @param expiresAt the grant's end, epoch seconds
 */
export function handleResponse(expiresAt: number, handle: string, nowMs: number): TokenResponse {
  const expiresIn = Math.max(0, expiresAt - epochSeconds(nowMs));
  return { accessToken: handle, tokenType: 'Bearer', expiresIn, refreshToken: handle };
}
