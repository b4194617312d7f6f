import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair } from 'jose';
import {
  allowInsecureRequests,
  Configuration,
  initiateDeviceAuthorization,
  PrivateKeyJwt,
  pollDeviceAuthorizationGrant,
} from 'openid-client';
import { describe, expect, it } from 'vitest';
import { whereIs } from '../device/programs.ts';
import { documentedBlock } from './documented-block.ts';
import { approve, missingPrograms, pasteQuickStart, shell, useLocalBroker, useShellFolder } from './local-broker.ts';

const FORM = '-H "Content-Type: application/x-www-form-urlencoded"';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('devices with keys, at a running broker', { timeout: 30_000 }, () => {
  const shellFolder = useShellFolder();
  const broker = useLocalBroker(() => ({ deviceAuth: 'private_key_jwt' }));

  const KEYS = [
    { kind: 'Ed25519', make: 'openssl genpkey -algorithm ed25519' },
    { kind: 'P-256', make: 'openssl ecparam -name prime256v1 -genkey -noout' },
    { kind: 'RSA', make: 'openssl genrsa 2048' },
  ];

  it.for(KEYS)('sign in with curl and openssl, by $kind', async ({ kind, make }, ctx) => {
    for (const program of ['curl', 'openssl']) if (whereIs(program) === undefined) ctx.skip(`${program} not installed`);
    const { api, enrollmentKey } = broker();
    const key = join(shellFolder, `${kind}.pem`);
    await shell(`${make} > ${key} 2>/dev/null`);
    const jwks = await shell(`device/assertion.sh jwks ${key}`);
    const registered = JSON.parse(
      await shell(`curl -s "${api}/register" -H "Authorization: Bearer $KEY" -d "$METADATA"`, {
        KEY: enrollmentKey,
        METADATA: `{"client_name":"kiosk","jwks":${jwks}}`,
      }),
    );
    expect(registered).toMatchObject({ client_id: expect.any(String), token_endpoint_auth_method: 'private_key_jwt' });

    const post = async (path: string, members: string): Promise<Record<string, unknown>> => {
      const assertion = await shell(`device/assertion.sh sign ${key} ${registered.client_id} ${api}`);
      const proof = `client_assertion_type=${JWT_BEARER}&client_assertion=${assertion}`;
      return JSON.parse(await shell(`curl -s ${FORM} "${api}${path}" -d "${proof}&${members}"`));
    };
    const started = await post('/device_authorization', '');
    await approve(broker(), String(started.user_code));
    await sleep(Number(started.interval) * 1000);
    const token = () =>
      post('/token', `grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=${started.device_code}`);
    let answer = await token();
    while (answer.error === 'authorization_pending') {
      await sleep(1000);
      answer = await token();
    }

    expect(answer).toMatchObject({
      token_type: 'Bearer',
      access_token: expect.any(String),
      refresh_token: expect.any(String),
    });
  });

  it('sign in with a standard OAuth client', async () => {
    const { api, enrollmentKey } = broker();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const registered = await fetch(`${api}/register`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${enrollmentKey}` },
      body: JSON.stringify({ jwks: { keys: [await exportJWK(publicKey)] } }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const metadata = (await (await fetch(`${api}/.well-known/oauth-authorization-server`)).json()) as never;
    const config = new Configuration(metadata, client_id, undefined, PrivateKeyJwt(privateKey));
    allowInsecureRequests(config);

    const started = await initiateDeviceAuthorization(config, {});
    await approve(broker(), started.user_code);

    expect(await pollDeviceAuthorizationGrant(config, started)).toHaveProperty('access_token');
  });

  it('are refused when somebody replays what they sent, over all of the table', async (ctx) => {
    if (whereIs('openssl') === undefined) ctx.skip('openssl not installed');
    const { api, enrollmentKey } = broker();
    const key = join(shellFolder, 'replay.pem');
    await shell(`openssl genpkey -algorithm ed25519 -out ${key}`);
    const registered = await fetch(`${api}/register`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${enrollmentKey}` },
      body: `{"jwks":${await shell(`device/assertion.sh jwks ${key}`)}}`,
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const assertion = await shell(`device/assertion.sh sign ${key} ${client_id} ${api}`);
    const body = new URLSearchParams({ client_assertion_type: JWT_BEARER, client_assertion: assertion });
    const send = () => fetch(`${api}/device_authorization`, { method: 'POST', body });

    const answers = await Promise.all(Array.from({ length: 10 }, async () => (await send()).status));

    expect(answers.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    expect(await (await send()).json()).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining('used before'),
    });
  });

  it('have a program that is clean by shellcheck', async (ctx) => {
    if (whereIs('shellcheck') === undefined) ctx.skip('shellcheck not installed');
    expect(await shell('shellcheck device/assertion.sh')).toBe('');
  });

  it('sign in by the lines that the start prints', async ({ skip }) => {
    const missing = missingPrograms();
    if (missing !== undefined) skip(missing);

    expect(await pasteQuickStart(broker(), shellFolder)).toMatch(/access_?token/i);
  });

  it('sign in by the lines of the docs', async ({ skip }) => {
    const missing = missingPrograms();
    if (missing !== undefined) skip(missing);
    const { api, enrollmentKey, identityCenter } = broker();
    // A person approves while the device sleeps.
    const lines = documentedBlock('private_key_jwt').replace(
      'sleep 1\n',
      `curl -s -o approved.html "${identityCenter}/approve" -d "user_code=$(echo "$STARTED" | sed -n 's/.*"user_code":"\\([^"]*\\)".*/\\1/p')"; sleep 2\n`,
    );

    const printed = await shell(`cd ${shellFolder} && ${lines}`, { API: api, ENROLLMENT_KEY: enrollmentKey });

    const [approveHere, answer = ''] = printed.split('\n');
    expect(approveHere).toMatch(/^Approve here: http/);
    expect(JSON.parse(answer)).toHaveProperty('access_token');
  });
});
