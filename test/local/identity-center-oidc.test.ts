import { RegisterClientCommand, StartDeviceAuthorizationCommand } from '@aws-sdk/client-sso-oidc';
import { describe, expect, it } from 'vitest';
import {
  createTestClock,
  DEVICE_GRANT,
  decide,
  poll,
  post,
  register,
  sdkFor,
  startDevice,
  startForTest,
} from './identity-center-driver.ts';

describe('RegisterClient', () => {
  it('registers a public client for exactly 90 days', async () => {
    const clock = createTestClock();
    const sdk = sdkFor(await startForTest({ now: clock.now }));

    const client = await sdk.send(new RegisterClientCommand({ clientName: 'kiosk', clientType: 'public' }));

    expect(client.clientIdIssuedAt).toBe(clock.ms / 1000);
    expect(client.clientSecretExpiresAt).toBe(clock.ms / 1000 + 7_776_000);
    expect(client.clientId).toMatch(/^[\w-]{34}$/);
    expect(Buffer.from(client.clientId ?? '', 'base64url').toString()).toMatch(/us-east-1$/);
    expect(client.clientSecret).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(client.clientSecret?.length).toBeGreaterThan(700);
  });

  it.each([
    ['no client name', { clientType: 'public' }, 'InvalidRequestException'],
    ['no client type', { clientName: 'kiosk' }, 'InvalidRequestException'],
    ['another client type', { clientName: 'kiosk', clientType: 'confidential' }, 'InvalidClientMetadataException'],
    [
      'the authorization code grant',
      { clientName: 'kiosk', clientType: 'public', grantTypes: ['authorization_code'] },
      'UnsupportedGrantTypeException',
    ],
    [
      'a scope that is no scope',
      { clientName: 'kiosk', clientType: 'public', scopes: ['a b'] },
      'InvalidScopeException',
    ],
    [
      'more than 25 scopes',
      { clientName: 'kiosk', clientType: 'public', scopes: Array.from({ length: 26 }, (_, index) => `s${index}`) },
      'InvalidScopeException',
    ],
  ])('refuses %s', async (_case, body, exception) => {
    const center = await startForTest();

    const response = await post(center, '/client/register', body);

    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-ErrorType')).toMatch(new RegExp(`^${exception}:`));
  });

  it('accepts the doubled slash that the JavaScript SDK makes of an endpoint with a slash at its end', async () => {
    const center = await startForTest();

    await expect(register(sdkFor({ url: `${center.url}/` }))).resolves.toHaveProperty('clientId');
    expect((await post(center, '//client/register/', {})).status).toBe(400);
  });
});

describe('StartDeviceAuthorization', () => {
  it('answers codes and links as the real service does', async () => {
    const center = await startForTest();
    const client = await register(sdkFor(center));

    const response = await post(center, '/device_authorization', { ...client, startUrl: center.startUrl });
    const text = await response.text();
    const body = JSON.parse(text);

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(Object.keys(body)).toEqual([
      'deviceCode',
      'expiresIn',
      'interval',
      'userCode',
      'verificationUri',
      'verificationUriComplete',
    ]);
    expect(body.deviceCode).toMatch(/^[\w-]{86}$/);
    expect(body.userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect([body.expiresIn, body.interval]).toEqual([600, 1]);
    expect(body.verificationUri).toBe(`${center.url}/`);
    expect(body.verificationUriComplete).toBe(`${center.url}/?user_code=${body.userCode}`);
  });

  it.each(['', '/', '/#/', '#/device'])('accepts its start URL followed by "%s"', async (suffix) => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const client = await register(sdk);

    const started = sdk.send(
      new StartDeviceAuthorizationCommand({ ...client, startUrl: `${center.startUrl}${suffix}` }),
    );

    await expect(started).resolves.toHaveProperty('deviceCode');
  });

  it('accepts a start URL that the options add', async () => {
    const center = await startForTest({ extraStartUrls: ['https://d-0000000000.awsapps.com/start'] });
    const sdk = sdkFor(center);

    const startUrl = 'https://d-0000000000.awsapps.com/start/#/';
    const started = sdk.send(new StartDeviceAuthorizationCommand({ ...(await register(sdk)), startUrl }));

    await expect(started).resolves.toHaveProperty('deviceCode');
  });

  it('refuses a start URL that it does not know', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const client = await register(sdk);

    const started = sdk.send(new StartDeviceAuthorizationCommand({ ...client, startUrl: 'https://other.example/' }));

    await expect(started).rejects.toMatchObject({ name: 'InvalidRequestException', error: 'invalid_request' });
  });

  it.each([
    ['an unknown client', () => ({ clientId: 'nobody' })],
    ['a wrong secret', () => ({ clientSecret: 'guess' })],
  ])('refuses %s with a 401', async (_case, wrong) => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const client = await register(sdk);

    const response = await post(center, '/device_authorization', {
      ...client,
      ...wrong(),
      startUrl: center.startUrl,
    });

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: 'invalid_client', error_description: 'Invalid client provided' });
  });

  it('refuses a client at the second its registration expires', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now, registrationLifetimeSeconds: 60 });
    const sdk = sdkFor(center);
    const client = await register(sdk);

    clock.advanceSeconds(59);
    await expect(startDevice(center, sdk, client)).resolves.toHaveProperty('deviceCode');

    clock.advanceSeconds(1);
    await expect(startDevice(center, sdk, client)).rejects.toMatchObject({ name: 'InvalidClientException' });
  });
});

describe('the error envelope', () => {
  it('is the real one: the type in the header with its suffix, two members in the body', async () => {
    const center = await startForTest();
    const { clientId, clientSecret, deviceCode } = await startDevice(center, sdkFor(center));

    const response = await post(center, '/token', { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT });

    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-ErrorType')).toBe(
      'AuthorizationPendingException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/',
    );
    expect(response.headers.get('x-amzn-RequestId')).toMatch(/^[\da-f]{8}-/);
    expect(await response.text()).toBe(
      '{"error":"authorization_pending","error_description":"Authorization is still pending"}',
    );
  });

  it('gives every answer its own request id', async () => {
    const center = await startForTest();
    const { clientId, clientSecret } = await register(sdkFor(center));
    const body = { clientId, clientSecret, grantType: DEVICE_GRANT, deviceCode: 'unknown' };

    const answers = [await post(center, '/token', body), await post(center, '/token', body)];

    expect(new Set(answers.map((answer) => answer.headers.get('x-amzn-RequestId'))).size).toBe(2);
  });

  it.each([
    ['no JSON', 'not json'],
    ['a JSON list', '[]'],
    ['a body beyond 64 KiB', JSON.stringify({ clientName: 'x'.repeat(70_000), clientType: 'public' })],
  ])('refuses %s as an invalid request', async (_case, body) => {
    const center = await startForTest();

    const response = await fetch(`${center.url}/client/register`, { method: 'POST', body });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('refuses CreateTokenWithIAM, which shares the token path', async () => {
    const center = await startForTest();

    const response = await post(center, '/token?aws_iam=t', {});

    expect(response.headers.get('x-amzn-ErrorType')).toMatch(/^InvalidRequestException:/);
    expect(center.calls.at(-1)?.operation).toBe('CreateTokenWithIAM');
  });
});

describe('a user code', () => {
  it('is another one for every device, also when randomness repeats itself', async () => {
    let asked = 0;
    // Every eight bytes (a user code) repeat once before they change.
    const random = (size: number) => Buffer.alloc(size, size === 8 ? Math.floor(asked++ / 2) : Math.random() * 256);
    const center = await startForTest({ random });
    const sdk = sdkFor(center);
    const client = await register(sdk);

    const first = await startDevice(center, sdk, client);
    const second = await startDevice(center, sdk, client);
    await decide(center, 'approve', first.userCode);

    expect(second.userCode).not.toBe(first.userCode);
    await expect(poll(sdk, second)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
  });
});
