import { describe, expect, it } from 'vitest';
import { type OAuthErrorCode, refuse } from '../../lambda/core/oauth-error.ts';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { basic, formCall, type HttpCall, jsonCall } from '../support/http-event.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const AWS_CALL = jsonCall('/token', { grantType: GRANT, clientId: 'id', clientSecret: 'secret', deviceCode: 'code' });
const RFC_CALL = formCall('/token', {
  grant_type: GRANT,
  client_id: 'id',
  client_secret: 'secret',
  device_code: 'code',
});

/** What the SSO OIDC model and the RFCs call each error. */
const ERRORS: readonly { error: OAuthErrorCode; status: number; exception: string }[] = [
  { error: 'invalid_request', status: 400, exception: 'InvalidRequestException' },
  { error: 'invalid_client', status: 401, exception: 'InvalidClientException' },
  { error: 'invalid_grant', status: 400, exception: 'InvalidGrantException' },
  { error: 'unauthorized_client', status: 400, exception: 'UnauthorizedClientException' },
  { error: 'unsupported_grant_type', status: 400, exception: 'UnsupportedGrantTypeException' },
  { error: 'invalid_scope', status: 400, exception: 'InvalidScopeException' },
  { error: 'authorization_pending', status: 400, exception: 'AuthorizationPendingException' },
  { error: 'slow_down', status: 400, exception: 'SlowDownException' },
  { error: 'access_denied', status: 400, exception: 'AccessDeniedException' },
  { error: 'expired_token', status: 400, exception: 'ExpiredTokenException' },
  { error: 'invalid_client_metadata', status: 400, exception: 'InvalidClientMetadataException' },
  { error: 'invalid_redirect_uri', status: 400, exception: 'InvalidRedirectUriException' },
  { error: 'server_error', status: 503, exception: 'InternalServerException' },
];

const answering = (error: OAuthErrorCode, description = 'What to do next.', retryAfterSeconds?: number) =>
  makeHttpDevicePlane({ redeemDeviceCode: async () => refuse(error, description, retryAfterSeconds) });

describe.each([
  { dialect: 'AWS', call: AWS_CALL },
  { dialect: 'RFC', call: RFC_CALL },
])('an error in the $dialect dialect', ({ call }) => {
  it.each(ERRORS)('$error has one shape that every known client takes (RFC 6749 §5.2)', async (expected) => {
    const { error, status, exception } = expected;

    expect(await answering(error).send(call)).toEqual({
      status,
      headers: {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        Pragma: 'no-cache',
        'x-amzn-ErrorType': exception,
        'x-amzn-RequestId': 'request-1',
      },
      body: { error, error_description: 'What to do next.', message: 'What to do next.' },
    });
  });

  it('says how long to wait, where that is known', async () => {
    const { headers } = await answering('slow_down', 'Wait.', 10).send(call);

    expect(headers).toMatchObject({ 'Retry-After': '10' });
  });

  it('is described in printable ASCII without quote and backslash, whatever was to be said (RFC 6749 §5.2)', async () => {
    const { body } = await answering('invalid_grant', 'Fleet "Käse\\Brot"\r\n\tX: 1\u0000 \u{1f9c0}~!').send(call);

    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(body.error_description).toContain('Fleet');
    expect(body.message).toBe(body.error_description);
  });

  it('is told to the observer by its name and route; pending is no error', async () => {
    const refused = answering('invalid_grant');
    const pending = answering('authorization_pending');

    await refused.send(call);
    await pending.send(call);

    expect(refused.events).toEqual([{ event: 'request_refused', route: '/token', refused: 'invalid_grant' }]);
    expect(pending.events).toEqual([]);
  });
});

describe('a challenge (WWW-Authenticate)', () => {
  const challenge = async (error: OAuthErrorCode, call: HttpCall): Promise<unknown> =>
    (await answering(error).send(call)).headers['WWW-Authenticate'];
  const withBasic = formCall('/token', { grant_type: GRANT, device_code: 'code' }, { headers: basic('id', 'secret') });

  it('comes with invalid_client to a client that used HTTP Basic (RFC 6749 §5.2)', async () => {
    expect(await challenge('invalid_client', withBasic)).toBe('Basic realm="fleet-token-broker"');
  });

  it.each([
    { dialect: 'AWS', call: AWS_CALL },
    { dialect: 'RFC', call: RFC_CALL },
  ])('does not come with invalid_client to one that authenticated in the body ($dialect)', async ({ call }) => {
    expect(await challenge('invalid_client', call)).toBeUndefined();
  });

  it.each(ERRORS.map(({ error }) => error).filter((error) => error !== 'invalid_client'))(
    'does not come with %s, even with HTTP Basic: a polling client would stop',
    async (error) => {
      expect(await challenge(error, withBasic)).toBeUndefined();
    },
  );

  it.each(['/client/register', '/register'])('comes from %s with a bad enrollment key (RFC 6750 §3)', async (path) => {
    const plane = makeHttpDevicePlane({ registerClient: async () => refuse('invalid_token', 'Send a valid key.') });

    const answer = await plane.send(jsonCall(path, { clientName: 'kiosk-7', clientType: 'public' }));

    expect(answer).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer realm="fleet-token-broker", error="invalid_token"' },
      body: { error: 'invalid_token', message: 'Send a valid key.' },
    });
  });
});

describe('a fault', () => {
  const broken = (): Promise<never> => Promise.reject(new Error('the table said: secret-in-a-message'));
  const plane = () =>
    makeHttpDevicePlane({
      registerClient: broken,
      startSession: broken,
      redeemDeviceCode: broken,
      refreshTokens: broken,
      revokeToken: broken,
    });

  const FAULTS: readonly { what: string; call: HttpCall }[] = [
    { what: 'of /client/register', call: jsonCall('/client/register', { clientName: 'k', clientType: 'public' }) },
    { what: 'of /register', call: jsonCall('/register', {}) },
    {
      what: 'of /device_authorization',
      call: formCall('/device_authorization', { client_id: 'i', client_secret: 's' }),
    },
    { what: 'of /revoke', call: formCall('/revoke', { client_id: 'i', client_secret: 's', token: 't' }) },
    {
      what: 'of a refresh',
      call: formCall('/token', { grant_type: 'refresh_token', client_id: 'i', client_secret: 's', refresh_token: 't' }),
    },
    {
      what: 'of a refresh in base64',
      call: jsonCall(
        '/token',
        { grantType: 'refresh_token', clientId: 'i', clientSecret: 's', refreshToken: 't' },
        { base64: true },
      ),
    },
  ];

  it.each(FAULTS)('$what is server_error 503 with Retry-After: clients try again', async ({ call }) => {
    expect(await plane().send(call)).toMatchObject({
      status: 503,
      headers: {
        // A start may wait: so may all the others of its fleet.
        'Retry-After': call.path === '/device_authorization' ? '8' : '5',
        'x-amzn-ErrorType': 'InternalServerException',
        'Content-Type': 'application/json',
      },
      body: { error: 'server_error', error_description: 'The broker could not do this now. Wait and try again.' },
    });
  });

  it.each([
    { dialect: 'AWS', call: AWS_CALL },
    { dialect: 'RFC', call: RFC_CALL },
    { dialect: 'AWS, in base64', call: { ...AWS_CALL, base64: true } },
    { dialect: 'RFC, with a trailing slash', call: { ...RFC_CALL, path: '/token/' } },
    { dialect: 'AWS, under a prefix', call: { ...AWS_CALL, path: '/e/ftb-key/token' } },
  ])('of a device’s poll is slow_down 400 with Retry-After: a polling device goes on ($dialect)', async ({ call }) => {
    expect(await plane().send(call)).toMatchObject({
      status: 400,
      headers: { 'Retry-After': '5', 'x-amzn-ErrorType': 'SlowDownException' },
      body: { error: 'slow_down' },
    });
  });

  it.each([...FAULTS.map(({ call }) => call), AWS_CALL])('tells nothing of its cause ($path)', async (call) => {
    expect(JSON.stringify(await plane().send(call))).not.toMatch(/secret-in-a-message|Error:|node:|lambda/);
  });
});
