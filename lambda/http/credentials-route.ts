import type { APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';
import { isRefusal, type Refusal } from '../core/oauth-error.ts';
import type { makeRoleCredentials } from '../core/role-credentials.ts';
import { json } from './answers.ts';
import { callerOf, type DeviceEvent, headerOf } from './device-event.ts';

/**
 * `GET /credentials`: role credentials in the shape of the SDKs' container credentials provider, which sends the content of
 * `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` as the whole Authorization header (AWS SDKs and Tools guide, "Container credential
 * provider"). Failures are what the providers print: a `code` and a `message`, in capitals too, as the JavaScript SDK reads
 * them.
 */
export function credentialsRoute(roleCredentials: ReturnType<typeof makeRoleCredentials>) {
  return async (event: DeviceEvent): Promise<APIGatewayProxyResult> => {
    const handle = (headerOf(event, 'authorization') ?? '').replace(/^bearer(\s+|$)/i, '').trim();
    if (handle === '')
      return failure(401, 'MissingAuthorization', 'Send the handle of this device in the Authorization header.');
    try {
      const issued = await roleCredentials(handle, callerOf(event));
      if (isRefusal(issued)) return refusal(issued);
      return json(200, {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        Token: issued.sessionToken,
        Expiration: new Date(issued.expiresAt * 1000).toISOString().replace('.000Z', 'Z'),
        AccountId: issued.accountId,
      });
    } catch (error) {
      logFault('credentials_failed', error, { requestId: event.requestContext.requestId });
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
