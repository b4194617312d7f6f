import { describe, expect, it } from 'vitest';
import {
  createTestClock,
  poll,
  portal,
  refresh,
  sdkFor,
  signIn,
  startDevice,
  startForTest,
} from './identity-center-driver.ts';

const CREDENTIALS = '/federation/credentials?account_id=111122223333&role_name=DeviceRole';

describe('the portal API', () => {
  it('gives role credentials whose expiration is in epoch milliseconds', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const { accessToken } = await signIn(center, sdkFor(center));

    const { roleCredentials } = await (await portal(center, CREDENTIALS, accessToken)).json();

    expect(roleCredentials.accessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    expect(roleCredentials.secretAccessKey).toHaveLength(40);
    expect(roleCredentials.sessionToken.length).toBeGreaterThan(500);
    expect(roleCredentials.expiration).toBe(clock.ms + 3_600_000);
  });

  it('lists accounts page by page', async () => {
    const center = await startForTest();
    const { accessToken } = await signIn(center, sdkFor(center));

    const first = await (await portal(center, '/assignment/accounts?max_result=1', accessToken)).json();
    const rest = await portal(center, `/assignment/accounts?next_token=${first.nextToken}`, accessToken);
    const second = await rest.json();

    expect(first.accountList).toEqual([
      {
        accountId: '111122223333',
        accountName: 'fleet-production',
        emailAddress: 'fleet-production@example.com',
      },
    ]);
    expect(second.accountList).toHaveLength(1);
    expect(second.nextToken).toBeNull();
  });

  it('lists the roles of one account', async () => {
    const accounts = [
      { accountId: '123456789012', accountName: 'a', emailAddress: 'a@example.com', roles: ['Reader'] },
    ];
    const center = await startForTest({ accounts });
    const { accessToken } = await signIn(center, sdkFor(center));

    const answer = await portal(center, '/assignment/roles?account_id=123456789012', accessToken);

    expect(await answer.json()).toEqual({
      nextToken: null,
      roleList: [{ roleName: 'Reader', accountId: '123456789012' }],
    });
  });

  it.each([
    ['an unknown role', '/federation/credentials?account_id=111122223333&role_name=Admin', 404, 'ResourceNotFound'],
    ['an unknown account', '/assignment/roles?account_id=999999999999', 404, 'ResourceNotFound'],
    ['credentials without a role', '/federation/credentials?account_id=111122223333', 400, 'InvalidRequest'],
    ['roles without an account', '/assignment/roles', 400, 'InvalidRequest'],
    ['a page of no items', '/assignment/accounts?max_result=0', 400, 'InvalidRequest'],
    ['a page token that is none', '/assignment/accounts?next_token=!', 400, 'InvalidRequest'],
  ])('refuses %s', async (_case, path, status, exception) => {
    const center = await startForTest();
    const { accessToken } = await signIn(center, sdkFor(center));

    const response = await portal(center, path, accessToken);

    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-ErrorType')).toMatch(new RegExp(`^${exception}Exception:`));
    expect(await response.json()).toHaveProperty('message');
  });

  it('refuses an unknown token with a 401', async () => {
    const center = await startForTest();

    const response = await portal(center, CREDENTIALS, 'aoaAAAAAguess');

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ message: 'Session token not found or invalid' });
  });

  it('refuses an access token at the second it expires', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const { accessToken } = await signIn(center, sdkFor(center));

    clock.advanceSeconds(3599);
    expect((await portal(center, CREDENTIALS, accessToken)).status).toBe(200);

    clock.advanceSeconds(1);
    expect((await portal(center, CREDENTIALS, accessToken)).status).toBe(401);
  });

  it('kills every token of the session on logout, and no token of another session', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const gone = await signIn(center, sdk);
    const other = await signIn(center, sdk);

    expect((await portal(center, '/logout', gone.accessToken, 'POST')).status).toBe(200);

    expect((await portal(center, CREDENTIALS, gone.accessToken)).status).toBe(401);
    await expect(refresh(sdk, gone.device, gone.refreshToken)).rejects.toMatchObject({ name: 'InvalidGrantException' });
    expect((await portal(center, CREDENTIALS, other.accessToken)).status).toBe(200);
  });

  it('cannot be entered with a device code', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await poll(sdk, device).catch(() => {});

    expect((await portal(center, '/assignment/accounts', device.deviceCode)).status).toBe(401);
  });
});
