import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logFault, logger } from '../../lambda/adapters/observer.ts';
import { makeSsoOidcUpstream } from '../../lambda/adapters/sso-oidc-upstream.ts';
import { makeSsoPortal } from '../../lambda/adapters/sso-portal.ts';
import { pendingSessionOf } from '../../lambda/adapters/stream-record.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';

const CLIENT = { clientId: 'upstream-client', clientSecret: makeSecret('s'), expiresAt: START_SECONDS + 1_000 };
const TARGET = { region: 'eu-central-1', scopes: ['sso:account:access'] };

let server: Server;
let answer: object;
beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', url);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

describe('a fleet without endpoints of its own', () => {
  it('is served by the Region’s OIDC service, wherever the SDK finds that', async () => {
    answer = { clientId: 'id', clientSecret: 'secret', clientSecretExpiresAt: 1_900_000_000 };

    expect((await makeSsoOidcUpstream(makeFakeClock()).registerClient(TARGET)).kind).toBe('registered');
  });

  it('is served by the Region’s access portal', async () => {
    const credentials = { accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C', expiration: 1_800_000_000_000 };
    answer = { roleCredentials: credentials };
    const pin = { accountId: '111122223333', roleName: 'DeviceRole' };

    expect((await makeSsoPortal().getRoleCredentials(TARGET, 'token', pin)).kind).toBe('credentials');
  });
});

describe('an authorization that upstream describes with the least that RFC 8628 asks for', () => {
  it('has the plain link where there is none with the code in it, and an interval of 5 seconds (§3.2)', async () => {
    answer = { deviceCode: 'd', userCode: 'u', verificationUri: 'https://x.example/device', expiresIn: 600 };

    const started = await makeSsoOidcUpstream(makeFakeClock()).startDeviceAuthorization(TARGET, CLIENT, 'https://x');

    expect(started).toMatchObject({
      kind: 'started',
      intervalSeconds: 5,
      activation: { verificationUriComplete: 'https://x.example/device' },
    });
  });
});

describe('a fault that is no Error', () => {
  it('is logged by what it is, and without what it says', () => {
    const lines: unknown[] = [];
    const spy = vi.spyOn(logger, 'error').mockImplementation((...line) => void lines.push(line));

    logFault('poll_failed', 'a secret', { sessionId: 'session-1' });
    spy.mockRestore();

    expect(lines).toEqual([['poll_failed', { sessionId: 'session-1', fault: 'string', at: undefined }]]);
  });
});

describe('a record of the stream that holds nothing', () => {
  it('is no session', () => {
    expect(pendingSessionOf({}, 0)).toBeUndefined();
  });
});
