/** Bad input for the token route, and for the device plane as a whole. */

import type { Facts } from './bad-input-facts.ts';
import { type BadRequest, basic, inAws, inRfc, type Refused } from './bad-request.ts';

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const invalidRequest = (says: string): Refused => ({ status: 400, code: 'invalid_request', says });
const invalidGrant = (says: string): Refused => ({ status: 400, code: 'invalid_grant', says });
const invalidClient: Refused = { status: 401, code: 'invalid_client', says: 'Register this device again' };
const unsupported: Refused = { status: 400, code: 'unsupported_grant_type', says: 'device_code' };

/** `POST /token`, CreateToken. */
export function badTokenRequests({ idle, approved, served, servedHandle, lockedClient }: Facts): BadRequest[] {
  const { clientId, clientSecret } = idle;
  const { deviceCode } = approved;
  const good = { clientId, clientSecret, deviceCode, grantType: DEVICE_CODE_GRANT };
  const aws = (wrong: string, members: object, refused: Refused): BadRequest => ({
    wrong: `CreateToken: ${wrong}`,
    ...inAws('/token', { ...good, ...members }),
    refused,
  });
  const ofApproved = { clientId: approved.clientId, clientSecret: approved.clientSecret };
  const locked = { clientId: lockedClient.clientId, clientSecret: lockedClient.clientSecret };
  const refresh = { grantType: 'refresh_token', deviceCode: undefined };
  return [
    { ...aws('no members', {}, invalidRequest('grantType')), ...inAws('/token', {}) },
    aws('no grantType', { grantType: undefined }, invalidRequest('grantType')),
    aws('a grantType that is a list', { grantType: [DEVICE_CODE_GRANT] }, invalidRequest('grantType')),
    aws('an unknown grantType', { grantType: 'password' }, unsupported),
    aws('the grantType of a browser', { grantType: 'authorization_code', code: 'x' }, unsupported),
    { ...aws('CreateTokenWithIAM', {}, unsupported), path: '/token?aws_iam=t' },
    aws('no clientId', { clientId: undefined }, invalidRequest('clientId')),
    aws('no clientSecret', { clientSecret: undefined }, invalidRequest('clientSecret')),
    aws('no deviceCode', { deviceCode: undefined }, invalidRequest('deviceCode')),
    aws('an empty deviceCode', { deviceCode: '' }, invalidRequest('deviceCode')),
    aws('a deviceCode that is a number', { deviceCode: 1 }, invalidRequest('deviceCode')),
    aws('a deviceCode that is none', { deviceCode: 'nonsense' }, invalidGrant('Start a new device authorization')),
    aws('a deviceCode that never was', { deviceCode: 'A'.repeat(86) }, invalidGrant('not issued to this client')),
    aws('a foreign deviceCode', {}, invalidGrant('not issued to this client')),
    aws('an unknown client', { clientId: 'A'.repeat(22) }, invalidClient),
    aws('a wrong secret', { ...ofApproved, clientSecret: 'A'.repeat(43) }, invalidClient),
    aws('a secret of another client', { ...ofApproved, clientSecret }, invalidClient),
    aws('a locked client', locked, { status: 401, code: 'invalid_client', says: 'Ask an operator to unlock' }),
    aws('no refreshToken', refresh, invalidRequest('refreshToken')),
    aws('an unknown refreshToken', { ...refresh, refreshToken: 'x' }, invalidGrant('not known')),
    aws('a foreign refreshToken', { ...refresh, refreshToken: servedHandle }, invalidGrant('not known')),
    aws('an access token for a refreshToken', { ...refresh, refreshToken: 'aoaAAAAAx:y' }, invalidGrant('not known')),
    ...rfcTokenRequests(idle, served.deviceCode),
  ];
}

function rfcTokenRequests(idle: Facts['idle'], foreignCode: string): BadRequest[] {
  const bad = (
    wrong: string,
    parameters: Record<string, string> | string,
    refused: Refused,
    headers = {},
  ): BadRequest => ({
    wrong: `RFC 8628 token request: ${wrong}`,
    ...inRfc('/token', parameters, headers),
    refused,
  });
  const { clientId, clientSecret } = idle;
  const good = { client_id: clientId, client_secret: clientSecret, grant_type: DEVICE_CODE_GRANT };
  const challenge = { 'x-amzn-Remapped-WWW-Authenticate': 'Basic realm="fleet-token-broker"' };
  return [
    bad('no parameters', {}, invalidRequest('grant_type')),
    bad('an empty grant_type', { ...good, grant_type: '' }, invalidRequest('grant_type')),
    bad('an unknown grant_type', { ...good, grant_type: 'password' }, unsupported),
    bad('no device_code', good, invalidRequest('device_code')),
    bad('a foreign device_code', { ...good, device_code: foreignCode }, invalidGrant('not issued to this client')),
    bad(
      'no authentication',
      { grant_type: DEVICE_CODE_GRANT, device_code: foreignCode },
      {
        status: 401,
        code: 'invalid_client',
        says: 'client_secret',
      },
    ),
    bad(
      'a wrong secret by Basic',
      { grant_type: DEVICE_CODE_GRANT, device_code: foreignCode },
      { ...invalidClient, headers: challenge },
      basic(clientId, 'wrong'),
    ),
    bad(
      'a repeated device_code',
      `grant_type=${DEVICE_CODE_GRANT}&device_code=a&device_code=b`,
      invalidRequest('repeated'),
    ),
  ];
}

/** What is wrong in the same way on every route that takes a body. */
export function badBodies({ broker }: Facts): BadRequest[] {
  const routes = ['/client/register', '/register', '/device_authorization', '/token', '/revoke'];
  const json = { 'Content-Type': 'application/json' };
  const bodies: readonly [wrong: string, body: string | Uint8Array<ArrayBuffer>, says: string][] = [
    ['broken JSON', '{"clientId":', 'not valid JSON'],
    ['a form in a JSON body', 'clientId=x&clientSecret=y', 'not valid JSON'],
    ['a list', '[]', 'must be a JSON object'],
    ['null', 'null', 'must be a JSON object'],
    ['a string', '"x"', 'must be a JSON object'],
    ['lists of lists of lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'must be a JSON object'],
    ['bytes that are no UTF-8', Uint8Array.from([0xff, 0xfe, 0x7b]), 'not valid JSON'],
    ['1 MB', JSON.stringify({ clientId: 'x'.repeat(1_048_576) }), 'larger than 65536 bytes'],
  ];
  return routes.flatMap((route) => [
    ...bodies.map(([wrong, body, says]) => ({
      wrong: `${route}: ${wrong}`,
      path: `/e/${broker.enrollmentKey}${route}`,
      headers: json,
      body,
      refused: invalidRequest(says),
    })),
    {
      wrong: `${route}: more than 10 MB`,
      path: route,
      headers: json,
      body: 'x'.repeat(10 * 1024 * 1024 + 1),
      refused: { status: 413, code: 'invalid_request', says: 'at most 10 MB' },
    },
    ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
      wrong: `${route}: ${method}`,
      path: route,
      method,
      refused: { status: 405, code: 'invalid_request', says: 'takes POST only', headers: { Allow: 'POST' } },
    })),
  ]);
}

/** Paths that lead nowhere. */
export function badPaths({ broker }: Facts): BadRequest[] {
  const nothing: Refused = { status: 404, code: 'invalid_request', says: '/device_authorization' };
  return [
    ...['/', '/tokens', '/e', `/e/${broker.enrollmentKey}`, `/e/${broker.enrollmentKey}/nothing`, '/token/x'].map(
      (path) => ({
        wrong: path.replace(broker.enrollmentKey, '<key>'),
        ...inAws(path, {}),
        refused: nothing,
      }),
    ),
    {
      wrong: 'POST on the metadata document',
      ...inAws('/.well-known/oauth-authorization-server', {}),
      refused: { status: 405, code: 'invalid_request', says: 'takes GET only', headers: { Allow: 'GET' } },
    },
  ];
}
