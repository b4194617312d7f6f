/** The AWS SDK for JavaScript, unmodified: its SSO OIDC client, and its token and credential providers. */

import {
  AccessDeniedException,
  AuthorizationPendingException,
  CreateTokenCommand,
  CreateTokenWithIAMCommand,
  ExpiredTokenException,
  InvalidClientException,
  InvalidGrantException,
  RegisterClientCommand,
  SlowDownException,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
  UnsupportedGrantTypeException,
} from '@aws-sdk/client-sso-oidc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsHome, makeAwsHome } from '../support/aws-home.ts';
import {
  DEVICE_GRANT,
  type DeviceClient,
  inTurn,
  login,
  type Started,
  startWithLifetime,
  type Tokens,
} from '../support/device.ts';
import { eventually, postForm } from '../support/http.ts';
import { approve, broker, deny } from '../support/local-broker.ts';
import { type Finished, run } from '../support/programs.ts';

const sdk = (endpoint = broker().deviceEndpoint): SSOOIDCClient =>
  new SSOOIDCClient({ endpoint, region: 'us-east-1', maxAttempts: 1 });

async function start(client: SSOOIDCClient) {
  const { clientId, clientSecret } = await client.send(
    new RegisterClientCommand({ clientName: 'kiosk-7', clientType: 'public', scopes: ['sso:account:access'] }),
  );
  const registered = { clientId, clientSecret };
  const { startUrl } = broker();
  const started = await inTurn(() => client.send(new StartDeviceAuthorizationCommand({ ...registered, startUrl })));
  const request = { ...registered, grantType: DEVICE_GRANT, deviceCode: started.deviceCode };
  return { ...started, poll: () => client.send(new CreateTokenCommand(request)), request };
}

/** The error that ends the polling, or the tokens. */
function settle(poll: () => Promise<unknown>): Promise<unknown> {
  return eventually(async () => {
    const outcome = await poll().catch((error: unknown) => error);
    const goesOn = outcome instanceof AuthorizationPendingException || outcome instanceof SlowDownException;
    return goesOn ? undefined : outcome;
  });
}

describe.concurrent('the SSO OIDC client', () => {
  it.each(['', '/'])('signs a device in, and refreshes, at the device endpoint with "%s" at its end', async (end) => {
    const client = sdk(`${broker().deviceEndpoint}${end}`);
    const authorization = await start(client);
    await expect(authorization.poll()).rejects.toBeInstanceOf(AuthorizationPendingException);
    await approve(broker(), authorization.userCode ?? '');

    const tokens = await settle(authorization.poll);
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: expect.any(Number) });

    const { refreshToken } = tokens as { refreshToken: string };
    const { clientId, clientSecret } = authorization.request;
    const refreshed = await client.send(
      new CreateTokenCommand({ clientId, clientSecret, grantType: 'refresh_token', refreshToken }),
    );
    expect(refreshed.refreshToken).toBe(refreshToken);
  });

  it('knows a denial as AccessDeniedException', async () => {
    const authorization = await start(sdk());
    await deny(broker(), authorization.userCode ?? '');

    expect(await settle(authorization.poll)).toBeInstanceOf(AccessDeniedException);
  });

  it('knows the end of the code as ExpiredTokenException', async () => {
    const { clientId, clientSecret, deviceCode } = await startWithLifetime(broker(), 2);
    const request = new CreateTokenCommand({ clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT });

    expect(await settle(() => sdk().send(request))).toBeInstanceOf(ExpiredTokenException);
  });

  it('knows haste as SlowDownException', async () => {
    const authorization = await start(sdk());

    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => authorization.poll()));

    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
    expect(reasons.some((reason) => reason instanceof SlowDownException)).toBe(true);
  });

  it('prints what to do next', async () => {
    const client = sdk();
    const request = { clientId: 'a', clientSecret: 'b', grantType: 'refresh_token', refreshToken: 'c' };

    const error = await client.send(new CreateTokenCommand(request)).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(InvalidClientException);
    expect(String(error)).toMatch(/Register this device again with its enrollment key/);
  });

  it('is told that a browser flow is not offered', async () => {
    const registration = new RegisterClientCommand({
      clientName: 'kiosk-7',
      clientType: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['http://127.0.0.1/oauth/callback'],
    });

    await expect(sdk().send(registration)).rejects.toBeInstanceOf(UnsupportedGrantTypeException);
  });

  it('is told by name that CreateTokenWithIAM is another operation', async () => {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
    const client = new SSOOIDCClient({ endpoint: broker().api, region: 'us-east-1', credentials });
    const clientId = 'arn:aws:sso::111122223333:application/ssoins-1/apl-1';

    const answer = client.send(new CreateTokenWithIAMCommand({ clientId, grantType: 'refresh_token' }));

    await expect(answer).rejects.toThrow(/CreateTokenWithIAM \(aws_iam=t\) is not offered here/);
  });

  it('knows an unknown device code as InvalidGrantException', async () => {
    const client = sdk();
    const { request } = await start(client);

    const answer = client.send(new CreateTokenCommand({ ...request, deviceCode: 'A'.repeat(86) }));

    await expect(answer).rejects.toBeInstanceOf(InvalidGrantException);
  });
});

/** A program of a few lines, in a process of its own: the providers keep what they know in memory. */
const node = (home: AwsHome, program: string): Promise<Finished> =>
  run(process.execPath, ['--input-type=module', '--eval', program], { env: home.env });

const FROM_SSO = `
  import { fromSso } from '@aws-sdk/token-providers';
  const { token, expiration } = await fromSso()();
  console.log(JSON.stringify({ token, expiration }));
`;

const FROM_SSO_CREDENTIALS = `
  import { fromSSO } from '@aws-sdk/credential-providers';
  const { accessKeyId, sessionToken } = await fromSSO()();
  console.log(JSON.stringify({ accessKeyId, hasSessionToken: sessionToken !== undefined }));
`;

describe('the providers, with nothing but AWS_ENDPOINT_URL_SSO_OIDC', () => {
  let device: DeviceClient & Started & Tokens;
  const homes: AwsHome[] = [];
  const home = (secondsLeft: number, owner = device): AwsHome => {
    const made = makeAwsHome(broker(), owner, secondsLeft);
    homes.push(made);
    return made;
  };
  beforeAll(async () => {
    device = await login(broker());
  });
  afterAll(() => {
    for (const made of homes) made.remove();
  });

  it('fromSso refreshes an ended token and writes the cache file for the next process', async () => {
    const at = home(-10);

    const { stdout } = await node(at, FROM_SSO);

    expect(JSON.parse(stdout)).toMatchObject({ token: device.accessToken });
    expect(at.readToken()).toMatchObject({ accessToken: device.accessToken, refreshToken: device.refreshToken });
    expect(Date.parse(at.readToken().expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it('fromSSO goes on to role credentials with the refreshed token', async () => {
    const { stdout, stderr } = await node(home(-10), FROM_SSO_CREDENTIALS);

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/), hasSessionToken: true });
  });

  it('a refused refresh leaves a living token in use, and for an ended one the way to sign in again', async () => {
    const revoked = await login(broker());
    await postForm(`${broker().api}/revoke`, {
      client_id: revoked.clientId,
      client_secret: revoked.clientSecret,
      token: revoked.refreshToken,
    });

    const living = await node(home(100, revoked), FROM_SSO);
    const ended = await node(home(-10, revoked), FROM_SSO);

    expect(JSON.parse(living.stdout)).toMatchObject({ token: revoked.accessToken });
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toMatch(/aws sso login/);
  });
});
