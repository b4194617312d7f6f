import { CreateTokenCommand } from '@aws-sdk/client-sso-oidc';
import { describe, expect, it } from 'vitest';
import {
  createTestClock,
  DEVICE_GRANT,
  decide,
  poll,
  post,
  present,
  refresh,
  register,
  sdkFor,
  signIn,
  startDevice,
  startForTest,
} from './identity-center-driver.ts';

describe('CreateToken with a device code', () => {
  it('gives an hour and a refresh token to a client with the scope sso:account:access', async () => {
    const center = await startForTest();

    const { tokens } = await signIn(center, sdkFor(center));

    expect(tokens).toMatchObject({ expiresIn: 3600, tokenType: 'Bearer' });
    expect(tokens.accessToken).toMatch(/^aoaAAAAA/);
    expect(tokens.refreshToken).toMatch(/^aorAAAAA/);
  });

  it('gives eight hours and no refresh token to a client without scopes', async () => {
    const center = await startForTest();

    const { tokens } = await signIn(center, sdkFor(center), []);

    expect(tokens.expiresIn).toBe(28_800);
    expect(tokens.refreshToken).toBeUndefined();
  });

  it('sends the members that no model has, in alphabetical order', async () => {
    const center = await startForTest();
    const { clientId, clientSecret, deviceCode, userCode } = await startDevice(center, sdkFor(center));
    await decide(center, 'approve', userCode);

    const response = await post(center, '/token', { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT });

    expect(Object.keys(await response.json())).toEqual([
      'accessToken',
      'aws_sso_app_session_id',
      'expiresIn',
      'idToken',
      'issuedTokenType',
      'originSessionId',
      'refreshToken',
      'tokenType',
    ]);
  });

  it('gives tokens to one of 50 concurrent redemptions and an invalid grant to the others', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'approve', device.userCode);

    const results = await Promise.allSettled(Array.from({ length: 50 }, () => poll(sdk, device)));

    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures).toHaveLength(49);
    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'InvalidGrantException', error_description: 'Invalid grant provided' });
    }
  });

  it('refuses a code of another client without spending it', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'approve', device.userCode);
    const thief = { ...device, ...(await register(sdk)) };

    await expect(poll(sdk, thief)).rejects.toMatchObject({ name: 'InvalidGrantException' });
    await expect(poll(sdk, device)).resolves.toHaveProperty('accessToken');
  });

  it.each([false, true])('says expired at the second a code expires (approved before: %s)', async (isApproved) => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now, deviceCodeLifetimeSeconds: 10 });
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);

    clock.ms += 9_999;
    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
    if (isApproved) await decide(center, 'approve', device.userCode);

    clock.ms += 1;
    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'ExpiredTokenException', error: 'expired_token' });
  });

  it('says access denied once a person refused', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'deny', device.userCode);

    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'AccessDeniedException', error: 'access_denied' });
  });

  it.each(['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'])(
    'refuses the grant %s',
    async (grantType) => {
      const center = await startForTest();
      const sdk = sdkFor(center);

      const refused = sdk.send(new CreateTokenCommand({ ...(await register(sdk)), grantType }));

      await expect(refused).rejects.toMatchObject({ name: 'UnsupportedGrantTypeException' });
    },
  );

  it.each([
    ['deviceCode', DEVICE_GRANT],
    ['refreshToken', 'refresh_token'],
  ])('names the missing member %s', async (member, grantType) => {
    const center = await startForTest();
    const client = await register(sdkFor(center));

    const response = await post(center, '/token', { ...client, grantType });

    expect(await response.json()).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining(member),
    });
  });
});

describe('the interval', () => {
  it('answers slow_down to a poll that comes strictly earlier, and five seconds more each time', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    const outcomeAfter = async (waitMs: number): Promise<unknown> => {
      clock.ms += waitMs;
      return poll(sdk, device).catch((error: Error) => error.name);
    };

    expect(await outcomeAfter(0)).toBe('AuthorizationPendingException');
    expect(await outcomeAfter(1000)).toBe('AuthorizationPendingException');
    expect(await outcomeAfter(999)).toBe('SlowDownException');
    expect(await outcomeAfter(5999)).toBe('SlowDownException');
    expect(await outcomeAfter(11_000)).toBe('AuthorizationPendingException');
    expect(center.calls.early).toBe(2);
  });

  it('belongs to one code: polls of another do not disturb it', async () => {
    const center = await startForTest({ now: createTestClock().now });
    const sdk = sdkFor(center);
    const client = await register(sdk);
    const devices = [await startDevice(center, sdk, client), await startDevice(center, sdk, client)];

    for (const device of devices) {
      await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
    }
    expect(center.calls.early).toBe(0);
  });

  it('never hides an approval behind slow_down, yet counts the early poll', async () => {
    const center = await startForTest({ now: createTestClock().now });
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await poll(sdk, device).catch(() => {});
    await decide(center, 'approve', device.userCode);

    await expect(poll(sdk, device)).resolves.toHaveProperty('accessToken');
    expect(center.calls.early).toBe(1);
  });

  it('never hides a refusal or an expiry behind slow_down', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now, deviceCodeLifetimeSeconds: 10 });
    const sdk = sdkFor(center);
    const denied = await startDevice(center, sdk);
    const expired = await startDevice(center, sdk);
    clock.ms += 9_999;
    await poll(sdk, denied).catch(() => {});
    await poll(sdk, expired).catch(() => {});
    await decide(center, 'deny', denied.userCode);
    clock.ms += 1;

    await expect(poll(sdk, denied)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(poll(sdk, expired)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });
});

describe('CreateToken with a refresh token', () => {
  it('rotates, and lets the previous token work for 60 seconds that a second use does not extend', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const sdk = sdkFor(center);
    const { device, refreshToken } = await signIn(center, sdk);

    const first = await refresh(sdk, device, refreshToken);
    clock.ms += 59_999;
    const second = await refresh(sdk, device, refreshToken);
    clock.ms += 1;

    expect(new Set([refreshToken, first.refreshToken, second.refreshToken]).size).toBe(3);
    await expect(refresh(sdk, device, refreshToken)).rejects.toMatchObject({
      name: 'InvalidGrantException',
      error_description: 'Invalid refresh token provided',
    });
    await expect(refresh(sdk, device, present(first.refreshToken))).resolves.toHaveProperty('accessToken');
  });

  it('refuses a refresh token that another client got', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const { refreshToken } = await signIn(center, sdk);

    await expect(refresh(sdk, await register(sdk), refreshToken)).rejects.toMatchObject({
      name: 'InvalidGrantException',
    });
  });

  it('cannot go beyond the portal session, which begins with the approval', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now, sessionLifetimeSeconds: 100 });
    const sdk = sdkFor(center);
    const { device, refreshToken } = await signIn(center, sdk);

    clock.advanceSeconds(99);
    const renewed = await refresh(sdk, device, refreshToken);
    clock.advanceSeconds(1);

    await expect(refresh(sdk, device, present(renewed.refreshToken))).rejects.toMatchObject({
      error_description: 'Invalid refresh token provided',
    });
  });
});
