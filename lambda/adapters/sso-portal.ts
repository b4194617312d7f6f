import { GetRoleCredentialsCommand, SSOClient, SSOServiceException } from '@aws-sdk/client-sso';
import { UPSTREAM_TIMEOUT_MS } from '../core/poll-policy.ts';
import type { Portal, PortalAnswer } from '../core/role-credentials.ts';
import { sendTraceparent } from './trace-context.ts';

/** The access portal behind the AWS SDK; one attempt a call, since the devices' providers ask again by themselves. */
export function makeSsoPortal(): Portal {
  const clients = new Map<string, SSOClient>();

  function clientFor(region: string, portalEndpoint: string | undefined): SSOClient {
    const key = `${region} ${portalEndpoint ?? ''}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const endpoint = portalEndpoint === undefined ? {} : { endpoint: portalEndpoint };
    const client = new SSOClient({ region, ...endpoint, maxAttempts: 1 });
    sendTraceparent(client);
    clients.set(key, client);
    return client;
  }

  return {
    async getRoleCredentials({ region, portalEndpoint }, accessToken, pin) {
      try {
        const command = new GetRoleCredentialsCommand({ accessToken, ...pin });
        const abortSignal = AbortSignal.timeout(UPSTREAM_TIMEOUT_MS);
        const { roleCredentials } = await clientFor(region, portalEndpoint).send(command, { abortSignal });
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = roleCredentials ?? {};
        if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) return { kind: 'unavailable' };
        // The portal counts in milliseconds.
        const expiresAt = Math.floor(expiration / 1000);
        return { kind: 'credentials', credentials: { accessKeyId, secretAccessKey, sessionToken, expiresAt } };
      } catch (error) {
        return problemOf(error);
      }
    },
  };
}

function problemOf(error: unknown): PortalAnswer {
  if (!(error instanceof SSOServiceException)) return { kind: 'unavailable' };
  const status = error.$metadata.httpStatusCode ?? 500;
  if (status === 401) return { kind: 'unauthorized' };
  // ForbiddenException is not in the model, but it is what "No access" comes as.
  return status === 429 || status >= 500 ? { kind: 'unavailable' } : { kind: 'no_access' };
}
