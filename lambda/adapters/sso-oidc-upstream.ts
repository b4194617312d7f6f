import {
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  SSOOIDCServiceException,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import { UPSTREAM_TIMEOUT_MS } from '../core/poll-policy.ts';
import { type Clock, epochSeconds } from '../core/ports.ts';
import { makeSecret } from '../core/secret.ts';
import type {
  TokenAnswer,
  Upstream,
  UpstreamClient,
  UpstreamGrant,
  UpstreamProblem,
  UpstreamTarget,
} from '../core/upstream.ts';
import { sendTraceparent } from './trace-context.ts';

/**
 * IAM Identity Center's OIDC service behind the AWS SDK. One attempt a call: the SDK's own retries come faster than the
 * interval allows, and a device code is spent by its answer.
 */

/** What the broker calls itself upstream: the name that a person sees on AWS's page. */
const CLIENT_NAME = 'fleet-token-broker';
/** RFC 8628 §3.2: what holds when no interval is given. */
const DEFAULT_INTERVAL_SECONDS = 5;
const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Makes the upstream; it keeps one SDK client per Region and endpoint. */
export function makeSsoOidcUpstream(clock: Clock): Upstream {
  const clients = new Map<string, SSOOIDCClient>();

  function clientFor({ region, upstreamEndpoint }: UpstreamTarget): SSOOIDCClient {
    const key = `${region} ${upstreamEndpoint ?? ''}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const endpoint = upstreamEndpoint === undefined ? {} : { endpoint: upstreamEndpoint };
    const client = new SSOOIDCClient({ region, ...endpoint, maxAttempts: 1 });
    sendTraceparent(client);
    clients.set(key, client);
    return client;
  }

  return {
    async registerClient(target) {
      const command = new RegisterClientCommand({
        clientName: CLIENT_NAME,
        clientType: 'public',
        scopes: [...target.scopes],
      });
      try {
        const answer = await clientFor(target).send(command, timeLimit());
        const { clientId, clientSecret, clientSecretExpiresAt: expiresAt } = answer;
        if (!clientId || !clientSecret || !expiresAt) return INCOMPLETE;
        return { kind: 'registered', registration: { clientId, clientSecret: makeSecret(clientSecret), expiresAt } };
      } catch (error) {
        return settingUpProblem(problemOf(error));
      }
    },

    async startDeviceAuthorization(target, { clientId, clientSecret }, startUrl) {
      const command = new StartDeviceAuthorizationCommand({ clientId, clientSecret: clientSecret.reveal(), startUrl });
      try {
        const answer = await clientFor(target).send(command, timeLimit());
        const { deviceCode: upstreamDeviceCode, userCode, verificationUri, expiresIn, interval } = answer;
        if (!upstreamDeviceCode || !userCode || !verificationUri || !expiresIn) return INCOMPLETE;
        const verificationUriComplete = answer.verificationUriComplete ?? verificationUri;
        const activation = { upstreamDeviceCode, userCode, verificationUri, verificationUriComplete };
        return {
          kind: 'started',
          activation,
          expiresInSeconds: expiresIn,
          intervalSeconds: interval ?? DEFAULT_INTERVAL_SECONDS,
        };
      } catch (error) {
        return settingUpProblem(problemOf(error));
      }
    },

    async createToken(target, client, grant) {
      const askedAtMs = clock.nowMs();
      try {
        const answer = await clientFor(target).send(new CreateTokenCommand(tokenRequest(client, grant)), timeLimit());
        const { accessToken, refreshToken, expiresIn } = answer;
        if (!accessToken || !expiresIn) return INCOMPLETE;
        const tokens = { accessToken, expiresAt: epochSeconds(askedAtMs) + expiresIn };
        return { kind: 'tokens', tokens: refreshToken ? { ...tokens, refreshToken } : tokens };
      } catch (error) {
        return problemOf(error);
      }
    },
  };
}

/** An answer without what it must have: not to be relied on, so asked again later. */
const INCOMPLETE = { kind: 'unavailable', cause: 'server_error' } as const;

const timeLimit = () => ({ abortSignal: AbortSignal.timeout(UPSTREAM_TIMEOUT_MS) });

/** What an exception of the SDK means. */
function problemOf(error: unknown): Exclude<TokenAnswer, { kind: 'tokens' }> {
  if (!(error instanceof SSOOIDCServiceException)) {
    const timedOut = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
    return { kind: 'unavailable', cause: timedOut ? 'timeout' : 'network' };
  }
  switch (error.name) {
    case 'AuthorizationPendingException':
      return { kind: 'pending' };
    case 'SlowDownException':
      return { kind: 'slow_down' };
    case 'AccessDeniedException':
      return { kind: 'denied' };
    case 'ExpiredTokenException':
      return { kind: 'expired' };
    case 'InvalidGrantException':
      return { kind: 'invalid_grant' };
    case 'InvalidClientException':
      return { kind: 'invalid_client' };
  }
  const status = error.$metadata.httpStatusCode ?? 500;
  if (status === 429 || error.name.startsWith('Throttling')) return { kind: 'unavailable', cause: 'throttled' };
  return status >= 500 ? { kind: 'unavailable', cause: 'server_error' } : { kind: 'refused', exception: error.name };
}

/** The same for RegisterClient and StartDeviceAuthorization, where slow_down is a throttle. */
function settingUpProblem(problem: Exclude<TokenAnswer, { kind: 'tokens' }>): UpstreamProblem {
  switch (problem.kind) {
    case 'slow_down':
      return { kind: 'unavailable', cause: 'throttled' };
    case 'invalid_client':
    case 'refused':
    case 'unavailable':
      return problem;
    default:
      return { kind: 'refused', exception: problem.kind };
  }
}

function tokenRequest(client: UpstreamClient, grant: UpstreamGrant) {
  const { clientId } = client;
  const clientSecret = client.clientSecret.reveal();
  return 'deviceCode' in grant
    ? { clientId, clientSecret, grantType: DEVICE_CODE_GRANT, deviceCode: grant.deviceCode }
    : { clientId, clientSecret, grantType: 'refresh_token', refreshToken: grant.refreshToken };
}
