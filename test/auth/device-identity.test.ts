import { describe, expect, it } from 'vitest';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { formCall, type HttpCall, jsonCall } from '../support/http-event.ts';
import { makeCertificateAuthority } from './certificates.ts';

const PRINCIPAL = 'arn:aws:sts::123456789012:assumed-role/KioskDevice/0123456789abcdef';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const REFUSED = { refused: true } as const;

/** What the plane was asked when a request of a deployment came in, and the answer. */
async function send(deviceAuth: DeviceAuth, call: HttpCall) {
  const plane = makeHttpDevicePlane({ deviceAuth });
  const answer = await plane.send(call);
  return { ...answer, asked: (plane.calls[0]?.request ?? REFUSED) as Record<string, unknown> };
}

const jwtOf = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('private_key_jwt', () => {
  const token = (members: Record<string, string>) =>
    send('private_key_jwt', formCall('/device_authorization', members));
  const assertion = { client_assertion_type: JWT_BEARER, client_assertion: jwtOf({ sub: 'kiosk-7' }) };

  it('takes the client from the assertion, and the broker’s addresses for its audience', async () => {
    expect((await token(assertion)).asked).toMatchObject({
      clientId: 'kiosk-7',
      assertion: {
        jwt: assertion.client_assertion,
        audiences: [
          'https://broker.example/v1',
          'https://broker.example/v1/token',
          'https://broker.example/v1/device_authorization',
        ],
      },
    });
  });

  it('leaves it to the signature whether client_id and assertion agree', async () => {
    expect((await token({ ...assertion, client_id: 'kiosk-8' })).asked).toMatchObject({ clientId: 'kiosk-8' });
  });

  it('may be sent in the AWS dialect', async () => {
    const members = {
      clientAssertionType: JWT_BEARER,
      clientAssertion: jwtOf({ sub: 'kiosk-7' }),
      startUrl: 'https://x.example',
    };

    expect((await send('private_key_jwt', jsonCall('/device_authorization', members))).asked).toMatchObject({
      clientId: 'kiosk-7',
    });
  });

  it.each([
    { what: 'a secret', members: { client_id: 'kiosk-7', client_secret: 'secret' } },
    { what: 'no type', members: { client_assertion: assertion.client_assertion } },
    {
      what: 'another type',
      members: { ...assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    },
    { what: 'no JWT', members: { ...assertion, client_assertion: 'no JWT' } },
    { what: 'a JWT without subject', members: { ...assertion, client_assertion: jwtOf({}) } },
  ])('instead of which $what is invalid_client', async ({ members }) => {
    const { status, body, asked } = await token(members as Record<string, string>);

    expect({ status, error: body.error, asked }).toEqual({ status: 401, error: 'invalid_client', asked: REFUSED });
  });

  const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32, 7).toString('base64url') }] };
  const register = (metadata: object, path = '/register') => send('private_key_jwt', jsonCall(path, metadata));

  it('binds the keys of a registration, and tells no secret', async () => {
    const { status, body, asked } = await register({ client_name: 'kiosk-7', jwks });

    expect(status).toBe(201);
    expect(asked).toMatchObject({ identity: { method: 'private_key_jwt', keys: jwks.keys } });
    expect(body).toMatchObject({
      client_id: 'client-id',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
      registration_expires_at: 1_807_776_000,
    });
    expect(body).not.toHaveProperty('client_secret');
  });

  it.each([
    { what: 'no keys', metadata: {}, told: 'public key of this device as jwks' },
    { what: 'an address of keys', metadata: { jwks_uri: 'https://device.example/jwks' }, told: 'not fetched' },
    {
      what: 'a secret in mind',
      metadata: { token_endpoint_auth_method: 'client_secret_basic', jwks },
      told: 'must be private_key_jwt',
    },
  ])('with $what is not registered', async ({ metadata, told }) => {
    const { body, asked } = await register(metadata);

    expect([body.error, asked]).toEqual(['invalid_client_metadata', REFUSED]);
    expect(body.error_description).toContain(told);
  });

  it('tells who calls RegisterClient where to register', async () => {
    const { body, asked } = await register({ clientName: 'kiosk-7', clientType: 'public' }, '/client/register');

    expect([body.error, asked]).toEqual(['invalid_client_metadata', REFUSED]);
    expect(body.message).toContain('POST /register');
  });

  it('is what the metadata say (RFC 8414 §2)', async () => {
    const { body } = await send('private_key_jwt', { method: 'GET', path: '/.well-known/oauth-authorization-server' });

    expect(body).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['EdDSA', 'Ed25519', 'ES256', 'RS256'],
    });
  });
});

describe('iam', () => {
  const signed = { identity: { userArn: PRINCIPAL } };

  it('binds the principal of a registration', async () => {
    const { body, asked } = await send('iam', jsonCall('/register', {}, signed));

    expect(asked).toMatchObject({ identity: { method: 'iam', principal: PRINCIPAL } });
    expect(body).toMatchObject({ token_endpoint_auth_method: 'aws_iam', principal: PRINCIPAL });
    expect(body).not.toHaveProperty('client_secret');
  });

  it('tells RegisterClient a secret, as no SDK goes without one', async () => {
    const { body, asked } = await send(
      'iam',
      jsonCall('/client/register', { clientName: 'k', clientType: 'public' }, signed),
    );

    expect(asked).toMatchObject({ identity: { principal: PRINCIPAL } });
    expect(body).toHaveProperty('clientSecret', 'client-secret');
  });

  it('shows the principal of a request; a secret may be left out', async () => {
    const { asked } = await send('iam', formCall('/device_authorization', { client_id: 'kiosk-7' }, signed));

    expect(asked).toMatchObject({ clientId: 'kiosk-7', clientSecret: undefined, principal: PRINCIPAL });
  });

  it.each(['/register', '/device_authorization'])(
    'refuses a call of %s that the gateway did not authenticate',
    async (path) => {
      const { status, body, asked } = await send(
        'iam',
        formCall(path, { client_id: 'kiosk-7' }, path === '/register' ? { body: '{}' } : {}),
      );

      expect([status, body.error, asked]).toEqual([401, 'invalid_client', REFUSED]);
    },
  );
});

describe('mtls', () => {
  const authority = makeCertificateAuthority('Devices');
  const connection = async (names: readonly string[], own: { notAfter?: Date } = {}) => ({
    identity: { clientCert: { clientCertPem: (await (await authority).issue(names, own)).certificate } },
  });

  it('binds the name in the certificate of a registration', async () => {
    const { body, asked } = await send(
      'mtls',
      jsonCall('/register', {}, await connection(['URI:spiffe://fleet/kiosk-7'])),
    );

    expect(asked).toMatchObject({ identity: { method: 'mtls', certificateName: 'URI:spiffe://fleet/kiosk-7' } });
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: 'spiffe://fleet/kiosk-7',
    });
  });

  it('of a certificate with several names binds the one that is asked for (RFC 8705 §2.1.2)', async () => {
    const names = await connection(['DNS:kiosk-7.example.com', 'DNS:spare.example.com', 'URI:spiffe://fleet/kiosk-7']);
    const register = (metadata: object) => send('mtls', jsonCall('/register', metadata, names));

    expect((await register({ tls_client_auth_san_dns: 'Kiosk-7.example.com' })).asked).toMatchObject({
      identity: { certificateName: 'DNS:kiosk-7.example.com' },
    });
    expect((await register({})).body.error_description).toContain('several names');
    expect((await register({ tls_client_auth_san_dns: 'kiosk-8.example.com' })).body.error).toBe(
      'invalid_client_metadata',
    );
  });

  it('shows all names of a request’s certificate', async () => {
    const call = formCall(
      '/token',
      { client_id: 'kiosk-7', grant_type: 'refresh_token', refresh_token: 'h' },
      await connection(['DNS:Kiosk-7.example.com', 'URI:urn:x,y']),
    );

    expect((await send('mtls', call)).asked).toMatchObject({
      clientId: 'kiosk-7',
      certificateNames: ['DNS:kiosk-7.example.com', 'URI:urn:x,y'],
    });
  });

  it.each<{ what: string; own: () => Promise<object> }>([
    { what: 'no certificate', own: async () => ({}) },
    { what: 'a certificate without a name', own: () => connection([]) },
    {
      what: 'a certificate that is over',
      own: () => connection(['DNS:kiosk-7.example.com'], { notAfter: new Date(Date.now() - 1000) }),
    },
    {
      what: 'what is no certificate',
      own: async () => ({ identity: { clientCert: { clientCertPem: 'no certificate' } } }),
    },
  ])('with $what is invalid_client', async ({ own }) => {
    const { status, body, asked } = await send(
      'mtls',
      formCall('/device_authorization', { client_id: 'kiosk-7' }, await own()),
    );

    expect([status, body.error, asked]).toEqual([401, 'invalid_client', REFUSED]);
  });
});
