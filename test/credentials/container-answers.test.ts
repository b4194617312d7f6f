import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { FLEETS, PIN, type WholeBrokerOptions } from '../support/whole-broker.ts';
import { withProvider } from './provider.ts';

async function setUp(fleet = 'gateways', options: Partial<Omit<WholeBrokerOptions, 'time'>> = {}) {
  const time = makeFakeClock();
  return { time, ...(await withProvider(time, fleet, options)) };
}

type Context = Awaited<ReturnType<typeof setUp>>;

describe('credentials for a container credentials provider', () => {
  it('have exactly the members that it reads', async () => {
    const { time, fetchCredentials } = await setUp();
    const atSeconds = time.nowMs() / 1000;

    const { status, body } = await fetchCredentials();

    expect(status).toBe(200);
    expect(body).toEqual({
      AccessKeyId: 'ASIAFAKE000000000001',
      SecretAccessKey: 'role-secret-key-1',
      Token: 'role-session-token-1',
      Expiration: new Date((atSeconds + 3_600) * 1000).toISOString().replace('.000Z', 'Z'),
      AccountId: PIN.accountId,
    });
    expect(body.Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('are kept by nobody on the way', async () => {
    const { fetchCredentials } = await setUp();

    expect((await fetchCredentials()).headers).toMatchObject({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    });
  });

  it.each([
    ['as it is', (handle: string) => handle],
    ['as a Bearer token', (handle: string) => `Bearer ${handle}`],
    ['as a bearer token', (handle: string) => `bearer ${handle}`],
    ['with blanks around it', (handle: string) => `  ${handle} `],
    ['with the newline of a file', (handle: string) => `${handle}\n`],
  ])('come for the handle %s', async (_, authorization) => {
    const { device, provide } = await setUp();

    expect((await provide(authorization(device.handle))).status).toBe(200);
  });

  it.each(['authorization', 'AUTHORIZATION'])('come for a header that is spelled %s', async (name) => {
    const { device, provide } = await setUp();

    expect((await provide(device.handle, name)).status).toBe(200);
  });

  it.each([undefined, '', ' ', 'Bearer', 'Bearer '])('do not come for the header %j', async (authorization) => {
    const { broker, provide } = await setUp();

    expect(await provide(authorization)).toMatchObject({
      status: 401,
      body: {
        code: 'MissingAuthorization',
        message: 'Send the handle of this device in the Authorization header.',
      },
    });
    expect(broker.portal.calls).toEqual([]);
  });
});

const REFUSALS: [string, string, (context: Context) => unknown, string, string][] = [
  [
    'the client is locked',
    'gateways',
    ({ broker, device }) => broker.operate.lock(device.clientId, 'stolen'),
    'AccessDenied',
    'This client is locked by an operator. Ask an operator to unlock it.',
  ],
  [
    'the client is revoked',
    'gateways',
    ({ broker, device }) => broker.operate.revoke(device.clientId, 'scrapped'),
    'AccessDenied',
    'This client was revoked. Ask an operator for a new enrollment key and register again.',
  ],
  [
    'the client has expired',
    'gateways',
    ({ time }) => time.advanceSeconds(7_776_000),
    'AccessDenied',
    'This client registration has expired. Register this device again with its enrollment key.',
  ],
  [
    'the handle was revoked',
    'gateways',
    ({ broker, device }) => broker.revokeToken({ ...device, token: device.handle }),
    'SessionEnded',
    'This sign-in was revoked. Start a new device authorization.',
  ],
  [
    'the portal session has ended',
    'sensors',
    ({ broker }) => broker.portal.answerNext('unauthorized'),
    'SessionEnded',
    'The Identity Center session has ended. Start a new device authorization so that somebody can approve it again.',
  ],
  [
    'the portal session has ended, with operators to ask',
    'gateways',
    ({ broker }) => broker.portal.answerNext('unauthorized'),
    'SessionEnded',
    'The Identity Center session has ended. The operators have been asked to approve this device again; until then, or to hurry, start a new device authorization.',
  ],
  [
    'the fleet releases tokens',
    'kiosks',
    () => undefined,
    'AccessDenied',
    'Fleet kiosks releases tokens, not role credentials. Use the access token with AWS.',
  ],
  [
    'the fleet names no role',
    'unpinned',
    () => undefined,
    'AccessDenied',
    'Fleet unpinned names no account and role. Ask an operator to configure accountId and roleName.',
  ],
  [
    'the approver has no such role',
    'gateways',
    ({ broker }) => broker.portal.answerNext('no_access'),
    'AccessDenied',
    'The person who approved has no role DeviceRole in account 111122223333. Assign it to them, or have somebody else approve.',
  ],
];

describe('no credentials', () => {
  it.each(REFUSALS)('because %s: 403, and what to do', async (_, fleet, before, code, message) => {
    const context = await setUp(fleet);
    await before(context);

    expect(await context.fetchCredentials()).toMatchObject({
      status: 403,
      body: { code, message, Code: code, Message: message },
    });
  });

  it('because the registration behind the sign-in has expired: 403, and what to do', async () => {
    const { time, fetchCredentials } = await setUp('sensors', { upstream: { registrationSeconds: 200_000 } });
    time.advanceSeconds(200_000);

    expect(await fetchCredentials()).toMatchObject({
      status: 403,
      body: {
        code: 'SessionEnded',
        message: 'The registration that this sign-in began with has expired. Start a new device authorization.',
      },
    });
  });

  it('because the fleet is not configured any more: 403, and nothing is fetched', async () => {
    const fleets = { ...FLEETS };
    const { broker, fetchCredentials } = await setUp('gateways', { settings: { fleets } });
    delete (fleets as Partial<typeof fleets>).gateways;

    expect(await fetchCredentials()).toMatchObject({ status: 403, body: { code: 'SessionEnded' } });
    expect(broker.portal.calls).toEqual([]);
  });

  it('for what is no handle: a device code, a token, a client’s secret, an id', async () => {
    const { broker, device, provide } = await setUp();
    const { deviceCode, clientSecret, clientId, grantId, sessionId } = device;

    for (const other of [
      deviceCode,
      clientSecret,
      clientId,
      grantId,
      sessionId,
      'upstream-access-token-1',
      'x'.repeat(9_000),
    ]) {
      expect(await provide(other)).toMatchObject({
        status: 403,
        body: { code: 'AccessDenied', message: 'This handle is not known here. Sign the device in again.' },
      });
    }
    expect(broker.portal.calls).toEqual([]);
  });

  it('also when they were fetched before: a stolen handle gives nothing once its client is locked', async () => {
    const { broker, device, fetchCredentials } = await setUp();
    expect((await fetchCredentials()).status).toBe(200);
    await broker.operate.lock(device.clientId, 'stolen');

    expect((await fetchCredentials()).status).toBe(403);
    await broker.operate.unlock(device.clientId);
    expect((await fetchCredentials()).status).toBe(200);
  });

  it('now, when AWS does not give any: 503, when to come back, and nothing of the cause', async () => {
    const { broker, fetchCredentials } = await setUp();
    broker.portal.answerNext('unavailable');

    expect(await fetchCredentials()).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '2' },
      body: { code: 'ServiceUnavailable', message: 'AWS did not give credentials now. Wait and try again.' },
    });
  });

  it('now, when the broker is broken: 503, when to come back, and nothing of the cause', async () => {
    const { fetchCredentials } = await setUp('gateways', {
      wrapGrants: (store) => ({ ...store, read: () => Promise.reject(new Error('table secret-name is gone')) }),
    });

    const { status, headers, body } = await fetchCredentials();

    expect(status).toBe(503);
    expect(headers).toMatchObject({ 'Retry-After': '2' });
    const [code, message] = ['ServiceUnavailable', 'The broker could not do this now. Wait and try again.'];
    expect(body).toEqual({ code, message, Code: code, Message: message });
  });
});
