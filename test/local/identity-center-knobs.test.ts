import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createTestClock,
  decide,
  poll,
  portal,
  post,
  refresh,
  register,
  sdkFor,
  signIn,
  startDevice,
  startForTest,
} from './identity-center-driver.ts';

describe('knobs', () => {
  it('replace the members that are sent and leave the others', async () => {
    const center = await startForTest();

    const response = await post(center, '/knobs', { intervalSeconds: 3, latencyMs: 5 });

    expect(await response.json()).toMatchObject({ intervalSeconds: 3, latencyMs: 5, deviceCodeLifetimeSeconds: 600 });
    expect(await (await fetch(`${center.url}/knobs`)).json()).toEqual(center.knobs);
  });

  it.each([
    ['an unknown member', { interval: 3 }, 'interval'],
    ['a wrong type', { intervalSeconds: '3', latencyMs: 7 }, 'intervalSeconds'],
    ['an unknown operation', { hang: { operation: 'Login', count: 1 } }, 'operation'],
  ])('refuse %s by name and change nothing', async (_case, patch, named) => {
    const center = await startForTest();

    const response = await post(center, '/knobs', patch);

    expect(response.status).toBe(400);
    expect((await response.json()).message).toContain(named);
    expect(center.knobs).toMatchObject({ intervalSeconds: 1, latencyMs: 0, hang: null });
  });

  it('set the lifetimes of what is issued from then on', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const sdk = sdkFor(center);
    await post(center, '/knobs', {
      deviceCodeLifetimeSeconds: 30,
      intervalSeconds: 2,
      accessTokenLifetimeSeconds: 50,
      sessionLifetimeSeconds: 70,
    });

    const { device, tokens, accessToken, refreshToken } = await signIn(center, sdk);
    const started = await startDevice(center, sdk, device);
    clock.advanceSeconds(30);

    expect(tokens.expiresIn).toBe(50);
    expect((await portal(center, '/assignment/accounts', accessToken)).status).toBe(200);
    await expect(poll(sdk, started)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    clock.advanceSeconds(40);
    await expect(refresh(sdk, device, refreshToken)).rejects.toMatchObject({ name: 'InvalidGrantException' });
  });

  it('fail the next calls of one operation, as often as ordered, before anything is done', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'approve', device.userCode);
    center.knobs.failNext = [
      { operation: 'CreateToken', status: 500, count: 1 },
      { operation: 'CreateToken', status: 503, count: 1 },
      { operation: 'CreateToken', status: 429, count: 1 },
    ];

    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'InternalServerException', error: 'server_error' });
    await expect(poll(sdk, device)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await expect(poll(sdk, device)).rejects.toMatchObject({ $metadata: { httpStatusCode: 429 } });
    await expect(poll(sdk, device)).resolves.toHaveProperty('accessToken');
  });

  it('fail portal calls in the portal shape', async () => {
    const center = await startForTest();
    const { accessToken } = await signIn(center, sdkFor(center));
    center.knobs.failNext = [{ operation: 'ListAccounts', status: 429, count: 1 }];

    const response = await portal(center, '/assignment/accounts', accessToken);

    expect(response.status).toBe(429);
    expect(response.headers.get('x-amzn-ErrorType')).toMatch(/^TooManyRequestsException:/);
    expect((await portal(center, '/assignment/accounts', accessToken)).status).toBe(200);
  });

  it('drop the answer of a call that is done: the code is spent although nobody got the tokens', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    center.knobs.dropAfterCommit = { operation: 'CreateToken', count: 1 };

    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
    await decide(center, 'approve', device.userCode);
    await expect(poll(sdk, device)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'InvalidGrantException' });
    expect(center.calls.filter((call) => call.dropped)).toMatchObject([{ operation: 'CreateToken', outcome: 'ok' }]);
  });

  it('hang a call: no answer, nothing done, and closing still works', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'approve', device.userCode);
    center.knobs.hang = { operation: 'CreateToken', count: 1 };
    const hung = poll(sdk, device).then(
      () => 'answered',
      () => 'cut off',
    );

    while (center.calls.at(-1)?.outcome !== 'hung') await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(poll(sdk, device)).resolves.toHaveProperty('accessToken');
    await center.close();

    expect(await hung).toBe('cut off');
  });

  it('delay answers, not the work', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'approve', device.userCode);
    center.knobs.latencyMs = 200;
    const startedAt = performance.now();

    const results = await Promise.allSettled([poll(sdk, device), poll(sdk, device)]);

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('calls', () => {
  it('tell what was called, when, how it ended, and about which code', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await poll(sdk, device).catch(() => {});
    await decide(center, 'approve', device.userCode);
    clock.advanceSeconds(1);
    await poll(sdk, device);

    const told = await (await fetch(`${center.url}/calls`)).json();

    const codeHash = createHash('sha256').update(device.deviceCode).digest('hex');
    const at = clock.ms - 1000;
    expect(told).toEqual({
      early: 0,
      calls: [
        { operation: 'RegisterClient', atEpochMs: at, outcome: 'ok' },
        { operation: 'StartDeviceAuthorization', atEpochMs: at, outcome: 'ok', codeHash },
        { operation: 'CreateToken', atEpochMs: at, outcome: 'AuthorizationPendingException', codeHash },
        { operation: 'Approve', atEpochMs: at, outcome: 'ok', codeHash },
        { operation: 'CreateToken', atEpochMs: at + 1000, outcome: 'ok', codeHash },
      ],
    });
  });

  it('and log lines hold no secret', async () => {
    const lines: string[] = [];
    const center = await startForTest({ log: (line) => lines.push(line) });
    const { device, accessToken, refreshToken } = await signIn(center, sdkFor(center));
    await portal(center, '/logout', accessToken, 'POST');

    const told = `${lines.join('\n')}${await (await fetch(`${center.url}/calls`)).text()}`;

    expect(lines).toContain('CreateToken ok');
    const secrets = [device.clientSecret, device.deviceCode, device.userCode, accessToken, refreshToken];
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  it('are answered with JSON also where nothing is', async () => {
    const center = await startForTest();
    await register(sdkFor(center));

    const response = await fetch(`${center.url}/nothing`);

    expect(response.status).toBe(404);
    expect((await response.json()).message).toContain('open / in a browser');
  });
});
