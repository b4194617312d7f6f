import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { approve, missingPrograms, pasteQuickStart, useLocalBroker, useShellFolder } from './local-broker.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

describe('devices with AWS credentials, at a running broker', { timeout: 20_000 }, () => {
  const shellFolder = useShellFolder();
  const broker = useLocalBroker(() => ({ deviceAuth: 'iam' }));

  /** Posts JSON as the holder of an access key; undefined: unsigned. */
  async function post(path: string, members: object, accessKeyId?: string) {
    const url = new URL(`${broker().api}${path}`);
    const body = JSON.stringify(members);
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    };
    const credentials = { accessKeyId: accessKeyId ?? '', secretAccessKey: 'secret' };
    const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'execute-api', sha256: Sha256 });
    const { headers } = accessKeyId === undefined ? request : await signer.sign(request);
    const answer = await fetch(url, { method: 'POST', headers: { ...headers }, body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  const enrolled = (path: string): string => `/e/${broker().enrollmentKey}${path}`;
  const register = (accessKeyId?: string) => post(enrolled('/register'), { client_name: 'kiosk-7' }, accessKeyId);

  it('register and sign in by their signature alone', async () => {
    const { body: registered } = await register('KIOSK7');
    expect(registered).toMatchObject({
      token_endpoint_auth_method: 'aws_iam',
      principal: expect.stringContaining('KIOSK7'),
    });
    const clientId = registered.client_id;
    const { startUrl } = broker();

    const { body: started } = await post('/device_authorization', { clientId, startUrl }, 'KIOSK7');
    await approve(broker(), String(started.userCode));
    const token = () => post('/token', { clientId, deviceCode: started.deviceCode, grantType: DEVICE_GRANT }, 'KIOSK7');
    await expect
      .poll(token, { timeout: 10_000, interval: 1000 })
      .toMatchObject({ status: 200, body: { tokenType: 'Bearer' } });
  });

  it('cannot use the client of another principal, with its secret neither', async () => {
    const { body } = await post(
      enrolled('/client/register'),
      { clientName: 'kiosk-7', clientType: 'public' },
      'KIOSK7',
    );
    const { clientId, clientSecret } = body;
    const { startUrl } = broker();

    for (const proof of [{ clientId }, { clientId, clientSecret }]) {
      expect(await post('/device_authorization', { ...proof, startUrl }, 'KIOSK8')).toMatchObject({
        status: 401,
        body: { error: 'invalid_client', error_description: expect.stringContaining('another identity') },
      });
    }
    expect((await post('/device_authorization', { clientId, clientSecret, startUrl }, 'KIOSK7')).status).toBe(200);
    expect((await post('/device_authorization', { clientId, clientSecret: 'wrong', startUrl }, 'KIOSK7')).status).toBe(
      401,
    );
  });

  it('are sent away by the gateway when they do not sign', async () => {
    for (const path of [enrolled('/register'), '/device_authorization', '/token', '/revoke']) {
      expect(await post(path, {})).toMatchObject({ status: 403, body: { error: 'access_denied' } });
    }
  });

  it('still need an enrollment key', async () => {
    expect(await post('/register', {}, 'KIOSK7')).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  it('sign in by the lines that the start prints', async ({ skip }) => {
    const missing = missingPrograms();
    if (missing !== undefined) skip(missing);

    expect(await pasteQuickStart(broker(), shellFolder)).toMatch(/access_?token/i);
  });
});
