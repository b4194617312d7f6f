/** Every error of the SSO OIDC model that a device can be told: status, header, body, and what a person reads. */

import { describe, expect, it } from 'vitest';
import {
  DEVICE_GRANT,
  type DeviceClient,
  login,
  poll,
  pollToTheEnd,
  refresh,
  register,
  start,
  startWithLifetime,
} from '../support/device.ts';
import { type Answer, postJson } from '../support/http.ts';
import { broker, deny, operate } from '../support/local-broker.ts';

const PKCE = {
  clientName: 'botocore-client-1',
  clientType: 'public',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: ['http://127.0.0.1/oauth/callback'],
  issuerUrl: 'https://d-1234567890.awsapps.com/start',
  scopes: ['sso:account:access'],
};

type Expected = readonly [status: number, exception: string, error: string];
type Case = readonly [name: string, ask: () => Promise<Answer>, expected: Expected, says: RegExp];

const INVALID_REQUEST: Expected = [400, 'InvalidRequestException', 'invalid_request'];
const INVALID_CLIENT: Expected = [401, 'InvalidClientException', 'invalid_client'];
const INVALID_GRANT: Expected = [400, 'InvalidGrantException', 'invalid_grant'];
const UNSUPPORTED: Expected = [400, 'UnsupportedGrantTypeException', 'unsupported_grant_type'];
const NO_KEY: Expected = [401, 'AccessDeniedException', 'invalid_token'];
const SLOW_DOWN: Expected = [400, 'SlowDownException', 'slow_down'];

function expectError(answer: Answer, [status, exception, error]: Expected, says: RegExp): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-amzn-errortype')).toBe(exception);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-amzn-requestid')).toBeTruthy();
  expect(answer.body).toEqual({ error, error_description: answer.body.message, message: answer.body.message });
  expect(answer.body.message).toMatch(says);
  // RFC 6749 §5.2: printable ASCII without quote and backslash.
  expect(answer.body.message).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
}

const at = (path: string, body: unknown): Promise<Answer> => postJson(`${broker().api}${path}`, body);
const registerWith = (body: unknown): Promise<Answer> => postJson(`${broker().deviceEndpoint}/client/register`, body);
const token = async (members: object, client?: DeviceClient): Promise<Answer> =>
  at('/token', { ...(client ?? (await register(broker()))), ...members });

describe('RegisterClient', () => {
  const cases: Case[] = [
    ['without a name', () => registerWith({ clientType: 'public' }), INVALID_REQUEST, /clientName is missing/],
    ['without a type', () => registerWith({ clientName: 'x' }), INVALID_REQUEST, /clientType is missing/],
    [
      'with scopes that are no list',
      () => registerWith({ clientName: 'x', clientType: 'public', scopes: 'a' }),
      INVALID_REQUEST,
      /scopes must be a list/,
    ],
    [
      'as a confidential client',
      () => registerWith({ clientName: 'x', clientType: 'confidential' }),
      [400, 'InvalidClientMetadataException', 'invalid_client_metadata'],
      /Send clientType: public/,
    ],
    [
      'for a browser (PKCE), as aws sso login does by default',
      () => registerWith(PKCE),
      UNSUPPORTED,
      /--use-device-code/,
    ],
    [
      'without an enrollment key',
      () => at('/client/register', { clientName: 'x', clientType: 'public' }),
      NO_KEY,
      /Send a valid enrollment key.*operators create keys/,
    ],
    [
      'with an enrollment key that nobody made',
      () => at(`/e/ftb-AAAAAAAAAAAA-${'A'.repeat(43)}/client/register`, { clientName: 'x', clientType: 'public' }),
      NO_KEY,
      /not known here/,
    ],
  ];
  it.each(cases)('%s', async (_, ask, expected, says) => expectError(await ask(), expected, says));
});

describe('StartDeviceAuthorization', () => {
  const cases: Case[] = [
    ['without a client', () => at('/device_authorization', {}), INVALID_REQUEST, /clientId is missing/],
    [
      'without a start URL',
      async () => at('/device_authorization', await register(broker())),
      INVALID_REQUEST,
      /startUrl is missing/,
    ],
    [
      'with the page behind a start URL, which is what AWS CLI 1 sends',
      async () => at('/device_authorization', { ...(await register(broker())), startUrl: '<!doctype html><title>x' }),
      INVALID_REQUEST,
      /use --cli-input-json/,
    ],
    [
      'with a client that nobody knows',
      () => at('/device_authorization', { clientId: 'a', clientSecret: 'b', startUrl: broker().startUrl }),
      INVALID_CLIENT,
      /Register this device again/,
    ],
  ];
  it.each(cases)('%s', async (_, ask, expected, says) => expectError(await ask(), expected, says));

  it('while Identity Center is throttling', async () => {
    const client = await register(broker());
    broker().identityCenterKnobs.failNext = [{ operation: 'StartDeviceAuthorization', status: 429, count: 1 }];

    const answer = await at('/device_authorization', { ...client, startUrl: broker().startUrl });

    expectError(answer, SLOW_DOWN, /Wait and start again/);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('while Identity Center is down', async () => {
    const client = await register(broker());
    broker().identityCenterKnobs.failNext = [{ operation: 'StartDeviceAuthorization', status: 500, count: 1 }];

    const answer = await at('/device_authorization', { ...client, startUrl: broker().startUrl });

    // 503 where the model has 500: with Retry-After it is what OAuth clients survive.
    expectError(answer, [503, 'InternalServerException', 'server_error'], /Wait and start again/);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe.concurrent('CreateToken', () => {
  const cases: Case[] = [
    ['without a grant type', () => token({}), INVALID_REQUEST, /grantType is missing/],
    ['without a device code', () => token({ grantType: DEVICE_GRANT }), INVALID_REQUEST, /deviceCode is missing/],
    [
      'with a device code that is a number',
      () => token({ grantType: DEVICE_GRANT, deviceCode: 5 }),
      INVALID_REQUEST,
      /deviceCode must be a string/,
    ],
    [
      'with a device code that nobody issued',
      () => token({ grantType: DEVICE_GRANT, deviceCode: 'x'.repeat(86) }),
      INVALID_GRANT,
      /Start a new device authorization/,
    ],
    [
      'without a refresh token',
      () => token({ grantType: 'refresh_token' }),
      INVALID_REQUEST,
      /refreshToken is missing/,
    ],
    [
      'with a refresh token that nobody issued',
      () => token({ grantType: 'refresh_token', refreshToken: 'x'.repeat(43) }),
      INVALID_GRANT,
      /Start a new device authorization/,
    ],
    [
      'with an authorization code',
      () => token({ grantType: 'authorization_code', code: 'x' }),
      UNSUPPORTED,
      /--use-device-code/,
    ],
    [
      'with a grant that nobody has',
      () => token({ grantType: 'password' }),
      UNSUPPORTED,
      /device_code and refresh_token/,
    ],
    [
      'with a wrong secret',
      () => token({ clientSecret: 'x', grantType: DEVICE_GRANT, deviceCode: 'x' }),
      INVALID_CLIENT,
      /Register/,
    ],
    [
      'before a person has decided',
      async () => poll(broker(), await start(broker())),
      [400, 'AuthorizationPendingException', 'authorization_pending'],
      /Poll again/,
    ],
    [
      'as CreateTokenWithIAM',
      () => at('/token?aws_iam=t', { clientId: 'arn:aws:sso::1:application/x', grantType: 'refresh_token' }),
      UNSUPPORTED,
      /CreateTokenWithIAM \(aws_iam=t\) is not offered here/,
    ],
  ];
  it.each(cases)('%s', async (_, ask, expected, says) => expectError(await ask(), expected, says));

  it('after a person has denied', async () => {
    const device = await start(broker());
    await deny(broker(), device.userCode);

    const answer = await pollToTheEnd(broker(), device);

    expectError(answer, [400, 'AccessDeniedException', 'access_denied'], /Start a new device authorization/);
  });

  it('after the device code has expired', async () => {
    const device = await startWithLifetime(broker(), 2);

    const answer = await pollToTheEnd(broker(), device);

    expectError(answer, [400, 'ExpiredTokenException', 'expired_token'], /Start a new device authorization/);
  });

  it('from a client that an operator has locked', async () => {
    const device = await login(broker());
    await operate(broker(), 'POST', `/clients/${device.clientId}/lock`, { reason: 'stolen' });

    expectError(await refresh(broker(), device), INVALID_CLIENT, /Ask an operator to unlock it/);
  });
});
