import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSsoOidcUpstream } from '../../lambda/adapters/sso-oidc-upstream.ts';
import { makeSsoPortal } from '../../lambda/adapters/sso-portal.ts';
import { systemClock } from '../../lambda/adapters/system.ts';
import { withTraceparent } from '../../lambda/adapters/trace-context.ts';
import { makeSecret } from '../../lambda/core/secret.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const CLIENT = { clientId: 'c', clientSecret: makeSecret('s'), expiresAt: 4_000_000_000 };
const PIN = { accountId: '111122223333', roleName: 'DeviceRole' };

describe('the traceparent of a request', () => {
  let server: Server;
  let received: { path: string; headers: IncomingHttpHeaders }[];
  const upstream = makeSsoOidcUpstream(systemClock);
  const portal = makeSsoPortal();
  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target = () => ({
    region: 'eu-central-1',
    scopes: [],
    upstreamEndpoint: endpoint(),
    portalEndpoint: endpoint(),
  });

  beforeAll(async () => {
    server = createServer(({ url = '', headers }, response) => {
      received.push({ path: url.split('?')[0] ?? '', headers });
      // Later than the next call begins.
      setTimeout(() => response.end('{}'), 20);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    received = [];
  });

  const traces = () => received.map(({ headers }) => headers.traceparent);
  const poll = (deviceCode = 'd') => upstream.createToken(target(), CLIENT, { deviceCode });

  it('is on every call that the request makes to Identity Center', async () => {
    await withTraceparent(TRACEPARENT, async () => {
      await upstream.registerClient(target());
      await upstream.startDeviceAuthorization(target(), CLIENT, 'https://x.example/start');
      await poll();
      await upstream.createToken(target(), CLIENT, { refreshToken: 'r' });
      await portal.getRoleCredentials(target(), 'token', PIN);
    });

    expect(received.map(({ path, headers }) => [path, headers.traceparent])).toEqual(
      ['/client/register', '/device_authorization', '/token', '/token', '/federation/credentials'].map((path) => [
        path,
        TRACEPARENT,
      ]),
    );
  });

  it('is its own, whatever other requests are under way', async () => {
    const parents = Array.from({ length: 20 }, (_, n) => `00-${'a'.repeat(30)}${10 + n}-${'b'.repeat(16)}-01`);

    await Promise.all(
      parents.map((parent, n) =>
        withTraceparent(parent, async () => {
          await sleep((n * 7) % 13);
          await poll(`device-${parent}`);
        }),
      ),
    );

    expect(traces().toSorted()).toEqual(parents.toSorted());
  });

  it('is not there when the request had none, also after one that had', async () => {
    await withTraceparent(TRACEPARENT, () => poll());
    await withTraceparent(undefined, () => poll());
    await poll();

    expect(traces()).toEqual([TRACEPARENT, undefined, undefined]);
  });

  it.each([
    ['a secret in the wrong place', 'a-client-secret'],
    ['nothing', ''],
    ['an invalid version', TRACEPARENT.replace(/^00/, 'ff')],
    ['no trace id', TRACEPARENT.replace(/4bf\w+/, '0'.repeat(32))],
    ['no parent id', TRACEPARENT.replace(/00f0\w+/, '0'.repeat(16))],
    ['capitals', TRACEPARENT.toUpperCase()],
    ['more behind it', `${TRACEPARENT}-more`],
    ['a second line', `${TRACEPARENT}\r\nX-Other: 1`],
    ['a line end', `${TRACEPARENT}\n`],
  ])('is dropped when it is %s', async (_what, traceparent) => {
    await withTraceparent(traceparent, () => poll());

    expect(traces()).toEqual([undefined]);
  });
});
