import { type Client, inGoodStanding } from './client.ts';
import type { makeCustody, OpenGrant } from './custody.ts';
import { aboutSession, type Observe } from './events.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import type { Caller, makeLivingGrant } from './living-grant.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes, type Sleep } from './ports.ts';
import { openWithHandle, sealWithHandle } from './sealing.ts';
import type { Fleet } from './settings.ts';

/** Short-lived credentials of one role in one account. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** The one account and role that a device may have. */
export interface RolePin {
  readonly accountId: string;
  readonly roleName: string;
}

/** What the access portal can answer to GetRoleCredentials. */
export type PortalAnswer =
  | { readonly kind: 'credentials'; readonly credentials: RoleCredentials }
  /** The access token is no good: the portal session has ended. */
  | { readonly kind: 'unauthorized' }
  /** The person who approved has no such role. */
  | { readonly kind: 'no_access' }
  | { readonly kind: 'unavailable' };

/** The access portal of IAM Identity Center, as the core needs it. */
export interface Portal {
  getRoleCredentials(
    target: Pick<Fleet, 'region' | 'portalEndpoint'>,
    accessToken: string,
    pin: RolePin,
  ): Promise<PortalAnswer>;
}

/** Credentials as a grant keeps them, sealed under the handle. */
interface KeptCredentials extends RoleCredentials {
  readonly pin: RolePin;
}

/** Credentials and the account that they are of. */
export type IssuedCredentials = RoleCredentials & Pick<RolePin, 'accountId'>;

/** Who presents a handle; with certificates, the names in that of the connection. */
export interface HandleBearer extends Caller {
  readonly certificateNames?: readonly string[] | undefined;
}

export interface RoleCredentialsDependencies {
  readonly grants: GrantStore;
  readonly readClient: (clientId: string) => Promise<Client | undefined>;
  readonly custody: ReturnType<typeof makeCustody>;
  readonly livingGrant: ReturnType<typeof makeLivingGrant>;
  readonly portal: Portal;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

/** Kept credentials are given out until this long before their end. */
const RENEW_BEFORE_SECONDS = 300;
/** The portal is not asked with a token that ends while the request is on its way. */
const TOKEN_MARGIN_SECONDS = 60;
const LEASE_MS = 5_000;
const WAIT_STEP_MS = 100;
/** Providers give up after two seconds and ask again. */
const MAX_WAIT_MS = 1_700;
const RETRY_AFTER_SECONDS = 2;

/** Why there are no new credentials: somebody else is fetching them, AWS is in trouble, or the grant is over. */
type NotRenewed = 'busy' | 'unavailable' | 'ended';

/**
 * Gives a device the credentials of its one role (invariant: no pin, no credentials).
 *
 * 1. The handle opens its grant; the client must not be locked or revoked.
 * 2. Kept credentials are answered until five minutes before their end.
 * 3. Otherwise one caller refreshes the token if it must, asks the portal for the pinned role only, and keeps the answer;
 *    everybody else waits for it. A reboot storm is not a portal storm.
 */
export function makeRoleCredentials(deps: RoleCredentialsDependencies) {
  const { grants, readClient, custody, livingGrant, portal, clock, sleep, randomBytes, observe } = deps;

  const secondsLeft = (credentials: RoleCredentials): number => credentials.expiresAt - epochSeconds(clock.nowMs());

  return async function roleCredentials(handle: string, caller: HandleBearer): Promise<IssuedCredentials | Refusal> {
    const giveUpAtMs = clock.nowMs() + MAX_WAIT_MS;
    for (;;) {
      const grant = await grants.read(sha256(handle));
      const client = grant && (await readClient(grant.clientId));
      if (grant === undefined || client === undefined) return UNKNOWN;
      const standing = inGoodStanding(client, clock.nowMs());
      if (isRefusal(standing)) return refuse('access_denied', standing.description);
      if (!isItsBearer(client, caller)) return NOT_ITS_BEARER;
      const opened = await livingGrant(client, grant, handle, caller);
      if (isRefusal(opened)) return opened;
      const pin = pinOf(opened.fleet, client);
      if (isRefusal(pin)) return pin;

      const kept = keptCredentials(opened, pin);
      if (kept !== undefined && secondsLeft(kept) > RENEW_BEFORE_SECONDS) return issued(kept);
      const renewed = await renew(opened, pin);
      // The next look at the grant says why it ended, and how it goes on.
      if (renewed === 'ended') continue;
      if (renewed !== 'busy' && renewed !== 'unavailable') return renewed;
      if (kept !== undefined && secondsLeft(kept) > 0) return issued(kept);
      if (renewed === 'unavailable' || clock.nowMs() >= giveUpAtMs) return LATER;
      await sleep(WAIT_STEP_MS);
    }
  };

  /** Kept credentials of this very pin; a changed pin takes effect at the next request. */
  function keptCredentials({ grant, handle }: OpenGrant, pin: RolePin): KeptCredentials | undefined {
    if (grant.sealedCredentials === undefined) return undefined;
    const kept = openWithHandle<KeptCredentials>(grant.sealedCredentials, handle);
    return kept.pin.accountId === pin.accountId && kept.pin.roleName === pin.roleName ? kept : undefined;
  }

  async function renew(opened: OpenGrant, pin: RolePin): Promise<IssuedCredentials | Refusal | NotRenewed> {
    const { grant, fleet } = opened;
    const isUsable = custody.secondsLeft(opened.custody) > TOKEN_MARGIN_SECONDS;
    // While upstream is in trouble this is the token as it was, and a token in its last minute is still one.
    const token = isUsable ? opened.custody : await custody.refresh(opened);
    if (token === undefined) return 'busy';
    if (isRefusal(token)) return token.refused === 'server_error' ? 'unavailable' : 'ended';
    const nowMs = clock.nowMs();
    if (!(await grants.takeCredentialsLease(grant, nowMs, nowMs + LEASE_MS))) return 'busy';
    const answer = await portal.getRoleCredentials(fleet, token.accessToken, pin);
    observe({ event: 'role_credentials', ...aboutSession(grant), outcome: answer.kind });
    switch (answer.kind) {
      case 'credentials': {
        const kept = { ...answer.credentials, pin };
        await grants.storeCredentials(grant.grantId, sealWithHandle(kept, opened.handle, randomBytes));
        return issued(kept);
      }
      case 'unauthorized':
        await custody.end(grant, 'session_ended');
        return 'ended';
      case 'no_access':
        await grants.releaseCredentialsLease(grant.grantId);
        return refuse(
          'access_denied',
          `The person who approved has no role ${pin.roleName} in account ${pin.accountId}. Assign it to them, or have somebody else approve.`,
        );
      case 'unavailable':
        await grants.releaseCredentialsLease(grant.grantId);
        return 'unavailable';
      default:
        return answer satisfies never;
    }
  }

  function issued({ pin, ...credentials }: KeptCredentials): IssuedCredentials {
    return { ...credentials, accountId: pin.accountId };
  }
}

/** Whether the connection, where connections have certificates, is that of the handle's own device. */
function isItsBearer({ identity }: Client, { certificateNames }: HandleBearer): boolean {
  if (certificateNames === undefined) return true;
  return identity?.method === 'mtls' && certificateNames.includes(identity.certificateName);
}

/** The account and role that this device may have: its own, if an operator set one, else its fleet's. Fails closed. */
function pinOf(fleet: Fleet, client: Client): RolePin | Refusal {
  if (fleet.release !== 'credentials') {
    return refuse(
      'access_denied',
      `Fleet ${fleet.name} releases tokens, not role credentials. Use the access token with AWS.`,
    );
  }
  const accountId = client.accountId ?? fleet.accountId;
  const roleName = client.roleName ?? fleet.roleName;
  return accountId === undefined || roleName === undefined
    ? refuse(
        'access_denied',
        `Fleet ${fleet.name} names no account and role. Ask an operator to configure accountId and roleName.`,
      )
    : { accountId, roleName };
}

const NOT_ITS_BEARER = refuse(
  'access_denied',
  'This handle belongs to a device with another certificate. Sign this device in by itself.',
);
const UNKNOWN = refuse('access_denied', 'This handle is not known here. Sign the device in again.');
const LATER = refuse('server_error', 'AWS did not give credentials now. Wait and try again.', RETRY_AFTER_SECONDS);
