import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSsoOidcUpstream } from '../../lambda/adapters/sso-oidc-upstream.ts';
import { makeSsoPortal } from '../../lambda/adapters/sso-portal.ts';
import { systemClock } from '../../lambda/adapters/system.ts';
import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { type IdentityCenter, startIdentityCenter } from '../../local/identity-center/server.ts';
import { makeFleet } from '../support/fake-records.ts';
import { PIN } from '../support/whole-broker.ts';

/** An access token that a person has approved. */
async function approvedToken({ url, startUrl }: IdentityCenter): Promise<string> {
  const fleet = makeFleet({ startUrl, upstreamEndpoint: url });
  const upstream = makeSsoOidcUpstream(systemClock);
  const registered = await upstream.registerClient(fleet);
  if (registered.kind !== 'registered') throw new Error(registered.kind);
  const started = await upstream.startDeviceAuthorization(fleet, registered.registration, startUrl);
  if (started.kind !== 'started') throw new Error(started.kind);
  const { userCode, upstreamDeviceCode: deviceCode } = started.activation;
  await fetch(`${url}/approve`, { method: 'POST', body: new URLSearchParams({ user_code: userCode }) });
  const answer = await upstream.createToken(fleet, registered.registration, { deviceCode });
  if (answer.kind !== 'tokens') throw new Error(answer.kind);
  return answer.tokens.accessToken;
}

/** A portal that answers everything in one way. */
async function portalThatSays(status: number, headers: Record<string, string>, body: string) {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('the access portal behind the AWS SDK', () => {
  const portal = makeSsoPortal();
  let center: IdentityCenter;
  let accessToken: string;
  beforeAll(async () => {
    center = await startIdentityCenter({ port: 0 });
    accessToken = await approvedToken(center);
  });
  beforeEach(() => {
    center.calls.length = 0;
  });
  afterAll(() => center.close());

  const ask = (pin = PIN as { accountId: string; roleName: string }, token = accessToken) =>
    portal.getRoleCredentials({ region: 'us-east-1', portalEndpoint: center.url }, token, pin);
  const calls = () => center.calls.map(({ operation, outcome }) => `${operation} ${outcome}`);

  it('gives credentials with their end in seconds', async () => {
    const answer = await ask();

    expect(answer).toEqual({
      kind: 'credentials',
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
        expiresAt: expect.any(Number),
      },
    });
    const endsIn = answer.kind === 'credentials' ? answer.credentials.expiresAt - Date.now() / 1000 : 0;
    expect(Math.abs(endsIn - 3_600)).toBeLessThan(30);
  });

  it('says unauthorized to a token that is none', async () => {
    expect(await ask(PIN, 'not-a-token')).toEqual({ kind: 'unauthorized' });
  });

  it.each([
    ['account', { ...PIN, accountId: '999999999999' }],
    ['role', { ...PIN, roleName: 'NoSuchRole' }],
  ])('says no access to another %s', async (_, pin) => {
    expect(await ask(pin)).toEqual({ kind: 'no_access' });
  });

  it.each([429, 500, 503] as const)(
    'is unavailable at %i, and asked once: the providers ask again by themselves',
    async (status) => {
      center.knobs.failNext = [{ operation: 'GetRoleCredentials', status, count: 1 }];

      expect(await ask()).toEqual({ kind: 'unavailable' });
      expect(calls()).toHaveLength(1);
      expect(await ask()).toMatchObject({ kind: 'credentials' });
    },
  );

  it('is unavailable when its answer is lost', async () => {
    center.knobs.dropAfterCommit = { operation: 'GetRoleCredentials', count: 1 };

    expect(await ask()).toEqual({ kind: 'unavailable' });
  });

  it('is unavailable when it does not answer in three seconds', async () => {
    center.knobs.hang = { operation: 'GetRoleCredentials', count: 1 };
    const before = Date.now();

    expect(await ask()).toEqual({ kind: 'unavailable' });
    expect(Date.now() - before).toBeLessThan(UPSTREAM_TIMEOUT_MS + 1_000);
    expect(calls()).toEqual(['GetRoleCredentials hung']);
  });

  it('is unavailable when it is not there', async () => {
    const gone = await portalThatSays(200, {}, '');
    await gone.close();

    expect(
      await portal.getRoleCredentials({ region: 'us-east-1', portalEndpoint: gone.url }, accessToken, PIN),
    ).toEqual({
      kind: 'unavailable',
    });
  });

  it.each([
    [
      'ForbiddenException, which is in no model',
      403,
      { 'x-amzn-ErrorType': 'ForbiddenException' },
      '{"message":"No access"}',
      'no_access',
    ],
    ['an error page in between', 502, { 'Content-Type': 'text/html' }, '<h1>Bad gateway</h1>', 'unavailable'],
    ['success without credentials', 200, {}, '{}', 'unavailable'],
    ['half of the credentials', 200, {}, '{"roleCredentials":{"accessKeyId":"ASIA","expiration":1}}', 'unavailable'],
  ])('that says %s is understood', async (_, status, headers, body, kind) => {
    const { url, close } = await portalThatSays(status, headers as Record<string, string>, body);

    expect(await portal.getRoleCredentials({ region: 'us-east-1', portalEndpoint: url }, accessToken, PIN)).toEqual({
      kind,
    });
    await close();
  });
});
