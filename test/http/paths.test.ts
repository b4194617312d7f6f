import { describe, expect, it } from 'vitest';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { formCall, jsonCall } from '../support/http-event.ts';

const KEY = 'ftb-AAAAAAAAAAAA-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
const REGISTRATION = { clientName: 'kiosk-7', clientType: 'public' };

describe('a path', () => {
  it.each(['/client/register', '//client/register', '/client/register/', '//client//register//', '/client//register'])(
    '%s is POST /client/register, however a client joins endpoint and path',
    async (path) => {
      const plane = makeHttpDevicePlane();

      expect((await plane.send(jsonCall(path, REGISTRATION))).status).toBe(200);
      expect(plane.calls.map((call) => call.operation)).toEqual(['registerClient']);
    },
  );

  it.each([
    { path: `/e/${KEY}/client/register`, operation: 'registerClient' },
    { path: `//e/${KEY}//client/register/`, operation: 'registerClient' },
    { path: `/e/${KEY}/register`, operation: 'registerClient' },
    { path: `/e/${KEY}/device_authorization`, operation: 'startSession' },
    { path: `/e/${KEY}/token`, operation: 'redeemDeviceCode' },
    { path: `/e/${KEY}/revoke`, operation: 'revokeToken' },
  ])('under the prefix /e/<key> is the same route ($operation)', async ({ path, operation }) => {
    const plane = makeHttpDevicePlane();
    const members = {
      ...REGISTRATION,
      clientId: 'id',
      clientSecret: 'secret',
      startUrl: 'https://d-1234567890.awsapps.com/start',
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: 'code',
      token: 'token',
    };

    const { status } = await plane.send(jsonCall(path, members));

    expect(status).toBeLessThan(300);
    expect(plane.calls.map((call) => call.operation)).toEqual([operation]);
  });

  it('gives its prefix to the registration as the enrollment key, so that an unmodified AWS client can enroll', async () => {
    const plane = makeHttpDevicePlane();

    await plane.send(jsonCall(`/e/${KEY}/client/register`, REGISTRATION));

    expect(plane.calls[0]?.request).toEqual({ clientName: 'kiosk-7', enrollmentKey: KEY });
  });

  it.each([
    { headers: { Authorization: 'Bearer by-header' }, key: 'by-header' },
    { headers: { authorization: 'bearer by-header' }, key: 'by-header' },
    { headers: { Authorization: 'Bearer   by-header  ' }, key: 'by-header' },
    { headers: { Authorization: 'Bearer' }, key: KEY },
    { headers: { Authorization: 'Bearer two words' }, key: KEY },
    { headers: { Authorization: 'Basic aWQ6c2VjcmV0' }, key: KEY },
  ])('with its prefix and $headers enrolls with $key', async ({ headers, key }) => {
    const plane = makeHttpDevicePlane();

    await plane.send(jsonCall(`/e/${KEY}/client/register`, REGISTRATION, { headers }));

    expect(plane.calls[0]?.request).toMatchObject({ enrollmentKey: key });
  });

  it('without prefix and header enrolls with no key', async () => {
    const plane = makeHttpDevicePlane();

    await plane.send(jsonCall('/client/register', REGISTRATION));

    expect(plane.calls[0]?.request).toEqual({ clientName: 'kiosk-7', enrollmentKey: undefined });
  });
});

describe('the wrong method', () => {
  it.each([
    '/client/register',
    '/register',
    '/device_authorization',
    '/token',
    '/revoke',
    '/token/',
    `/e/${KEY}/token`,
  ])('GET %s is 405 and says POST (RFC 8628 §3.1)', async (path) => {
    const plane = makeHttpDevicePlane();

    expect(await plane.send({ method: 'GET', path, query: { client_id: 'id' } })).toMatchObject({
      status: 405,
      headers: { Allow: 'POST', 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'InvalidRequestException' },
      body: { error: 'invalid_request', error_description: 'This route takes POST only.' },
    });
    expect(plane.calls).toEqual([]);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])('%s /token is 405', async (method) => {
    expect((await makeHttpDevicePlane().send({ method, path: '/token' })).status).toBe(405);
  });

  it('POST on the metadata is 405 and says GET', async () => {
    const answer = await makeHttpDevicePlane().send(formCall('/.well-known/oauth-authorization-server', {}));

    expect(answer).toMatchObject({ status: 405, headers: { Allow: 'GET' } });
  });
});

describe('an unknown path', () => {
  it.each([
    '/',
    '/tokens',
    '/client',
    '/oauth2/token',
    '/e',
    `/e/${KEY}`,
    '/token/x',
    '/TOKEN',
    '/../token',
    '/__proto__',
  ])('%s is 404 in JSON and says where to go', async (path) => {
    const plane = makeHttpDevicePlane();

    const answer = await plane.send(formCall(path, {}));

    expect(answer).toMatchObject({
      status: 404,
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      body: { error: 'invalid_request', error_description: expect.stringContaining('Use POST on /client/register') },
    });
    expect(plane.calls).toEqual([]);
  });

  it('is never written back or logged: it may hold a key in the wrong place', async () => {
    const plane = makeHttpDevicePlane();

    const answer = await plane.send({ method: 'GET', path: `/x/${KEY}` });

    expect(JSON.stringify([answer, plane.events])).not.toContain('ftb-');
    expect(plane.events).toEqual([{ event: 'request_refused', route: 'other', refused: 'invalid_request' }]);
  });
});

describe('the metadata (RFC 8414 §2)', () => {
  const PATH = '/.well-known/oauth-authorization-server';

  it('names every endpoint under the broker’s own address, stage included', async () => {
    const { status, body } = await makeHttpDevicePlane().send({ method: 'GET', path: PATH });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: 'https://broker.example/v1',
      token_endpoint: 'https://broker.example/v1/token',
      device_authorization_endpoint: 'https://broker.example/v1/device_authorization',
      registration_endpoint: 'https://broker.example/v1/register',
      revocation_endpoint: 'https://broker.example/v1/revoke',
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    });
  });

  it('goes by the gateway’s word, not by what the caller says of the host', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' };

    const { body } = await makeHttpDevicePlane().send({ method: 'GET', path: PATH, headers });

    expect(body.issuer).toBe('https://broker.example/v1');
  });
});
