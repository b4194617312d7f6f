import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSsoOidcUpstream } from '../../lambda/adapters/sso-oidc-upstream.ts';
import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';

/** An answer as it comes over the wire. */
interface Wire {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

const json = (status: number, members: object, headers: Record<string, string> = {}): Wire => ({
  status,
  body: JSON.stringify(members),
  headers: { 'Content-Type': 'application/json', ...headers },
});

/** An error as the real service sends it: the type in a header only, with a suffix. */
const refusal = (exception: string, error: string, status = 400): Wire =>
  json(
    status,
    { error, error_description: 'as the service says it' },
    { 'x-amzn-ErrorType': `${exception}:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/` },
  );

const CLIENT = {
  clientId: 'upstream-client',
  clientSecret: makeSecret('upstream-secret'),
  expiresAt: START_SECONDS + 1_000,
};
const DEVICE_GRANT = { deviceCode: 'upstream-device-code' };

describe('Identity Center behind the AWS SDK', () => {
  let server: Server;
  let endpoint: string;
  let answer: Wire;
  let requests: { path: string; body: Record<string, unknown> }[];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      requests.push({ path: request.url ?? '', body: JSON.parse((await text(request)) || '{}') });
      const { status, body, headers = {}, delayMs = 0 } = answer;
      setTimeout(() => response.writeHead(status, headers).end(body), delayMs);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    requests = [];
  });

  const upstream = makeSsoOidcUpstream(makeFakeClock());
  const target = () => ({ region: 'eu-central-1', scopes: ['sso:account:access'], upstreamEndpoint: endpoint });

  async function createToken(wire: Wire, grant: { deviceCode: string } | { refreshToken: string } = DEVICE_GRANT) {
    answer = wire;
    return upstream.createToken(target(), CLIENT, grant);
  }

  it.each([
    { wire: refusal('AuthorizationPendingException', 'authorization_pending'), means: { kind: 'pending' } },
    { wire: refusal('SlowDownException', 'slow_down'), means: { kind: 'slow_down' } },
    { wire: refusal('AccessDeniedException', 'access_denied'), means: { kind: 'denied' } },
    { wire: refusal('ExpiredTokenException', 'expired_token'), means: { kind: 'expired' } },
    { wire: refusal('InvalidGrantException', 'invalid_grant'), means: { kind: 'invalid_grant' } },
    { wire: refusal('InvalidClientException', 'invalid_client', 401), means: { kind: 'invalid_client' } },
    {
      wire: refusal('UnauthorizedClientException', 'unauthorized_client'),
      means: { kind: 'refused', exception: 'UnauthorizedClientException' },
    },
    {
      wire: refusal('InternalServerException', 'server_error', 500),
      means: { kind: 'unavailable', cause: 'server_error' },
    },
    { wire: json(503, {}), means: { kind: 'unavailable', cause: 'server_error' } },
    { wire: json(429, {}), means: { kind: 'unavailable', cause: 'throttled' } },
    { wire: refusal('SlowDownException', 'slow_down', 429), means: { kind: 'slow_down' } },
    { wire: refusal('ThrottlingException', 'x'), means: { kind: 'unavailable', cause: 'throttled' } },
    { wire: json(200, { tokenType: 'Bearer', expiresIn: 60 }), means: { kind: 'unavailable', cause: 'server_error' } },
    { wire: json(200, { accessToken: 'a' }), means: { kind: 'unavailable', cause: 'server_error' } },
    { wire: { status: 502, body: '<html>Bad gateway</html>' }, means: { kind: 'unavailable' } },
    { wire: { status: 200, body: 'not JSON' }, means: { kind: 'unavailable' } },
  ])('a token request answered $wire.status $wire.headers means $means, and is made once', async ({ wire, means }) => {
    expect(await createToken(wire)).toMatchObject(means);
    expect(requests).toHaveLength(1);
  });

  it('tokens end by the time at which they were asked for, never later', async () => {
    const wire = json(200, { accessToken: 'aoa', refreshToken: 'aor', tokenType: 'Bearer', expiresIn: 28_800 });

    expect(await createToken(wire)).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'aoa', refreshToken: 'aor', expiresAt: START_SECONDS + 28_800 },
    });
  });

  it('tokens without a refresh token have none', async () => {
    const wire = json(200, { accessToken: 'aoa', tokenType: 'Bearer', expiresIn: 28_800, refreshToken: null });

    expect(await createToken(wire)).toEqual({
      kind: 'tokens',
      tokens: { accessToken: 'aoa', expiresAt: START_SECONDS + 28_800 },
    });
  });

  it.each([
    {
      grant: DEVICE_GRANT,
      sends: { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode: 'upstream-device-code' },
    },
    { grant: { refreshToken: 'aor' }, sends: { grantType: 'refresh_token', refreshToken: 'aor' } },
  ])('a token is asked for with $sends.grantType', async ({ grant, sends }) => {
    await createToken(json(200, {}), grant);

    const client = { clientId: 'upstream-client', clientSecret: 'upstream-secret' };
    expect(requests).toEqual([{ path: '/token', body: { ...client, ...sends } }]);
  });

  it('a token request that is not answered in 3 s timed out', async () => {
    const startedAt = performance.now();

    const timedOut = await createToken({ ...json(200, {}), delayMs: 20_000 });

    expect(timedOut).toEqual({ kind: 'unavailable', cause: 'timeout' });
    expect(performance.now() - startedAt).toBeGreaterThan(UPSTREAM_TIMEOUT_MS - 50);
  });

  it('an upstream that is not there is a network problem', async () => {
    const nowhere = { ...target(), upstreamEndpoint: 'http://127.0.0.1:1' };

    expect(await upstream.createToken(nowhere, CLIENT, DEVICE_GRANT)).toEqual({
      kind: 'unavailable',
      cause: 'network',
    });
  });

  it('registers the broker as a public client under its own name, with the fleet’s scopes', async () => {
    answer = json(200, { clientId: 'c', clientSecret: 's', clientSecretExpiresAt: START_SECONDS + 7_776_000 });

    const answered = await upstream.registerClient(target());

    const expiresAt = START_SECONDS + 7_776_000;
    expect(answered).toMatchObject({ kind: 'registered', registration: { clientId: 'c', expiresAt } });
    expect('registration' in answered && answered.registration.clientSecret.reveal()).toBe('s');
    const body = { clientName: 'fleet-token-broker', clientType: 'public', scopes: ['sso:account:access'] };
    expect(requests).toEqual([{ path: '/client/register', body }]);
  });

  it.each([
    { wire: json(200, { clientId: 'c' }), means: { kind: 'unavailable', cause: 'server_error' } },
    { wire: refusal('SlowDownException', 'slow_down'), means: { kind: 'unavailable', cause: 'throttled' } },
    { wire: refusal('InvalidRequestException', 'invalid_request'), means: { kind: 'refused' } },
    { wire: refusal('InvalidClientException', 'invalid_client', 401), means: { kind: 'invalid_client' } },
    { wire: refusal('AccessDeniedException', 'access_denied'), means: { kind: 'refused' } },
  ])('setting up answered $wire.body means $means, for a registration and for a start', async ({ wire, means }) => {
    answer = wire;

    expect(await upstream.registerClient(target())).toMatchObject(means);
    expect(await upstream.startDeviceAuthorization(target(), CLIENT, 'https://x.example/start')).toMatchObject(means);
    expect(requests).toHaveLength(2);
  });
});
