import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { DEVICE, FLEETS, makeWholeBroker, PIN } from '../support/whole-broker.ts';
import { withProvider } from './provider.ts';

const OTHER = { accountId: '444455556666', roleName: 'RobotRole' };

describe('the one role of a device', () => {
  it('is its fleet’s, asked for with the sign-in’s own token in the fleet’s Region', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');

    await fetchCredentials();

    expect(broker.portal.calls).toEqual([
      { atMs: time.nowMs(), accessToken: 'upstream-access-token-1', pin: PIN, region: 'eu-central-1' },
    ]);
  });

  it('is its own when an operator gave it one, from the next request on', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();
    await broker.clients.setRole(device.clientId, OTHER);

    const { body } = await fetchCredentials();

    expect(body).toMatchObject({ AccountId: OTHER.accountId, AccessKeyId: 'ASIAFAKE000000000002' });
    expect(broker.portal.calls.map((call) => call.pin)).toEqual([PIN, OTHER]);
  });

  it('is its fleet’s again when the operator took it back', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways');
    await broker.clients.setRole(device.clientId, OTHER);
    await fetchCredentials();
    await broker.clients.setRole(device.clientId, undefined);

    expect((await fetchCredentials()).body).toMatchObject({ AccountId: PIN.accountId });
    expect(broker.portal.calls.map((call) => call.pin)).toEqual([OTHER, PIN]);
  });

  it('is another when only the role’s name differs', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();
    await broker.clients.setRole(device.clientId, { ...PIN, roleName: 'ReadOnlyAccess' });

    await fetchCredentials();

    expect(broker.portal.calls.map((call) => call.pin.roleName)).toEqual(['DeviceRole', 'ReadOnlyAccess']);
  });

  it.each([{ accountId: PIN.accountId }, { roleName: PIN.roleName }, {}])(
    'is none, and no credentials, when the fleet says only %j',
    async (pin) => {
      const {
        accountId: _account,
        roleName: _role,
        ...unpinned
      } = FLEETS.gateways as NonNullable<(typeof FLEETS)[string]>;
      const settings = { fleets: { gateways: { ...unpinned, ...pin } } };
      const { broker, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways', { settings });

      expect((await fetchCredentials()).status).toBe(403);
      expect(broker.portal.calls).toEqual([]);
    },
  );

  it('is the client’s in a fleet without one', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'unpinned');
    await broker.clients.setRole(device.clientId, OTHER);

    expect(await fetchCredentials()).toMatchObject({ status: 200, body: { AccountId: OTHER.accountId } });
  });

  it('is none in a fleet that releases tokens, whatever the client has', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'kiosks');
    await broker.clients.setRole(device.clientId, OTHER);

    expect((await fetchCredentials()).status).toBe(403);
    expect(broker.portal.calls).toEqual([]);
  });

  it('is one device’s alone: another’s credentials are not given for its handle', async () => {
    const broker = makeWholeBroker({ time: makeFakeClock() });
    const [one, other] = [await broker.signIn('gateways'), await broker.signIn('gateways')];

    const credentials = [
      await broker.roleCredentials(one.handle, DEVICE),
      await broker.roleCredentials(other.handle, DEVICE),
    ];

    expect(new Set(credentials.map((issued) => JSON.stringify(issued))).size).toBe(2);
    expect(broker.portal.calls.map((call) => call.accessToken)).toEqual([
      'upstream-access-token-1',
      'upstream-access-token-2',
    ]);
  });
});

describe('/token in a fleet that releases credentials', () => {
  it.each(['gateways', 'sensors', 'unpinned'])(
    '(%s) gives the handle at every turn, and nothing of upstream’s',
    async (fleet) => {
      const time = makeFakeClock();
      const broker = makeWholeBroker({ time });
      const device = await broker.signIn(fleet);
      const refresh = () => broker.refreshTokens({ ...device, refreshToken: device.handle, ...DEVICE });

      const answers: unknown[] = [await broker.redeemDeviceCode(device), await refresh()];
      time.advanceSeconds(60);
      answers.push(await broker.redeemDeviceCode(device));
      time.advanceSeconds(30_000);
      answers.push(await refresh());

      const { handle } = device;
      for (const answer of answers) {
        expect(answer).toEqual({
          accessToken: handle,
          tokenType: 'Bearer',
          refreshToken: handle,
          expiresIn: expect.any(Number),
        });
      }
      expect(JSON.stringify(answers)).not.toMatch(/access-token|refresh-token/);
      expect(broker.refreshes.calls).toEqual([]);
    },
  );

  it('says how long the handle can live: as long as the registration behind it', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const device = await broker.signIn('gateways');
    const grant = await broker.grantRecords.read(device.grantId);
    time.advanceSeconds(1_000);

    const answer = await broker.refreshTokens({ ...device, refreshToken: device.handle, ...DEVICE });

    expect(answer).toMatchObject({ expiresIn: (grant?.expiresAt ?? 0) - time.nowMs() / 1000 });
  });

  it('gives no token either for a session that began while the fleet still released them', async () => {
    const time = makeFakeClock();
    const gateways = { ...FLEETS.gateways, release: 'token' as 'token' | 'credentials' } as NonNullable<
      (typeof FLEETS)[string]
    >;
    const broker = makeWholeBroker({ time, settings: { fleets: { gateways } } });
    const device = await broker.start('gateways');
    await broker.approve(device);
    Object.assign(gateways, { release: 'credentials' });

    expect(JSON.stringify(await broker.redeemDeviceCode(device))).not.toContain('upstream-access-token');
  });

  it('gives no token for a fleet that is gone from the configuration', async () => {
    const time = makeFakeClock();
    const fleets = { ...FLEETS };
    const broker = makeWholeBroker({ time, settings: { fleets } });
    const device = await broker.start('kiosks');
    await broker.approve(device);
    await broker.pollSession(await broker.stored(device.sessionId));
    delete (fleets as Partial<typeof fleets>).kiosks;

    expect(JSON.stringify(await broker.redeemDeviceCode(device))).not.toContain('upstream-access-token');
  });
});
