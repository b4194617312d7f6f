import type { APIGatewayProxyResult } from 'aws-lambda';
import { SIGNING_ALGORITHMS } from '../core/client-keys.ts';
import { OAuthError, orThrow, refuse } from '../core/oauth-error.ts';
import type { makeRedeemDeviceCode } from '../core/redeem-device-code.ts';
import type { makeRefreshTokens } from '../core/refresh-tokens.ts';
import type { makeRegisterClient } from '../core/register-client.ts';
import type { makeRevokeToken } from '../core/revoke-token.ts';
import type { DeviceAuth } from '../core/settings.ts';
import type { makeStartSession } from '../core/start-session.ts';
import { answerIn, json } from './answers.ts';
import { enrollmentKeyFrom } from './client-credentials.ts';
import { AUTH_METHODS, readClientIdentity, registeredIdentity } from './client-identity.ts';
import { readClientProof } from './client-proof.ts';
import { baseUrlOf, callerOf, type DeviceEvent } from './device-event.ts';
import {
  optionalString,
  optionalStrings,
  type Parameters,
  readClientMetadata,
  readJson,
  readParameters,
  requiredString,
} from './parameters.ts';

/** What the device plane does, as its routes need it. */
export interface DevicePlane {
  readonly registerClient: ReturnType<typeof makeRegisterClient>;
  readonly startSession: ReturnType<typeof makeStartSession>;
  readonly redeemDeviceCode: ReturnType<typeof makeRedeemDeviceCode>;
  readonly refreshTokens: ReturnType<typeof makeRefreshTokens>;
  readonly revokeToken: ReturnType<typeof makeRevokeToken>;
  /** How devices prove who they are. */
  readonly deviceAuth: DeviceAuth;
  /** Where people find the broker, when that is not where devices do: the base of the links to its page. */
  readonly activationUrl?: string | undefined;
}

type Route = (event: DeviceEvent) => Promise<APIGatewayProxyResult>;

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** AWS's own Ruby example spells it so. */
const DEVICE_CODE_ALIAS = 'urn:ietf:params:oauth:grant-type:device-code';
const SUPPORTED_GRANTS: readonly string[] = [DEVICE_CODE_GRANT, DEVICE_CODE_ALIAS, 'refresh_token'];
const MAX_CLIENT_NAME = 256;

const NO_BROWSER_FLOW =
  'This broker serves devices without a browser: only the device_code and refresh_token grants. With the AWS CLI use aws sso login --use-device-code.';

const NO_BROWSER_METADATA =
  'This broker serves devices without a browser: only the device_code and refresh_token grants. Leave grant_types and redirect_uris out.';

const NO_START_URL =
  'startUrl is not a URL. The AWS CLI 1 sends the page instead of its address: use --cli-input-json, or set cli_follow_urlparam = false.';

/** The routes that every device calls, as the router takes them. */
export function devicePlaneRoutes(plane: DevicePlane) {
  return [
    { method: 'POST' as const, path: '/client/register', handler: registerClientRoute(plane) },
    { method: 'POST' as const, path: '/register', handler: dynamicRegistrationRoute(plane) },
    { method: 'POST' as const, path: '/device_authorization', handler: deviceAuthorizationRoute(plane) },
    { method: 'POST' as const, path: '/token', handler: tokenRoute(plane) },
    { method: 'POST' as const, path: '/revoke', handler: revokeRoute(plane) },
    { method: 'GET' as const, path: '/.well-known/oauth-authorization-server', handler: metadataRoute(plane) },
  ];
}

/** `POST /client/register`: RegisterClient of the SSO OIDC model. */
function registerClientRoute({ registerClient, deviceAuth }: DevicePlane): Route {
  return async (event) => {
    if (deviceAuth === 'private_key_jwt') throw new OAuthError(refuse('invalid_client_metadata', NO_KEY));
    const parameters = { dialect: 'aws', values: readJson(event) } as const;
    const clientName = clientNameOf(requiredString(parameters, 'clientName'));
    if (requiredString(parameters, 'clientType') !== 'public') {
      throw new OAuthError(
        refuse('invalid_client_metadata', 'The only clientType is public. Send clientType: public.'),
      );
    }
    optionalStrings(parameters, 'scopes');
    refuseBrowserFlow(optionalStrings(parameters, 'grantTypes'), optionalStrings(parameters, 'redirectUris'));
    const identity = readClientIdentity(event, { dialect: 'aws', values: {} }, deviceAuth);
    const { fleet: _fleet, ...registered } = orThrow(
      await registerClient({ clientName, enrollmentKey: enrollmentKeyFrom(event), identity }),
    );
    return answerIn('aws', 200, registered);
  };
}

/** `POST /register`: dynamic client registration (RFC 7591 §3). */
function dynamicRegistrationRoute({ registerClient, deviceAuth }: DevicePlane): Route {
  const methods = AUTH_METHODS[deviceAuth];
  return async (event) => {
    const parameters = readClientMetadata(event);
    const clientName = clientNameOf(optionalString(parameters, 'clientName') ?? 'device');
    refuseBrowserMetadata(optionalStrings(parameters, 'grantTypes'), optionalStrings(parameters, 'redirectUris'));
    const method = optionalString(parameters, 'tokenEndpointAuthMethod') ?? methods[0];
    if (!methods.includes(method)) {
      throw new OAuthError(
        refuse('invalid_client_metadata', `token_endpoint_auth_method must be ${methods.join(' or ')}.`),
      );
    }
    const identity = readClientIdentity(event, parameters, deviceAuth);
    const registered = orThrow(await registerClient({ clientName, enrollmentKey: enrollmentKeyFrom(event), identity }));
    const { clientId, clientSecret, clientIdIssuedAt, clientSecretExpiresAt } = registered;
    return answerIn('rfc', 201, {
      clientId,
      clientIdIssuedAt,
      ...(identity === undefined
        ? { clientSecret, clientSecretExpiresAt }
        : { registrationExpiresAt: clientSecretExpiresAt, ...registeredIdentity(identity) }),
      clientName,
      grantTypes: [DEVICE_CODE_GRANT, 'refresh_token'],
      responseTypes: [],
      tokenEndpointAuthMethod: method,
    });
  };
}

const NO_KEY =
  'Devices of this broker sign with a key of their own, which RegisterClient cannot carry. Register with POST /register and the public key as jwks.';

/** The name that operators will read: printable, of bounded length. */
function clientNameOf(text: string): string {
  const name = text.replace(/\p{C}/gu, ' ').trim();
  if (name === '' || name.length > MAX_CLIENT_NAME) {
    throw new OAuthError(
      refuse('invalid_client_metadata', `The client name must have 1 to ${MAX_CLIENT_NAME} printable characters.`),
    );
  }
  return name;
}

/** Registrations for a browser on the same machine are refused at once, not at the grant. */
function refuseBrowserFlow(
  grantTypes: readonly string[] | undefined,
  redirectUris: readonly string[] | undefined,
): void {
  if (asksForOtherGrants(grantTypes) || (redirectUris?.length ?? 0) > 0)
    throw new OAuthError(refuse('unsupported_grant_type', NO_BROWSER_FLOW));
}

/** The same in the words of RFC 7591 §3.2.2. */
function refuseBrowserMetadata(
  grantTypes: readonly string[] | undefined,
  redirectUris: readonly string[] | undefined,
): void {
  if (asksForOtherGrants(grantTypes)) throw new OAuthError(refuse('invalid_client_metadata', NO_BROWSER_METADATA));
  if ((redirectUris?.length ?? 0) > 0) throw new OAuthError(refuse('invalid_redirect_uri', NO_BROWSER_METADATA));
}

function asksForOtherGrants(grantTypes: readonly string[] | undefined): boolean {
  return grantTypes?.some((grantType) => !SUPPORTED_GRANTS.includes(grantType)) ?? false;
}

/** `POST /device_authorization`: StartDeviceAuthorization, RFC 8628 §3.1. */
function deviceAuthorizationRoute({ startSession, deviceAuth, activationUrl }: DevicePlane): Route {
  return async (event) => {
    const parameters = readParameters(event);
    const proof = readClientProof(event, parameters, deviceAuth);
    const startUrl = parameters.dialect === 'aws' ? startUrlIn(parameters) : undefined;
    return answerIn(parameters.dialect, 200, {
      ...orThrow(await startSession({ ...proof, startUrl, ...callerOf(event, activationUrl) })),
    });
  };
}

/** The AWS CLI 1 fetches what a start URL leads to, and sends the page: then nobody would understand a plain refusal. */
function startUrlIn(parameters: Parameters): string {
  const startUrl = requiredString(parameters, 'startUrl');
  if (URL.canParse(startUrl)) return startUrl;
  throw new OAuthError(refuse('invalid_request', NO_START_URL));
}

/** `POST /token`: CreateToken, RFC 6749 §3.2 and RFC 8628 §3.4. */
function tokenRoute({ redeemDeviceCode, refreshTokens, deviceAuth, activationUrl }: DevicePlane): Route {
  return async (event) => {
    if (event.queryStringParameters?.aws_iam !== undefined) {
      throw new OAuthError(
        refuse(
          'unsupported_grant_type',
          'CreateTokenWithIAM (aws_iam=t) is not offered here. Use CreateToken with the device_code grant.',
        ),
      );
    }
    const parameters = readParameters(event);
    const grantType = requiredString(parameters, 'grantType');
    switch (grantType) {
      case DEVICE_CODE_GRANT:
      case DEVICE_CODE_ALIAS: {
        const proof = readClientProof(event, parameters, deviceAuth);
        const deviceCode = requiredString(parameters, 'deviceCode');
        return answerIn(parameters.dialect, 200, {
          ...orThrow(await redeemDeviceCode({ ...proof, deviceCode })),
        });
      }
      case 'refresh_token': {
        const proof = readClientProof(event, parameters, deviceAuth);
        const refreshToken = requiredString(parameters, 'refreshToken');
        return answerIn(parameters.dialect, 200, {
          ...orThrow(await refreshTokens({ ...proof, refreshToken, ...callerOf(event, activationUrl) })),
        });
      }
      default:
        throw new OAuthError(refuse('unsupported_grant_type', NO_BROWSER_FLOW));
    }
  };
}

/** `POST /revoke`: RFC 7009 §2; an empty 200 whether or not the token was known. */
function revokeRoute({ revokeToken, deviceAuth }: DevicePlane): Route {
  return async (event) => {
    const parameters = readParameters(event);
    const proof = readClientProof(event, parameters, deviceAuth);
    const refusal = await revokeToken({ ...proof, token: requiredString(parameters, 'token') });
    orThrow(refusal);
    return json(200, {});
  };
}

/** `GET /.well-known/oauth-authorization-server`: what the broker is and where (RFC 8414 §2). */
function metadataRoute({ deviceAuth }: Pick<DevicePlane, 'deviceAuth'>): Route {
  const methods = AUTH_METHODS[deviceAuth];
  const algorithms = deviceAuth === 'private_key_jwt' ? SIGNING_ALGORITHMS : undefined;
  return async (event) => {
    const issuer = baseUrlOf(event);
    return json(200, {
      issuer,
      token_endpoint: `${issuer}/token`,
      device_authorization_endpoint: `${issuer}/device_authorization`,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      grant_types_supported: [DEVICE_CODE_GRANT, 'refresh_token'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    });
  };
}
