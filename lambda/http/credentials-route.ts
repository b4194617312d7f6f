import type { APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';
import { isRefusal, OAuthError, type Refusal } from '../core/oauth-error.ts';
import type { makeRoleCredentials } from '../core/role-credentials.ts';
import type { DeviceAuth } from '../core/settings.ts';
import { json } from './answers.ts';
import { certificateNamesIn } from './client-proof.ts';
import { callerOf, correlationIdOf, type DeviceEvent, headerOf } from './device-event.ts';

/** What the route needs. */
export interface CredentialsPlane {
  readonly roleCredentials: ReturnType<typeof makeRoleCredentials>;
  readonly deviceAuth: DeviceAuth;
  readonly activationUrl?: string | undefined;
}

/**
 * `GET /credentials`: role credentials in the shape of the SDKs' container credentials provider, which sends the content of
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` as the whole Authorization header (AWS SDKs and Tools guide, "Container credential
 * provider"). Failures are what the providers print: a `code` and a `message`, in capitals too, as the JavaScript SDK reads
 * them.
 *
 * Where devices have certificates the handle opens nothing over another device's connection (RFC 8705 §3). (A signed request
 * has no room for a handle: both go into the Authorization header.)
 */
export function credentialsRoute({ roleCredentials, deviceAuth, activationUrl }: CredentialsPlane) {
  return async (event: DeviceEvent): Promise<APIGatewayProxyResult> => {
    const handle = (headerOf(event, 'authorization') ?? '').replace(/^bearer(\s+|$)/i, '').trim();
    if (handle === '')
      return failure(401, 'MissingAuthorization', 'Send the handle of this device in the Authorization header.');
    try {
      const certificateNames = deviceAuth === 'mtls' ? certificateNamesIn(event) : undefined;
      const issued = await roleCredentials(handle, { ...callerOf(event, activationUrl), certificateNames });
      if (isRefusal(issued)) return refusal(issued);
      return json(200, {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        Token: issued.sessionToken,
        Expiration: new Date(issued.expiresAt * 1000).toISOString().replace('.000Z', 'Z'),
        AccountId: issued.accountId,
      });
    } catch (error) {
      if (error instanceof OAuthError) return failure(403, 'AccessDenied', error.message);
      logFault('credentials_failed', error, { correlationId: correlationIdOf(event) });
      return failure(503, 'ServiceUnavailable', 'The broker could not do this now. Wait and try again.', {
        'Retry-After': '2',
      });
    }
  };
}

function refusal({ refused, description, retryAfterSeconds }: Refusal): APIGatewayProxyResult {
  if (refused === 'server_error') {
    return failure(503, 'ServiceUnavailable', description, { 'Retry-After': String(retryAfterSeconds ?? 2) });
  }
  return failure(403, refused === 'access_denied' ? 'AccessDenied' : 'SessionEnded', description);
}

function failure(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return json(status, { code, message, Code: code, Message: message }, headers);
}
