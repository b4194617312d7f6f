import { OAuthError, refuse } from '../core/oauth-error.ts';
import { type DeviceEvent, headerOf } from './device-event.ts';
import { optionalString, type Parameters, requiredString } from './parameters.ts';

/** A client id and secret as a request presents them (RFC 6749 §2.3.1; in the body in the AWS dialect). */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Whether the request authenticates by HTTP Basic. */
export function usesBasic(event: DeviceEvent): boolean {
  return /^basic(\s|$)/i.test(headerOf(event, 'authorization') ?? '');
}

/**
 * Reads the client's credentials.
 *
 * @throws OAuthError invalid_request for two methods at once (RFC 6749 §2.3) or missing members, invalid_client for none
 */
export function readClientCredentials(event: DeviceEvent, parameters: Parameters): ClientCredentials {
  if (parameters.dialect === 'aws') {
    return {
      clientId: requiredString(parameters, 'clientId'),
      clientSecret: requiredString(parameters, 'clientSecret'),
    };
  }
  const clientId = optionalString(parameters, 'clientId');
  const clientSecret = optionalString(parameters, 'clientSecret');
  if (!usesBasic(event)) {
    if (clientId === undefined || clientSecret === undefined) {
      throw new OAuthError(
        refuse(
          'invalid_client',
          'Client authentication is missing. Send client_id and client_secret in the body or by HTTP Basic.',
        ),
      );
    }
    return { clientId, clientSecret };
  }
  const basic = decodeBasic(headerOf(event, 'authorization') ?? '');
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) {
    throw new OAuthError(
      refuse('invalid_request', 'Two client authentications in one request. Use HTTP Basic or the body, not both.'),
    );
  }
  return basic;
}

/** Both halves are form-encoded before they are joined (RFC 6749 §2.3.1). */
function decodeBasic(header: string): ClientCredentials {
  const text = Buffer.from(header.replace(/^basic\s*/i, ''), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  try {
    const [clientId, clientSecret] = [text.slice(0, colon), text.slice(colon + 1)].map((half) =>
      decodeURIComponent(half.replaceAll('+', ' ')),
    );
    if (colon > 0 && clientId && clientSecret) return { clientId, clientSecret };
  } catch {
    // Not form-encoded: refused below, like any other credentials that cannot be read.
  }
  throw new OAuthError(
    refuse('invalid_client', 'The Authorization header is not HTTP Basic with client id and secret.'),
  );
}

/** The enrollment key of a registration: the Bearer token (RFC 7591 §3), or the `/e/<key>` prefix of the path. */
export function enrollmentKeyFrom(event: DeviceEvent): string | undefined {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headerOf(event, 'authorization') ?? '');
  return bearer?.[1] ?? event.enrollmentKey;
}
