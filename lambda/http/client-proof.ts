import type { ClientProof } from '../core/authenticate-client.ts';
import type { ClientAssertion } from '../core/client-assertion.ts';
import { OAuthError, refuse } from '../core/oauth-error.ts';
import type { DeviceAuth } from '../core/settings.ts';
import { certificateNamesOf } from './client-certificate.ts';
import { readClientCredentials, usesBasic } from './client-credentials.ts';
import { baseUrlOf, type DeviceEvent } from './device-event.ts';
import { optionalString, type Parameters, requiredString, spelled } from './parameters.ts';

/** RFC 7523 §2.2. */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Reads what a request shows of its client, in the one way that this deployment goes by.
 *
 * @throws OAuthError invalid_client when it shows nothing, invalid_request when it contradicts itself
 */
export function readClientProof(event: DeviceEvent, parameters: Parameters, deviceAuth: DeviceAuth): ClientProof {
  switch (deviceAuth) {
    case 'client_secret':
      return readClientCredentials(event, parameters);
    case 'private_key_jwt':
      return assertedProof(event, parameters);
    case 'iam':
      return { ...namedClient(event, parameters), principal: principalOf(event) };
    case 'mtls':
      return { ...namedClient(event, parameters), certificateNames: certificateNamesIn(event) };
    default:
      return deviceAuth satisfies never;
  }
}

/** The client id may be left out (RFC 7521 §4.2): then the assertion names it, and its signature proves it. */
function assertedProof(event: DeviceEvent, parameters: Parameters): ClientProof {
  const jwt = optionalString(parameters, 'clientAssertion');
  if (jwt === undefined || optionalString(parameters, 'clientAssertionType') !== JWT_BEARER) {
    const [type, assertion] = ['clientAssertionType', 'clientAssertion'].map((name) =>
      spelled(name, parameters.dialect),
    );
    throw invalidClient(
      `Client authentication is missing. Send ${type}=${JWT_BEARER} and ${assertion}, a JWT signed with the key of this device.`,
    );
  }
  const clientId = optionalString(parameters, 'clientId') ?? subjectOf(jwt);
  if (clientId === undefined) {
    throw invalidClient('The assertion is not a JWT with a sub. Sign one with the client_id as iss and sub.');
  }
  return { clientId, assertion: assertionIn(event, jwt) };
}

/** An assertion may be addressed to the issuer, to the token endpoint (RFC 7523 §3), or to the endpoint that it is sent to. */
function assertionIn(event: DeviceEvent, jwt: string): ClientAssertion {
  const issuer = baseUrlOf(event);
  return { jwt, audiences: [issuer, `${issuer}/token`, `${issuer}${event.path}`] };
}

function subjectOf(jwt: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims?.sub === 'string' && claims.sub !== '' ? claims.sub : undefined;
  } catch {
    return undefined;
  }
}

/** A client that its connection proves: the id says which one, a secret may be sent along. */
function namedClient(event: DeviceEvent, parameters: Parameters): ClientProof {
  if (parameters.dialect === 'rfc' && usesBasic(event)) return readClientCredentials(event, parameters);
  return {
    clientId: requiredString(parameters, 'clientId'),
    clientSecret: optionalString(parameters, 'clientSecret'),
  };
}

/**
 * Who signed the request, by the gateway's word.
 *
 * @throws OAuthError invalid_client when nobody did
 */
export function principalOf(event: DeviceEvent): string {
  const { userArn } = event.requestContext.identity;
  if (userArn) return userArn;
  throw invalidClient(
    'The request is not signed. Sign it with the AWS credentials of this device (SigV4, execute-api).',
  );
}

/**
 * The names in the certificate of the connection, by the gateway's word.
 *
 * @throws OAuthError invalid_client when there are none
 */
export function certificateNamesIn(event: DeviceEvent): readonly string[] {
  const pem = event.requestContext.identity.clientCert?.clientCertPem;
  const names = pem ? certificateNamesOf(pem, event.requestContext.requestTimeEpoch) : [];
  if (names.length > 0) return names;
  throw invalidClient(
    'The connection shows no certificate that names a device. Use one with a DNS or URI subject alternative name.',
  );
}

function invalidClient(description: string): OAuthError {
  return new OAuthError(refuse('invalid_client', description));
}
