/** The SSO OIDC dialect on the wire, member by member, as a running broker speaks it. */

import {
  CreateTokenResponse$,
  RegisterClientResponse$,
  StartDeviceAuthorizationResponse$,
} from '@aws-sdk/client-sso-oidc';
import { describe, expect, it } from 'vitest';
import { DEVICE_GRANT, login, poll, refresh, register, start } from '../support/device.ts';
import { basic, postForm, postJson, postText, send } from '../support/http.ts';
import { approve, broker, upstreamCalls } from '../support/local-broker.ts';

/** The members that a shape of the service model has, as the SDK carries it. */
const modelled = (schema: readonly unknown[]): readonly string[] => schema[4] as string[];

describe('the answers of the SSO OIDC operations', () => {
  it('RegisterClient answers 200 with whole seconds and an end 90 days ahead', async () => {
    const body = { clientName: 'kiosk-7', clientType: 'public', scopes: ['sso:account:access'] };

    const answer = await postJson(`${broker().deviceEndpoint}/client/register`, body);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(modelled(RegisterClientResponse$)).toEqual(expect.arrayContaining(Object.keys(answer.body)));
    const { clientIdIssuedAt, clientSecretExpiresAt } = answer.body as Record<string, number>;
    expect(Number.isInteger(clientIdIssuedAt)).toBe(true);
    expect((clientSecretExpiresAt ?? 0) - (clientIdIssuedAt ?? 0)).toBe(7_776_000);
  });

  it('StartDeviceAuthorization answers 200 with every member of the model, times as integers', async () => {
    const client = await register(broker());

    const { status, body } = await postJson(`${broker().api}/device_authorization`, {
      ...client,
      startUrl: broker().startUrl,
    });

    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([...modelled(StartDeviceAuthorizationResponse$)].sort());
    expect(Number.isInteger(body.expiresIn) && Number.isInteger(body.interval)).toBe(true);
    expect(body.interval).toBeGreaterThanOrEqual(1);
    expect(String(body.deviceCode)).toMatch(/^[\w-]{86}$/);
  });

  it('CreateToken answers 200 with Bearer, integer seconds and a refresh token, at the grant and at every refresh', async () => {
    const device = await login(broker());

    const { status, body } = await refresh(broker(), device);

    expect(status).toBe(200);
    expect(modelled(CreateTokenResponse$)).toEqual(expect.arrayContaining(Object.keys(body)));
    expect(body).toMatchObject({ tokenType: 'Bearer', refreshToken: device.refreshToken });
    expect(Number.isInteger(body.expiresIn)).toBe(true);
  });
});

describe('requests as real clients write them', () => {
  const body = JSON.stringify({ clientName: 'kiosk-7', clientType: 'public' });
  const ways: [string, string, Record<string, string>][] = [
    ['without a Content-Type (AWS CLI 2.1)', '/client/register', {}],
    ['with a charset', '/client/register', { 'Content-Type': 'application/json; charset=utf-8' }],
    ['as amz-json', '/client/register', { 'Content-Type': 'application/x-amz-json-1.1' }],
    ['with two slashes (JS SDK, endpoint with a slash at its end)', '//client/register', {}],
    ['with a slash at the end', '/client/register/', {}],
  ];
  it.each(ways)('a registration is read %s', async (_, path, headers) => {
    const answer = await postText(`${broker().deviceEndpoint}${path}`, body, headers);

    expect(answer.status).toBe(200);
  });

  it('members that no model knows are ignored', async () => {
    const answer = await postJson(`${broker().deviceEndpoint}/client/register`, {
      clientName: 'kiosk-7',
      clientType: 'public',
      issuerUrl: 'https://d-1234567890.awsapps.com/start',
      entitledApplicationArn: 'arn:aws:sso::1:x',
      nested: { deeply: [1, null] },
    });

    expect(answer.status).toBe(200);
  });

  it('every operation also works below the device endpoint', async () => {
    const device = await start(broker());
    const below = { ...broker(), api: broker().deviceEndpoint };

    expect((await poll(below, device)).body.error).toBe('authorization_pending');
    expect((await start(below, device)).deviceCode).not.toBe(device.deviceCode);
  });

  it('the grant type may be spelled device-code, as in an example of AWS', async () => {
    const { clientId, clientSecret, deviceCode } = await start(broker());

    const answer = await postJson(`${broker().api}/token`, {
      clientId,
      clientSecret,
      deviceCode,
      grantType: 'urn:ietf:params:oauth:grant-type:device-code',
    });

    expect(answer.body.error).toBe('authorization_pending');
  });

  it('a form with JSON names has none of the parameters, so that nobody can send a parameter twice', async () => {
    const { clientId, clientSecret, deviceCode } = await start(broker());

    const answer = await postForm(
      `${broker().api}/token`,
      { grant_type: DEVICE_GRANT, deviceCode },
      { Authorization: basic(clientId, clientSecret) },
    );

    expect(answer.body).toMatchObject({ error: 'invalid_request' });
    expect(answer.body.message).toMatch(/device_code is missing/);
  });

  it('the header with a signature that some tools send is no client authentication and does no harm', async () => {
    const device = await start(broker());
    const { clientId, clientSecret, deviceCode } = device;

    const answer = await postJson(
      `${broker().api}/token`,
      { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT },
      { Authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sso-oauth/aws4_request' },
    );

    expect(answer.body.error).toBe('authorization_pending');
  });
});

describe('the start URL', () => {
  const spellings: [string, (startUrl: string) => string][] = [
    ['as configured', (startUrl) => startUrl],
    ['with a slash at its end', (startUrl) => `${startUrl}/`],
    ['with the #/ that the portal appends', (startUrl) => `${startUrl}/#/`],
    ['with the scheme in capitals', (startUrl) => startUrl.replace('http:', 'HTTP:')],
  ];
  it.each(spellings)('is recognised %s', async (_, spell) => {
    const client = await register(broker());

    const answer = await postJson(`${broker().api}/device_authorization`, {
      ...client,
      startUrl: spell(broker().startUrl),
    });

    expect(answer.status).toBe(200);
  });

  it('of another portal is refused with the one to use, before upstream hears of it', async () => {
    const client = await register(broker());
    const before = upstreamCalls(broker(), 'StartDeviceAuthorization');

    const answer = await postJson(`${broker().api}/device_authorization`, {
      ...client,
      startUrl: 'https://d-0000000000.awsapps.com/start',
    });

    expect(answer.body).toMatchObject({ error: 'invalid_request' });
    expect(answer.body.message).toContain(`Use ${broker().startUrl} as startUrl`);
    expect(upstreamCalls(broker(), 'StartDeviceAuthorization')).toBe(before);
  });
});

describe('what stays with the broker', () => {
  it('neither the upstream refresh token nor the upstream device code reaches the device', async () => {
    const device = await login(broker());

    expect(device.accessToken).toMatch(/^aoa/);
    expect(device.refreshToken).toMatch(/^[\w-]{43}$/);
  });

  it('the interval is never shorter than upstream asks', async () => {
    broker().identityCenterKnobs.intervalSeconds = 3;
    try {
      expect((await start(broker())).interval).toBe(3);
    } finally {
      broker().identityCenterKnobs.intervalSeconds = 1;
    }
  });

  it('a newer authorization of the same client replaces the older one', async () => {
    const older = await start(broker());
    const newer = await start(broker(), older);
    await approve(broker(), newer.userCode);

    const answer = await poll(broker(), older);

    expect(answer.headers.get('x-amzn-errortype')).toBe('InvalidGrantException');
    expect(answer.body.message).toMatch(/newer device authorization/);
  });

  it('HEAD, GET and OPTIONS on an operation are refused with the method to use', async () => {
    for (const method of ['HEAD', 'GET', 'OPTIONS']) {
      const answer = await send(`${broker().api}/token`, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });
});
