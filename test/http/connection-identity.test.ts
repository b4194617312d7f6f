import { describe, expect, it } from 'vitest';
import { refuse } from '../../lambda/core/oauth-error.ts';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { certificateNamesOf } from '../../lambda/http/client-certificate.ts';
import { credentialsRoute } from '../../lambda/http/credentials-route.ts';
import { makeCertificateAuthority } from '../auth/certificates.ts';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { basic, deviceEvent, formCall, type HttpCall, jsonCall } from '../support/http-event.ts';

const PRINCIPAL = 'arn:aws:sts::123456789012:assumed-role/KioskDevice/kiosk-7';
const authority = makeCertificateAuthority('Devices');

async function connection(names: readonly string[]) {
  const { certificate } = await (await authority).issue(names);
  return { identity: { clientCert: { clientCertPem: certificate } } };
}

async function send(deviceAuth: DeviceAuth, call: HttpCall) {
  const plane = makeHttpDevicePlane({ deviceAuth });
  const answer = await plane.send(call);
  return { ...answer, asked: plane.calls[0]?.request };
}

describe('the names in a certificate', () => {
  const namesOf = async (names: readonly string[]) =>
    certificateNamesOf((await (await authority).issue(names)).certificate, Date.now());

  it('are its DNS and URI names; an address names no device', async () => {
    const names = ['DNS:Kiosk-7.example.com', 'IP:192.0.2.7', 'URI:spiffe://fleet/kiosk-7'];

    expect(await namesOf(names)).toEqual(['DNS:kiosk-7.example.com', 'URI:spiffe://fleet/kiosk-7']);
  });

  it('are none before it is valid, after it, and of what is no certificate', async () => {
    const { certificate } = await (await authority).issue(['DNS:kiosk-7.example.com']);

    expect(certificateNamesOf(certificate, 0)).toEqual([]);
    expect(certificateNamesOf(certificate, Date.parse('2199-01-01'))).toEqual([]);
    expect(certificateNamesOf('no certificate', Date.now())).toEqual([]);
  });
});

describe('a registration over mutual TLS', () => {
  it('may ask for one of several names by its URI, and not for two', async () => {
    const names = await connection(['DNS:kiosk-7.example.com', 'URI:spiffe://fleet/kiosk-7']);
    const asking = { tls_client_auth_san_uri: 'spiffe://fleet/kiosk-7' };

    expect((await send('mtls', jsonCall('/register', asking, names))).asked).toMatchObject({
      identity: { method: 'mtls', certificateName: 'URI:spiffe://fleet/kiosk-7' },
    });
    const two = { ...asking, tls_client_auth_san_dns: 'kiosk-7.example.com' };
    expect((await send('mtls', jsonCall('/register', two, names))).body).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: expect.stringContaining('Say which one'),
    });
  });
});

describe('a request that its connection proves', () => {
  it('may carry id and secret by HTTP Basic, as OAuth clients do', async () => {
    const signed = { headers: basic('kiosk-7', 'secret'), identity: { userArn: PRINCIPAL } };

    expect((await send('iam', formCall('/device_authorization', {}, signed))).asked).toMatchObject({
      clientId: 'kiosk-7',
      clientSecret: 'secret',
      principal: PRINCIPAL,
    });
  });
});

describe('role credentials where devices have certificates', () => {
  async function fetchCredentials(identity: Readonly<Record<string, unknown>>) {
    const asked: unknown[] = [];
    const roleCredentials = async (_handle: string, caller: object) => {
      asked.push(caller);
      return refuse('server_error', 'The portal is busy. Wait and try again.');
    };
    const route = credentialsRoute({ roleCredentials: roleCredentials as never, deviceAuth: 'mtls' });
    const call = { method: 'GET', path: '/credentials', headers: { Authorization: 'handle' }, identity };
    const { statusCode, headers, body } = await route(deviceEvent(call));
    return { status: statusCode, headers, body: JSON.parse(body), asked };
  }

  it('are asked for with the names of the connection', async () => {
    const { identity } = await connection(['DNS:kiosk-7.example.com']);

    const { asked } = await fetchCredentials(identity);

    expect(asked).toMatchObject([{ certificateNames: ['DNS:kiosk-7.example.com'] }]);
  });

  it('are not given over a connection without a certificate, and the provider is told why', async () => {
    const { status, body, asked } = await fetchCredentials({});

    expect({ status, asked }).toEqual({ status: 403, asked: [] });
    expect(body).toMatchObject({ Code: 'AccessDenied', Message: expect.stringContaining('certificate') });
  });

  it('are to be asked for again after two seconds when nobody says when', async () => {
    const { status, headers } = await fetchCredentials((await connection(['DNS:a.example.com'])).identity);

    expect(status).toBe(503);
    expect(headers).toMatchObject({ 'Retry-After': '2' });
  });
});
