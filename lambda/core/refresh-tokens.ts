import type { AuthenticateClient, ClientProof } from './authenticate-client.ts';
import { inGoodStanding } from './client.ts';
import type { makeCustody, OpenGrant } from './custody.ts';
import { handleResponse, type TokenResponse } from './deliver-tokens.ts';
import type { GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import type { Caller, makeLivingGrant } from './living-grant.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type Sleep } from './ports.ts';

/** A device's refresh (RFC 6749 §6): the token is the broker's handle, which never changes. */
export interface RefreshGrant extends ClientProof, Caller {
  readonly refreshToken: string;
}

export interface RefreshDependencies {
  readonly grants: GrantStore;
  readonly authenticate: AuthenticateClient;
  readonly custody: ReturnType<typeof makeCustody>;
  readonly livingGrant: ReturnType<typeof makeLivingGrant>;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

const WAIT_STEP_MS = 200;
/** How long a caller waits for another's refresh: within the function's time, and every SDK's. */
const MAX_WAIT_MS = 8_000;

/**
 * Refreshes a device's tokens from custody.
 *
 * 1. Client and grant are read at once; the client is authenticated, the handle opens the custody.
 * 2. A token with more than a third of its life left is answered as it is. (SDKs ask when 5 to 15 minutes of an hour are
 *    left; processes that start ask at any time.)
 * 3. Otherwise whoever gets the grant's lease refreshes upstream, and everybody else waits for its answer.
 */
export function makeRefreshTokens(deps: RefreshDependencies) {
  const { grants, authenticate, custody, livingGrant, clock, sleep } = deps;

  return async function refreshTokens(request: RefreshGrant): Promise<TokenResponse | Refusal> {
    const { refreshToken } = request;
    const giveUpAtMs = clock.nowMs() + MAX_WAIT_MS;
    for (let looks = 0; ; looks++) {
      const opened = await open(request, looks === 0);
      if (isRefusal(opened)) return opened;
      if (opened.fleet.release === 'credentials')
        return handleResponse(opened.grant.expiresAt, refreshToken, clock.nowMs());
      const lastTry = clock.nowMs() >= giveUpAtMs;
      const fresh = isFresh(opened)
        ? opened.custody
        : lastTry
          ? custody.orLater(opened.custody)
          : await custody.refresh(opened);
      // The grant has just ended: the next look says how it goes on.
      if (isRefusal(fresh) && fresh.refused === 'invalid_grant') continue;
      if (isRefusal(fresh)) return fresh;
      if (fresh !== undefined) {
        return {
          accessToken: fresh.accessToken,
          tokenType: 'Bearer',
          expiresIn: custody.secondsLeft(fresh),
          refreshToken,
        };
      }
      await sleep(WAIT_STEP_MS);
    }
  };

  /** An assertion counts once: later looks of the same request only ask whether its client may still act. */
  async function open(request: RefreshGrant, isFirst: boolean): Promise<OpenGrant | Refusal> {
    const { clientId, refreshToken, sourceIp, baseUrl, correlationId } = request;
    const read = await grants.readClientAndGrant(clientId, sha256(refreshToken));
    const client =
      isFirst || read.client === undefined
        ? await authenticate(read.client, request)
        : inGoodStanding(read.client, clock.nowMs());
    if (isRefusal(client)) return client;
    if (read.grant === undefined || read.grant.clientId !== client.clientId) return UNKNOWN;
    return livingGrant(client, read.grant, refreshToken, { sourceIp, baseUrl, correlationId });
  }

  function isFresh({ custody: { expiresAt, issuedAt } }: OpenGrant): boolean {
    return expiresAt - epochSeconds(clock.nowMs()) > (expiresAt - issuedAt) / 3;
  }
}

const UNKNOWN = refuse(
  'invalid_grant',
  'This refresh token is not known for this client. Start a new device authorization.',
);
