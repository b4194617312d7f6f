/** Bad input for registration, device authorization and revocation. */

import type { Facts } from './bad-input-facts.ts';
import { type BadRequest, basic, inAws, inRfc, type Refused } from './bad-request.ts';

const invalidRequest = (says: string): Refused => ({ status: 400, code: 'invalid_request', says });
const invalidClient: Refused = { status: 401, code: 'invalid_client', says: 'Register this device again' };
const needsKey = (says: string): Refused => ({
  status: 401,
  code: 'invalid_token',
  says,
  headers: { 'x-amzn-Remapped-WWW-Authenticate': 'Bearer realm="fleet-token-broker", error="invalid_token"' },
});
const noBrowser: Refused = { status: 400, code: 'unsupported_grant_type', says: '--use-device-code' };
const metadata = (says: string): Refused => ({ status: 400, code: 'invalid_client_metadata', says });

/** `POST /client/register`, RegisterClient. */
export function badRegistrations({ broker, revokedKey }: Facts): BadRequest[] {
  const path = `/e/${broker.enrollmentKey}/client/register`;
  const good = { clientName: 'kiosk-9', clientType: 'public' };
  const bad = (wrong: string, members: unknown, refused: Refused): BadRequest => ({
    wrong: `RegisterClient: ${wrong}`,
    ...inAws(path, members),
    refused,
  });
  const atPath = (wrong: string, key: string, says: string): BadRequest => ({
    wrong: `RegisterClient: ${wrong}`,
    ...inAws(`/e/${key}/client/register`, good),
    refused: needsKey(says),
  });
  return [
    bad('no members', {}, invalidRequest('clientName')),
    bad('no clientName', { clientType: 'public' }, invalidRequest('clientName')),
    bad('an empty clientName', { ...good, clientName: '' }, invalidRequest('clientName')),
    bad('a clientName of spaces', { ...good, clientName: '   ' }, metadata('1 to 256')),
    bad('a clientName that is a number', { ...good, clientName: 7 }, invalidRequest('clientName')),
    bad('a clientName of 257 characters', { ...good, clientName: 'x'.repeat(257) }, metadata('1 to 256')),
    bad('no clientType', { clientName: 'kiosk-9' }, invalidRequest('clientType')),
    bad('clientType: confidential', { ...good, clientType: 'confidential' }, metadata('clientType: public')),
    bad('scopes that are no list', { ...good, scopes: 'sso:account:access' }, invalidRequest('scopes')),
    bad('a scope that is a number', { ...good, scopes: [1] }, invalidRequest('scopes')),
    bad('grantTypes of a browser', { ...good, grantTypes: ['authorization_code'] }, noBrowser),
    bad('redirectUris', { ...good, redirectUris: ['http://127.0.0.1/'] }, noBrowser),
    { ...bad('no enrollment key', good, needsKey('Bearer')), path: '/client/register' },
    atPath('an enrollment key that is none', 'nonsense', 'Bearer'),
    atPath('an enrollment key of another broker', `ftb-${'A'.repeat(12)}-${'A'.repeat(43)}`, 'not known here'),
    atPath('an enrollment key with a wrong end', broker.enrollmentKey.replace(/.{8}$/, 'AAAAAAAA'), 'not known here'),
    atPath('a revoked enrollment key', revokedKey, 'was revoked'),
  ];
}

/** `POST /register`, RFC 7591. */
export function badDynamicRegistrations({ broker, revokedKey }: Facts): BadRequest[] {
  const bad = (wrong: string, members: unknown, refused: Refused, key = broker.enrollmentKey): BadRequest => {
    const request = inAws('/register', members);
    const headers = { ...request.headers, Authorization: `Bearer ${key}` };
    return { wrong: `RFC 7591 registration: ${wrong}`, ...request, headers, refused };
  };
  return [
    bad('a client_name of 257 characters', { client_name: 'x'.repeat(257) }, metadata('1 to 256')),
    bad('a client_name that is a list', { client_name: [] }, metadata('client_name')),
    bad('grant_types of a browser', { grant_types: ['authorization_code'] }, metadata('Leave grant_types')),
    bad(
      'redirect_uris',
      { redirect_uris: ['https://example.com/'] },
      {
        status: 400,
        code: 'invalid_redirect_uri',
        says: 'Leave grant_types',
      },
    ),
    bad('redirect_uris that are no list', { redirect_uris: 'x' }, metadata('redirect_uris')),
    bad('a method without a secret', { token_endpoint_auth_method: 'none' }, metadata('token_endpoint_auth_method')),
    bad('no initial access token', {}, needsKey('Bearer'), ''),
    bad('a wrong initial access token', {}, needsKey('Bearer'), 'nonsense'),
    bad('a revoked initial access token', {}, needsKey('was revoked'), revokedKey),
  ];
}

/** `POST /device_authorization`. */
export function badDeviceAuthorizations({ broker, idle, lockedClient }: Facts): BadRequest[] {
  const path = '/device_authorization';
  const { clientId, clientSecret } = idle;
  const good = { clientId, clientSecret, startUrl: broker.startUrl };
  const aws = (wrong: string, members: object, refused: Refused): BadRequest => ({
    wrong: `StartDeviceAuthorization: ${wrong}`,
    ...inAws(path, { ...good, ...members }),
    refused,
  });
  const rfc = (wrong: string, request: ReturnType<typeof inRfc>, refused: Refused): BadRequest => ({
    wrong: `RFC 8628 device authorization: ${wrong}`,
    ...request,
    refused,
  });
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const locked = { clientId: lockedClient.clientId, clientSecret: lockedClient.clientSecret };
  const challenged = {
    ...invalidClient,
    headers: { 'x-amzn-Remapped-WWW-Authenticate': 'Basic realm="fleet-token-broker"' },
  };
  return [
    { ...aws('no members', {}, invalidRequest('clientId')), ...inAws(path, {}) },
    aws('no clientId', { clientId: undefined }, invalidRequest('clientId')),
    aws('a clientId that is a number', { clientId: 1 }, invalidRequest('clientId')),
    aws('no clientSecret', { clientSecret: undefined }, invalidRequest('clientSecret')),
    aws('a clientSecret that is an object', { clientSecret: {} }, invalidRequest('clientSecret')),
    aws('no startUrl', { startUrl: undefined }, invalidRequest('startUrl')),
    aws('an empty startUrl', { startUrl: '' }, invalidRequest('startUrl')),
    aws('an unknown startUrl', { startUrl: 'https://d-0000000000.awsapps.com/start' }, invalidRequest(broker.startUrl)),
    aws('a startUrl that is none', { startUrl: 'foo' }, invalidRequest('startUrl')),
    aws('an unknown client', { clientId: 'A'.repeat(22) }, invalidClient),
    aws('a wrong secret', { clientSecret: 'A'.repeat(43) }, invalidClient),
    aws('a locked client', locked, { status: 401, code: 'invalid_client', says: 'Ask an operator to unlock' }),
    rfc('no authentication', inRfc(path, {}), { status: 401, code: 'invalid_client', says: 'client_id' }),
    rfc('an unknown client', inRfc(path, { ...credentials, client_id: 'x' }), invalidClient),
    rfc('a wrong secret by Basic', inRfc(path, {}, basic(clientId, 'x')), challenged),
    rfc('Basic that is none', inRfc(path, {}, { Authorization: 'Basic !' }), {
      ...challenged,
      says: 'HTTP Basic',
    }),
    rfc('two authentications', inRfc(path, credentials, basic(clientId, clientSecret)), invalidRequest('not both')),
    rfc('a repeated parameter', inRfc(path, `client_id=${clientId}&client_id=${clientId}`), invalidRequest('repeated')),
  ];
}

/** `POST /revoke`, RFC 7009. */
export function badRevocations({ approved, idle, servedHandle }: Facts): BadRequest[] {
  const foreign: Refused = { status: 400, code: 'invalid_grant', says: 'another client' };
  const bad = (
    wrong: string,
    token: Record<string, string>,
    refused: Refused,
    secret = idle.clientSecret,
  ): BadRequest => ({
    wrong: `RFC 7009 revocation: ${wrong}`,
    ...inRfc('/revoke', token, basic(idle.clientId, secret)),
    refused,
  });
  return [
    bad('no token', {}, invalidRequest('token')),
    bad('an empty token', { token: '' }, invalidRequest('token')),
    bad('a wrong secret', { token: servedHandle }, invalidClient, 'x'),
    bad('a foreign device code', { token: approved.deviceCode }, foreign),
    bad('a foreign refresh token', { token: servedHandle }, foreign),
  ];
}
