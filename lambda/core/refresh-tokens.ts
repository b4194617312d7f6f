import { authenticate } from './client.ts';
import type { TokenResponse } from './deliver-tokens.ts';
import type { Observe } from './events.ts';
import type { Custody, Grant, GrantEndReason, GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes, type Sleep } from './ports.ts';
import { type Registrations, regionOfRegistration } from './registration.ts';
import { openWithHandle, sealWithHandle } from './sealing.ts';
import type { Fleet, Settings } from './settings.ts';
import { storeInsistently } from './store-insistently.ts';
import type { TokenAnswer, Upstream } from './upstream.ts';

/** A device's refresh (RFC 6749 §6): the token is the broker's handle, which never changes. */
export interface RefreshGrant {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface RefreshDependencies {
  readonly settings: Settings;
  readonly grants: GrantStore;
  readonly upstream: Upstream;
  readonly registrations: Registrations;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

/** How long one caller may be at it: two upstream calls, the pause between them, and storing. */
const LEASE_MS = 12_000;
const WAIT_STEP_MS = 200;
/** How long a caller waits for another's refresh: within the function's time, and every SDK's. */
const MAX_WAIT_MS = 8_000;
/** InvalidGrant may be transient; it is believed the second time. */
const SECOND_TRY_PAUSE_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;

/** What became of one try. */
type Outcome = { readonly custody: Custody } | { readonly again: true } | Refusal;

/**
 * Refreshes a device's tokens from custody.
 *
 * 1. Client and grant are read at once; the client is authenticated, the handle opens the custody.
 * 2. A token with more than a third of its life left is answered as it is.
 * 3. Otherwise whoever gets the grant's lease refreshes upstream, once, and stores the answer before anything else;
 *    everybody else waits for it. The newest refresh token is kept, the old one when none comes back.
 */
export function makeRefreshTokens(deps: RefreshDependencies) {
  const { settings, grants, upstream, registrations, clock, sleep, randomBytes, observe } = deps;

  return async function refreshTokens(request: RefreshGrant): Promise<TokenResponse | Refusal> {
    const handle = request.refreshToken;
    const grantId = sha256(handle);
    const giveUpAtMs = clock.nowMs() + MAX_WAIT_MS;
    for (;;) {
      const read = await grants.readClientAndGrant(request.clientId, grantId);
      const client = authenticate(read.client, request.clientSecret, clock.nowMs());
      if (isRefusal(client)) return client;
      const grant = read.grant;
      if (grant === undefined || grant.clientId !== client.clientId) return UNKNOWN;
      const outcome = await tryOnce(grant, handle, clock.nowMs() >= giveUpAtMs);
      if (isRefusal(outcome)) return outcome;
      if ('custody' in outcome) return answerFrom(outcome.custody, handle);
      await sleep(WAIT_STEP_MS);
    }
  };

  async function tryOnce(grant: Grant, handle: string, lastTry: boolean): Promise<Outcome> {
    const nowMs = clock.nowMs();
    if (grant.endReason !== undefined || grant.sealedCustody === undefined) return endedRefusal(grant.endReason);
    if (grant.expiresAt <= epochSeconds(nowMs)) return end(grant, 'registration_expired');
    const fleet = settings.fleets[grant.fleet];
    if (fleet === undefined) return refuse('invalid_grant', FLEET_GONE);

    const custody = openWithHandle<Custody>(grant.sealedCustody, handle);
    if (isFresh(custody)) return { custody };
    if (lastTry) return custodyOrLater(custody);
    const leaseUntilMs = nowMs + LEASE_MS;
    if (grant.leaseUntilMs > nowMs || !(await grants.takeLease(grant, nowMs, leaseUntilMs))) return { again: true };
    return refreshUnderLease({ grant, custody, handle, fleet, leaseUntilMs });
  }

  interface Leased {
    readonly grant: Grant;
    readonly custody: Custody;
    readonly handle: string;
    readonly fleet: Fleet;
    readonly leaseUntilMs: number;
  }

  async function refreshUnderLease(leased: Leased): Promise<Outcome> {
    const { grant, custody, fleet, leaseUntilMs } = leased;
    const { refreshToken } = custody;
    const registration = await registrations.byRef(grant.registrationRef);
    if (registration === undefined || refreshToken === undefined) return end(grant, 'registration_expired');
    // A grant belongs to the Region that it began in, whatever the fleet says now.
    const target = { ...fleet, region: regionOfRegistration(grant.registrationRef) };
    const ask = (): Promise<TokenAnswer> => upstream.createToken(target, registration, { refreshToken });

    let answer = await ask();
    if (answer.kind === 'invalid_grant') {
      await sleep(SECOND_TRY_PAUSE_MS);
      answer = await ask();
    }
    observe({
      event: 'refreshed',
      sessionId: grant.sessionId,
      clientId: grant.clientId,
      fleet: grant.fleet,
      outcome: answer.kind,
    });
    switch (answer.kind) {
      case 'tokens':
        return keep(leased, { refreshToken, ...answer.tokens, issuedAt: epochSeconds(clock.nowMs()) });
      case 'invalid_grant':
      case 'expired':
      case 'denied':
        return end(grant, whyEnded(grant, fleet));
      case 'invalid_client':
        return end(grant, 'registration_expired');
      case 'refused':
      case 'pending':
      case 'slow_down':
      case 'unavailable':
        await grants.releaseLease(grant.grantId, leaseUntilMs);
        return custodyOrLater(custody);
      default:
        return answer satisfies never;
    }
  }

  /** What upstream answers once is stored before it is told. */
  async function keep({ grant, handle, leaseUntilMs }: Leased, custody: Custody): Promise<Outcome> {
    const sealedCustody = sealWithHandle(custody, handle, randomBytes);
    const onLost = (): void => observe({ event: 'refresh_lost', sessionId: grant.sessionId, fleet: grant.fleet });
    const stored = await storeInsistently(
      () => grants.storeCustody(grant.grantId, leaseUntilMs, sealedCustody),
      sleep,
      onLost,
    );
    if (stored) return { custody };
    onLost();
    return { again: true };
  }

  async function end(grant: Grant, reason: GrantEndReason): Promise<Refusal> {
    const { grantId, sessionId, clientId, fleet } = grant;
    if (await grants.end(grantId, reason, clock.nowMs()))
      observe({ event: 'grant_ended', sessionId, clientId, fleet, reason });
    return endedRefusal(reason);
  }

  /** A third of its life left: SDKs ask when 5 to 15 minutes of an hour are left, processes that start ask at any time. */
  function isFresh({ expiresAt, issuedAt }: Custody): boolean {
    return expiresAt - epochSeconds(clock.nowMs()) > (expiresAt - issuedAt) / 3;
  }

  /** Upstream is in trouble: a token that still lives is better than an error. */
  function custodyOrLater(custody: Custody): Outcome {
    if (custody.expiresAt > epochSeconds(clock.nowMs())) return { custody };
    return refuse(
      'server_error',
      'Identity Center did not refresh the token. Wait and try again.',
      RETRY_AFTER_SECONDS,
    );
  }

  function answerFrom({ accessToken, expiresAt }: Custody, refreshToken: string): TokenResponse {
    return {
      accessToken,
      tokenType: 'Bearer',
      expiresIn: Math.max(0, expiresAt - epochSeconds(clock.nowMs())),
      refreshToken,
    };
  }
}

/** Why upstream does not know the grant any more, as well as the broker can tell. */
function whyEnded(grant: Grant, fleet: Fleet): GrantEndReason {
  if (regionOfRegistration(grant.registrationRef) !== fleet.region) return 'wrong_region';
  // A lease that was never given back: somebody asked upstream and died before storing the answer.
  return grant.leaseUntilMs === 0 ? 'session_ended' : 'answer_lost';
}

const UNKNOWN = refuse(
  'invalid_grant',
  'This refresh token is not known for this client. Start a new device authorization.',
);
const FLEET_GONE =
  'The fleet of this sign-in is not configured any more. Register the device again with a current enrollment key.';

const END_TEXTS: Readonly<Record<GrantEndReason, string>> = {
  session_ended:
    'The Identity Center session has ended. Start a new device authorization so that somebody can approve it again.',
  registration_expired: 'The registration that this sign-in began with has expired. Start a new device authorization.',
  wrong_region: 'This sign-in belongs to another Region than its fleet has now. Start a new device authorization.',
  answer_lost: 'The last refresh was lost on its way. Start a new device authorization.',
  revoked: 'This sign-in was revoked. Start a new device authorization.',
};

function endedRefusal(reason: GrantEndReason | undefined): Refusal {
  return refuse('invalid_grant', END_TEXTS[reason ?? 'revoked']);
}
