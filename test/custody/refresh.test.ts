import { describe, expect, it } from 'vitest';
import { epochSeconds } from '../../lambda/core/ports.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { DEVICE, makeWholeBroker } from '../support/whole-broker.ts';
import { DEAD_MS, STALE_MS, signedIn, signedInTogether } from './signed-in.ts';

describe('a refresh (RFC 6749 §6)', () => {
  it('is answered from custody while more than a third of the token’s life is left', async () => {
    const { time, broker, device, refresh } = await signedIn('kiosks');
    time.advance(STALE_MS - 1_000);

    expect(await refresh()).toEqual({
      accessToken: 'upstream-access-token-1',
      tokenType: 'Bearer',
      expiresIn: 9_601,
      refreshToken: device.handle,
    });
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('asks upstream once a third is left, under the registration that the sign-in began with', async () => {
    const { time, broker, device, refresh } = await signedIn('kiosks');
    time.advance(STALE_MS);

    expect(await refresh()).toEqual({
      accessToken: 'refreshed-access-token-1',
      tokenType: 'Bearer',
      expiresIn: 3_600,
      refreshToken: device.handle,
    });
    expect(broker.refreshes.calls).toMatchObject([
      { refreshToken: 'upstream-refresh-token-1', clientId: 'upstream-client-1', target: { region: 'eu-central-1' } },
    ]);
  });

  it('is answered from custody again afterwards', async () => {
    const { time, broker, refresh } = await signedIn('kiosks');
    time.advance(STALE_MS);
    await refresh();
    time.advanceSeconds(2_399);

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1', expiresIn: 1_201 });
    expect(broker.refreshes.calls).toHaveLength(1);
  });

  it('keeps the newest refresh token, and uses it the next time', async () => {
    const { time, broker, refresh, custody } = await signedIn('kiosks');
    for (let round = 0; round < 3; round += 1) {
      time.advance(STALE_MS);
      await refresh();
    }

    expect(broker.refreshes.calls.map((call) => call.refreshToken)).toEqual([
      'upstream-refresh-token-1',
      'refreshed-refresh-token-1',
      'refreshed-refresh-token-2',
    ]);
    expect(await custody()).toMatchObject({ refreshToken: 'refreshed-refresh-token-3' });
  });

  it('keeps the old refresh token when none comes back', async () => {
    const { time, broker, refresh, custody } = await signedIn('kiosks');
    broker.refreshes.answerNext('kept', 'kept');
    for (let round = 0; round < 3; round += 1) {
      time.advance(STALE_MS);
      await refresh();
    }

    expect(broker.refreshes.calls.map((call) => call.refreshToken)).toEqual(
      Array.from({ length: 3 }, () => 'upstream-refresh-token-1'),
    );
    expect(await custody()).toMatchObject({ refreshToken: 'refreshed-refresh-token-3' });
  });

  it('keeps working for a quarter of a year, with the one handle', async () => {
    const { time, device, refresh } = await signedIn('kiosks');

    for (let day = 0; day < 89; day += 1) {
      time.advanceSeconds(86_400);
      expect(await refresh()).toMatchObject({ tokenType: 'Bearer', refreshToken: device.handle });
    }
  });

  it('in a fleet that releases credentials is the handle again, for as long as the grant can live', async () => {
    const { time, broker, device, refresh, grant } = await signedIn('gateways');
    time.advance(STALE_MS);
    const { handle } = device;

    const expiresIn = (await grant()).expiresAt - epochSeconds(time.nowMs());
    expect(await refresh()).toEqual({ accessToken: handle, tokenType: 'Bearer', expiresIn, refreshToken: handle });
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('from custody reads the grant once', async () => {
    let readAgain = 0;
    const { refresh } = await signedIn('kiosks', {
      wrapGrants: (store) => ({
        ...store,
        read: (grantId) => {
          readAgain += 1;
          return store.read(grantId);
        },
      }),
    });

    await refresh();

    expect(readAgain).toBe(0);
  });

  it('leaves nothing in the table that opens without the handle', async () => {
    const { time, device, refresh, grant } = await signedIn('kiosks');
    time.advance(STALE_MS);
    await refresh();

    const stored = JSON.stringify(await grant());
    for (const secret of ['access-token', 'refresh-token', device.handle]) expect(stored).not.toContain(secret);
  });
});

describe('twenty processes of a device that refresh at once', () => {
  it('cause one upstream call, and all have its answer', async () => {
    const { time, broker, device, refreshAtOnce, grant } = await signedInTogether('kiosks', {
      refreshes: { latencyMs: 700 },
    });
    await time.elapse(STALE_MS);

    const answers = await refreshAtOnce(20);

    expect(broker.refreshes.calls).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, expiresIn: 0 })))).toEqual(
      new Set([
        JSON.stringify({
          accessToken: 'refreshed-access-token-1',
          tokenType: 'Bearer',
          expiresIn: 0,
          refreshToken: device.handle,
        }),
      ]),
    );
    expect(await grant()).toMatchObject({ version: 2, leaseUntilMs: 0 });
  });

  it('wait no longer than it takes', async () => {
    const { time, refreshAtOnce } = await signedInTogether('kiosks', { refreshes: { latencyMs: 700 } });
    await time.elapse(STALE_MS);
    const before = time.nowMs();

    await refreshAtOnce(20);

    expect(time.nowMs() - before).toBeLessThanOrEqual(900);
  });

  it('of which the one that asks dies: the others have the old token while it lives, after eight seconds', async () => {
    const { time, broker, refreshAtOnce, changeGrant } = await signedInTogether('kiosks');
    await time.elapse(STALE_MS);
    const before = time.nowMs();
    await changeGrant((grant) => ({ ...grant, leaseUntilMs: time.nowMs() + 12_000 }));

    const answers = await refreshAtOnce(3);

    expect(answers.map((answer) => ('refused' in answer ? answer : answer.accessToken))).toEqual(
      Array.from({ length: 3 }, () => 'upstream-access-token-1'),
    );
    expect(time.nowMs() - before).toBe(8_000);
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('of which the one that asks dies, when the token is dead too, are told to come back', async () => {
    const { time, refreshAtOnce, changeGrant } = await signedInTogether('kiosks');
    await time.elapse(DEAD_MS);
    await changeGrant((grant) => ({ ...grant, leaseUntilMs: time.nowMs() + 12_000 }));

    expect(await refreshAtOnce(1)).toMatchObject([{ refused: 'server_error', retryAfterSeconds: 5 }]);
    await time.elapse(5_000);
    expect(await refreshAtOnce(1)).toMatchObject([{ accessToken: 'refreshed-access-token-1' }]);
  });
});

describe('a handle that is not the caller’s to use', () => {
  async function two() {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const [device, other] = [await broker.signIn('kiosks'), await broker.signIn('kiosks')];
    time.advance(STALE_MS);
    return { time, broker, device, other };
  }

  it('because it is another client’s gives nothing, and tells nothing of that client', async () => {
    const { broker, device, other } = await two();

    const foreign = await broker.refreshTokens({ ...other, refreshToken: device.handle, ...DEVICE });
    const unknown = await broker.refreshTokens({ ...other, refreshToken: 'never-was', ...DEVICE });

    expect(foreign).toMatchObject({ refused: 'invalid_grant' });
    expect(foreign).toEqual(unknown);
    expect(broker.refreshes.calls).toEqual([]);
  });

  it.each([
    ['with a wrong secret', { clientSecret: 'wrong' }],
    ['of a client that is not there', { clientId: 'nobody' }],
  ])('%s is refused before anything else', async (_, own) => {
    const { broker, device } = await two();

    expect(await broker.refreshTokens({ ...device, ...own, refreshToken: device.handle, ...DEVICE })).toMatchObject({
      refused: 'invalid_client',
    });
  });

  it.each(['lock', 'revoke'] as const)(
    'because its client has met a %s is refused, and nothing is refreshed',
    async (act) => {
      const { broker, device } = await two();
      await broker.operate[act](device.clientId, 'stolen');

      expect(await broker.refreshTokens({ ...device, refreshToken: device.handle, ...DEVICE })).toMatchObject({
        refused: 'invalid_client',
      });
      expect(broker.refreshes.calls).toEqual([]);
    },
  );

  it('works again once its client is unlocked', async () => {
    const { broker, device } = await two();
    await broker.operate.lock(device.clientId, 'lost');
    await broker.operate.unlock(device.clientId);

    expect(await broker.refreshTokens({ ...device, refreshToken: device.handle, ...DEVICE })).toMatchObject({
      accessToken: 'refreshed-access-token-1',
    });
  });

  it('because it is a device code, an access token or a session’s id gives nothing', async () => {
    const { broker, device } = await two();

    for (const refreshToken of [device.deviceCode, 'upstream-access-token-1', device.sessionId, device.grantId]) {
      expect(await broker.refreshTokens({ ...device, refreshToken, ...DEVICE })).toMatchObject({
        refused: 'invalid_grant',
      });
    }
  });
});
