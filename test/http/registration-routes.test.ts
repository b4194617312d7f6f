import { describe, expect, it } from 'vitest';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { type HttpCall, jsonCall } from '../support/http-event.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

async function send(call: HttpCall) {
  const plane = makeHttpDevicePlane();
  const answer = await plane.send(call);
  return { ...answer, registered: plane.calls.map((call) => call.request) };
}

describe('POST /client/register', () => {
  const register = (members: Record<string, unknown> = {}) =>
    send(jsonCall('/client/register', { clientName: 'kiosk-7', clientType: 'public', ...members }));

  it('answers as RegisterClient does; the fleet is nobody’s business', async () => {
    const { status, body, headers } = await register({ scopes: ['sso:account:access'] });

    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(body).toEqual({
      clientId: 'client-id',
      clientSecret: 'client-secret',
      clientIdIssuedAt: 1_800_000_000,
      clientSecretExpiresAt: 1_807_776_000,
    });
  });

  it('takes the grants that AWS clients name for the device flow', async () => {
    const { status } = await register({ grantTypes: [DEVICE_GRANT, 'refresh_token'], issuerUrl: 'https://x.example' });

    expect(status).toBe(200);
  });

  it.each([
    { what: 'another client type', members: { clientType: 'confidential' }, error: 'invalid_client_metadata' },
    { what: 'no client type', members: { clientType: '' }, error: 'invalid_request' },
    { what: 'no name', members: { clientName: undefined }, error: 'invalid_request' },
    { what: 'a name of blanks', members: { clientName: ' \t ' }, error: 'invalid_client_metadata' },
    { what: 'a name that is too long', members: { clientName: 'x'.repeat(257) }, error: 'invalid_client_metadata' },
    { what: 'scopes that are no list', members: { scopes: 'sso:account:access' }, error: 'invalid_request' },
    { what: 'scopes that are no strings', members: { scopes: [1] }, error: 'invalid_request' },
    {
      what: 'the browser’s grant',
      members: { grantTypes: ['authorization_code', 'refresh_token'] },
      error: 'unsupported_grant_type',
    },
    { what: 'a redirect', members: { redirectUris: ['http://127.0.0.1/x'] }, error: 'unsupported_grant_type' },
  ])('with $what is refused as $error, before a use of the key is counted', async ({ members, error }) => {
    const { status, body, registered } = await register(members);

    expect([status, body.error, registered]).toEqual([400, error, []]);
  });

  it('tells who wants a browser on the same machine what to do instead', async () => {
    const { body } = await register({ grantTypes: ['authorization_code'], redirectUris: ['http://127.0.0.1/x'] });

    expect(body.message).toContain('aws sso login --use-device-code');
  });

  it('shows operators a printable name', async () => {
    const { registered } = await register({ clientName: ' kiosk\u0000-7\u001b[31m\u202e \n' });

    expect(registered).toMatchObject([{ clientName: 'kiosk -7 [31m' }]);
  });
});

describe('POST /register (RFC 7591)', () => {
  const register = (members: Record<string, unknown> = {}, own: Partial<HttpCall> = {}) =>
    send(jsonCall('/register', members, own));

  it('answers 201 with what was registered (§3.2.1)', async () => {
    const { status, body } = await register({
      client_name: 'kiosk-7',
      token_endpoint_auth_method: 'client_secret_post',
    });

    expect(status).toBe(201);
    expect(body).toEqual({
      client_id: 'client-id',
      client_secret: 'client-secret',
      client_id_issued_at: 1_800_000_000,
      client_secret_expires_at: 1_807_776_000,
      client_name: 'kiosk-7',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    });
  });

  it('needs no metadata at all (§2): a name and HTTP Basic are what it takes then', async () => {
    const { body } = await register();

    expect(body).toMatchObject({ client_name: 'device', token_endpoint_auth_method: 'client_secret_basic' });
  });

  it('is JSON whatever its Content-Type says', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };

    expect((await register({ client_name: 'kiosk-7' }, { headers })).status).toBe(201);
  });

  it.each([
    { what: 'another authentication', members: { token_endpoint_auth_method: 'private_key_jwt' } },
    { what: 'no authentication', members: { token_endpoint_auth_method: 'none' } },
    { what: 'the browser’s grant', members: { grant_types: ['authorization_code'] } },
    { what: 'grants that are no list', members: { grant_types: DEVICE_GRANT } },
    { what: 'a name that is none', members: { client_name: 7 } },
    { what: 'a name that is too long', members: { client_name: 'x'.repeat(257) } },
  ])('with $what is refused as invalid_client_metadata (§3.2.2)', async ({ members }) => {
    const { status, body, registered } = await register(members);

    expect([status, body.error, registered]).toEqual([400, 'invalid_client_metadata', []]);
  });

  it('with a redirect is refused as invalid_redirect_uri (§3.2.2)', async () => {
    const { body, registered } = await register({ redirect_uris: ['https://x.example/cb'] });

    expect([body.error, registered]).toEqual(['invalid_redirect_uri', []]);
  });

  it('ignores metadata that it does not know, names of the AWS dialect included (§2)', async () => {
    const { registered } = await register({ client_name: 'kiosk-7', clientName: 'other', logo_uri: 'x', scope: 'y' });

    expect(registered).toEqual([{ clientName: 'kiosk-7', enrollmentKey: undefined }]);
  });
});
