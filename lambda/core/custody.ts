import type { ClientStore } from './client.ts';
import { aboutSession, type Observe } from './events.ts';
import type { Custody, Grant, GrantEndReason, GrantStore } from './grant.ts';
import { type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes, type Sleep } from './ports.ts';
import { type Registrations, regionOfRegistration } from './registration.ts';
import { openWithHandle, sealWithHandle } from './sealing.ts';
import type { Fleet, Settings } from './settings.ts';
import { storeInsistently } from './store-insistently.ts';
import type { TokenAnswer, Upstream } from './upstream.ts';

/**
 * Custody of the upstream tokens of a grant: opened with the device's handle, refreshed by one caller at a time.
 */

export interface CustodyDependencies {
  readonly settings: Settings;
  readonly grants: GrantStore;
  readonly clients: ClientStore;
  readonly upstream: Upstream;
  readonly registrations: Registrations;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

/** A grant that is living and whose custody the handle has opened. */
export interface OpenGrant {
  readonly grant: Grant;
  readonly fleet: Fleet;
  readonly custody: Custody;
  readonly handle: string;
}

/** How long one caller may be at it: two upstream calls, the pause between them, and storing. */
const LEASE_MS = 12_000;
/** InvalidGrant may be transient; it is believed the second time. */
const SECOND_TRY_PAUSE_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;

/** Makes the keeper of custody. */
export function makeCustody(deps: CustodyDependencies) {
  const { settings, grants, clients, upstream, registrations, clock, sleep, randomBytes, observe } = deps;

  /** Opens a grant with the handle of its device, or says why there is nothing to open. */
  async function open(grant: Grant, handle: string): Promise<OpenGrant | Refusal> {
    if (grant.endReason !== undefined || grant.sealedCustody === undefined) return endedRefusal(grant.endReason);
    if (grant.expiresAt <= epochSeconds(clock.nowMs())) return end(grant, 'registration_expired');
    const fleet = settings.fleets[grant.fleet];
    if (fleet === undefined) return FLEET_GONE;
    return { grant, fleet, handle, custody: openWithHandle<Custody>(grant.sealedCustody, handle) };
  }

  /**
   * Refreshes upstream, if nobody else is at it: once, and stored before anything else. The newest refresh token is kept,
   * the old one when none comes back.
   *
   * @returns the new custody; undefined when somebody else holds the lease (look again shortly)
   */
  async function refresh(opened: OpenGrant): Promise<Custody | Refusal | undefined> {
    const { grant, fleet, custody } = opened;
    const nowMs = clock.nowMs();
    const leaseUntilMs = nowMs + LEASE_MS;
    if (grant.leaseUntilMs > nowMs || !(await grants.takeLease(grant, nowMs, leaseUntilMs))) return undefined;
    const answer = await askUpstream(opened);
    if (answer === undefined) return end(grant, 'registration_expired');
    observe({ event: 'refreshed', ...aboutSession(grant), outcome: answer.kind });
    switch (answer.kind) {
      case 'tokens':
        return keep(opened, leaseUntilMs, { ...custody, ...answer.tokens, issuedAt: epochSeconds(clock.nowMs()) });
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
        return orLater(custody);
      default:
        return answer satisfies never;
    }
  }

  async function askUpstream({ grant, fleet, custody }: OpenGrant): Promise<TokenAnswer | undefined> {
    const { refreshToken } = custody;
    const registration = await registrations.byRef(grant.registrationRef);
    if (registration === undefined || refreshToken === undefined) return undefined;
    // A grant belongs to the Region that it began in, whatever the fleet says now.
    const target = { ...fleet, region: regionOfRegistration(grant.registrationRef) };
    const answer = await upstream.createToken(target, registration, { refreshToken });
    if (answer.kind !== 'invalid_grant') return answer;
    await sleep(SECOND_TRY_PAUSE_MS);
    return upstream.createToken(target, registration, { refreshToken });
  }

  async function keep(
    { grant, handle }: OpenGrant,
    leaseUntilMs: number,
    custody: Custody,
  ): Promise<Custody | undefined> {
    const sealedCustody = sealWithHandle(custody, handle, randomBytes);
    const onLost = (): void => observe({ event: 'refresh_lost', ...aboutSession(grant) });
    const stored = await storeInsistently(
      () => grants.storeCustody(grant.grantId, leaseUntilMs, sealedCustody),
      sleep,
      onLost,
    );
    if (stored) return custody;
    onLost();
    return undefined;
  }

  /** Ends a grant and says so. */
  async function end(grant: Grant, reason: GrantEndReason): Promise<Refusal> {
    const { grantId, sessionId, clientId } = grant;
    if (await grants.end(grantId, reason, clock.nowMs())) {
      await clients.recordSignInEnd(clientId, sessionId, reason, clock.nowMs());
      observe({ event: 'grant_ended', ...aboutSession(grant), reason });
    }
    return endedRefusal(reason);
  }

  /** Seconds that a custody's access token has left. */
  function secondsLeft({ expiresAt }: Custody): number {
    return Math.max(0, expiresAt - epochSeconds(clock.nowMs()));
  }

  /** Upstream is in trouble: a token that still lives is better than an error. */
  function orLater(custody: Custody): Custody | Refusal {
    if (secondsLeft(custody) > 0) return custody;
    return refuse(
      'server_error',
      'Identity Center did not refresh the token. Wait and try again.',
      RETRY_AFTER_SECONDS,
    );
  }

  return { open, refresh, end, secondsLeft, orLater };
}

/** Why upstream does not know the grant any more, as well as the broker can tell. */
function whyEnded(grant: Grant, fleet: Fleet): GrantEndReason {
  if (regionOfRegistration(grant.registrationRef) !== fleet.region) return 'wrong_region';
  // A lease that was never given back: somebody asked upstream and died before storing the answer.
  return grant.leaseUntilMs === 0 ? 'session_ended' : 'answer_lost';
}

const FLEET_GONE = refuse(
  'invalid_grant',
  'The fleet of this sign-in is not configured any more. Register the device again with a current enrollment key.',
);

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
