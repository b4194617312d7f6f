import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyedCertificate } from '../../local/certificates.ts';
import { type CertificateAuthority, makeCertificateAuthority } from './certificates.ts';
import { approve, missingPrograms, pasteQuickStart, useLocalBroker, useShellFolder } from './local-broker.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

describe('devices with certificates, at a running broker', { timeout: 20_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ftb-mtls-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let authority: CertificateAuthority;
  let kiosk7: KeyedCertificate;
  let kiosk8: KeyedCertificate;
  const truststore = join(folder, 'device-ca.pem');
  const shellFolder = useShellFolder();
  const broker = useLocalBroker(async () => {
    authority = await makeCertificateAuthority('Devices');
    writeFileSync(truststore, authority.certificate);
    return { deviceAuth: 'mtls', truststore };
  });
  beforeAll(async () => {
    kiosk7 = await authority.issue(['DNS:kiosk-7.example.com']);
    kiosk8 = await authority.issue(['DNS:kiosk-8.example.com']);
  });

  /** Sends over a connection with this certificate; undefined: with none. */
  function send(
    path: string,
    own: KeyedCertificate | undefined,
    members?: object,
    headers: Record<string, string> = {},
  ) {
    const url = new URL(`${broker().api}${path}`);
    const tls = { ca: readFileSync(broker().tls?.ca ?? ''), ...(own && { cert: own.certificate, key: own.key }) };
    const options = {
      ...tls,
      method: members ? 'POST' : 'GET',
      headers: { 'Content-Type': 'application/json', ...headers },
    };
    return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
      const sent = httpsRequest(url, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      });
      sent.on('error', reject);
      sent.end(members && JSON.stringify(members));
    });
  }

  const enroll = async (own: KeyedCertificate, fleet = 'local'): Promise<string> => {
    const key = broker().fleets[fleet]?.enrollmentKey;
    const { body } = await send(`/e/${key}/register`, own, { client_name: 'kiosk' });
    return String(body.client_id);
  };

  it('sign in by their certificate alone', async () => {
    const clientId = await enroll(kiosk7);
    const { startUrl } = broker();

    const { body: started } = await send('/device_authorization', kiosk7, { clientId, startUrl });
    await approve(broker(), String(started.userCode));
    const token = () => send('/token', kiosk7, { clientId, deviceCode: started.deviceCode, grantType: DEVICE_GRANT });
    await expect
      .poll(token, { timeout: 10_000, interval: 1000 })
      .toMatchObject({ status: 200, body: { tokenType: 'Bearer' } });
  });

  it('stay who they are with a new certificate of the same name', async () => {
    const clientId = await enroll(kiosk7);
    const renewed = await authority.issue(['DNS:kiosk-7.example.com']);

    expect((await send('/device_authorization', renewed, { clientId, startUrl: broker().startUrl })).status).toBe(200);
  });

  it('cannot use the client of another name', async () => {
    const clientId = await enroll(kiosk7);

    expect(await send('/device_authorization', kiosk8, { clientId, startUrl: broker().startUrl })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.stringContaining('another identity') },
    });
  });

  it.each<{ what: string; own: () => Promise<KeyedCertificate | undefined> }>([
    { what: 'no certificate', own: async () => undefined },
    {
      what: 'a certificate of another authority',
      own: async () => (await makeCertificateAuthority('Devices')).issue(['DNS:kiosk-7.example.com']),
    },
    {
      what: 'a certificate that is over',
      own: () => authority.issue(['DNS:kiosk-7.example.com'], { notAfter: new Date(Date.now() - 1000) }),
    },
  ])('get no connection with $what', async ({ own }) => {
    const shown = await own();

    await expect(send('/.well-known/oauth-authorization-server', shown)).rejects.toThrow(
      /certificate|alert|socket hang up|ECONNRESET/i,
    );
  });

  it('ask people to approve where people need no certificate', async () => {
    const clientId = await enroll(kiosk7, 'kiosks');
    const { body } = await send('/device_authorization', kiosk7, {
      clientId,
      startUrl: broker().fleets.kiosks?.startUrl,
    });
    expect(body.verificationUriComplete).toMatch(new RegExp(`^${broker().operatorsApi}/activate`));

    const page = await fetch(String(body.verificationUriComplete));

    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('kiosk')]);
  });

  it('are not let in where people come in', async () => {
    const clientId = await enroll(kiosk7);
    const answer = await fetch(`${broker().operatorsApi}/token`, {
      method: 'POST',
      body: JSON.stringify({ clientId, deviceCode: 'x', grantType: DEVICE_GRANT }),
    });

    expect([401, 403, 404]).toContain(answer.status);
    expect(await answer.json()).toHaveProperty('error');
  });

  it('sign in by the lines that the start prints', async ({ skip }) => {
    const missing = missingPrograms();
    if (missing !== undefined) skip(missing);
    writeFileSync(join(shellFolder, 'device.pem'), kiosk7.certificate);
    writeFileSync(join(shellFolder, 'device.key'), kiosk7.key);

    expect(await pasteQuickStart(broker(), shellFolder)).toMatch(/access_?token/i);
  });
});
