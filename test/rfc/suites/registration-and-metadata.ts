/** RFC 7591, RFC 8414, and what the broker believes of a request. Item numbers are those of docs/rfc-8628.md. */

import { describe, expect, it } from 'vitest';
import { login, start } from '../../clients/support/device.ts';
import { makeDeviceApp } from '../../clients/support/device-app.ts';
import { type Answer, basic, postForm, postJson, postText, send } from '../../clients/support/http.ts';
import { broker, operate } from '../../clients/support/local-broker.ts';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Registers with the enrollment key as the initial access token. */
function register(metadata: unknown, key = broker().enrollmentKey): Promise<Answer> {
  return postJson(`${broker().api}/register`, metadata, { Authorization: `Bearer ${key}` });
}

describe('dynamic client registration', () => {
  it('RFC 7591 §3.2.1: answers 201 with what was registered, and nobody may keep it', async () => {
    const { status, headers, body } = await register({ client_name: 'kiosk-7' });

    expect(status).toBe(201);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(body).toEqual({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_id_issued_at: expect.any(Number),
      client_secret_expires_at: expect.any(Number),
      client_name: 'kiosk-7',
      grant_types: [DEVICE_CODE, 'refresh_token'],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    });
  });

  it('RFC 7591 §3.2.1: the secret has an end, and both times are whole seconds', async () => {
    const { body } = await register({});

    expect(Number.isInteger(body.client_id_issued_at)).toBe(true);
    expect(Number(body.client_secret_expires_at) - Number(body.client_id_issued_at)).toBe(7_776_000);
  });

  it.each(['client_secret_basic', 'client_secret_post'])('RFC 7591 §2: %s may be asked for', async (method) => {
    const { body } = await register({ token_endpoint_auth_method: method });

    expect(body.token_endpoint_auth_method).toBe(method);
  });

  it('RFC 7591 §2: metadata that nobody knows is ignored, also names of the other dialect', async () => {
    const { status, body } = await register({ client_name: 'kiosk-7', clientName: 'other', software_id: 'x', x: [1] });

    expect([status, body.client_name]).toEqual([201, 'kiosk-7']);
  });

  it.each([
    ['a public client', { token_endpoint_auth_method: 'none' }, 'invalid_client_metadata'],
    ['a grant that is not offered', { grant_types: ['authorization_code'] }, 'invalid_client_metadata'],
    ['a redirect', { redirect_uris: ['https://example.com/callback'] }, 'invalid_redirect_uri'],
    ['a name that is no text', { client_name: 7 }, 'invalid_client_metadata'],
    ['a name that is too long', { client_name: 'x'.repeat(257) }, 'invalid_client_metadata'],
    ['a list as metadata', [], 'invalid_request'],
  ])('RFC 7591 §3.2.2: %s is refused', async (_, metadata, error) => {
    const { status, body } = await register(metadata);

    expect([status, body.error]).toEqual([400, error]);
  });

  it('RFC 7591 §3 and RFC 6750 §3.1: without a good initial access token it is 401', async () => {
    const missing = await postJson(`${broker().api}/register`, {});
    const wrong = await register({}, 'ftb-AAAAAAAAAAAA-x');

    expect([missing.status, wrong.status]).toEqual([401, 401]);
    expect(wrong.headers.get('x-amzn-remapped-www-authenticate')).toMatch(/^Bearer .*error="invalid_token"$/);
  });

  it('RFC 7591 §3: a key that has been used as often as it may be registers nobody more', async () => {
    const made = await operate(broker(), 'POST', '/enrollment-keys', { fleet: 'local', maxUses: 1 });
    const key = String(made.body.enrollmentKey);

    expect((await register({}, key)).status).toBe(201);
    expect((await register({}, key)).status).toBe(401);
  });

  it('RFC 7591 §3.2.1: the registered client can authenticate', async () => {
    const { body } = await register({});
    const Authorization = basic(String(body.client_id), String(body.client_secret));

    expect((await postForm(`${broker().api}/device_authorization`, {}, { Authorization })).status).toBe(200);
  });
});

describe('metadata', () => {
  it('RFC 8414 §2 (item 49): names every endpoint and what is spoken there', async () => {
    const { api } = broker();

    const { status, body } = await send(`${api}/.well-known/oauth-authorization-server`, {});

    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: api,
      token_endpoint: `${api}/token`,
      device_authorization_endpoint: `${api}/device_authorization`,
      registration_endpoint: `${api}/register`,
      revocation_endpoint: `${api}/revoke`,
      grant_types_supported: [DEVICE_CODE, 'refresh_token'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
  });

  it.each([
    ['below a stage', '/v1', 'a1b2c3.execute-api.eu-west-1.amazonaws.com'],
    ['below a base path of its own domain', '/broker', 'devices.example.com'],
    ['at the root of its own domain', '', 'devices.example.com'],
  ])('RFC 8414 §3.3 (item 49): the issuer is the address that was asked, %s', async (_, basePath, domainName) => {
    const app = makeDeviceApp({});
    const path = '/.well-known/oauth-authorization-server';

    const { json } = await app({ method: 'GET', path, basePath, domainName });

    expect(json.issuer).toBe(`https://${domainName}${basePath}`);
    expect(json.token_endpoint).toBe(`https://${domainName}${basePath}/token`);
  });

  it('RFC 8414 §3 (item 49): the endpoints that it names exist', async () => {
    const { body } = await send(`${broker().api}/.well-known/oauth-authorization-server`, {});
    const endpoints = Object.entries(body).filter(([name]) => name.endsWith('_endpoint'));

    expect(endpoints.length).toBe(4);
    for (const [name, url] of endpoints) expect((await postText(String(url), '')).status, name).toBeLessThan(404);
  });
});

describe('what a request says of itself', () => {
  const lies = { 'X-Forwarded-For': '198.51.100.9', Forwarded: 'for=198.51.100.9', 'X-Real-IP': '198.51.100.9' };

  it('RFC 9700 §4.13 (item 50): where a device calls from is what the gateway saw', async () => {
    const { clientId, clientSecret } = await login(broker());
    const parameters = { client_id: clientId, client_secret: clientSecret };
    await postForm(`${broker().api}/device_authorization`, parameters, lies);

    const { text } = await operate(broker(), 'GET', '/sessions');

    expect(text).toContain('"sourceIp":"127.0.0.1"');
    expect(text).not.toContain('198.51.100.9');
  });

  it('RFC 9700 §4.13 (item 50): the issuer does not follow X-Forwarded-Host', async () => {
    const { body } = await send(`${broker().api}/.well-known/oauth-authorization-server`, {
      headers: { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'gopher' },
    });

    expect(body.issuer).toBe(broker().api);
  });

  it('RFC 6749 §10.3 (item 54): a code or secret in the query string opens nothing', async () => {
    const { clientId, clientSecret, deviceCode } = await start(broker());
    const query = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      device_code: deviceCode,
      grant_type: DEVICE_CODE,
    });

    expect((await postForm(`${broker().api}/token?${query}`, {})).status).toBe(400);
  });
});
