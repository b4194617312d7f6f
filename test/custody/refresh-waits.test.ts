import { describe, expect, it } from 'vitest';
import type { ClientIdentity } from '../../lambda/core/client.ts';
import { epochSeconds } from '../../lambda/core/ports.ts';
import { makeKeyedDevice } from '../auth/assertions.ts';
import { BASE_URL } from '../support/fake-broker.ts';
import { DEVICE } from '../support/whole-broker.ts';
import { STALE_MS, signedInTogether } from './signed-in.ts';

describe('a refresh that waits for another’s', () => {
  /** A device whose token is due, while somebody else is at it for one more second. */
  async function overtaken() {
    const set = await signedInTogether('kiosks');
    await set.time.elapse(STALE_MS);
    await set.changeGrant((grant) => ({ ...grant, leaseUntilMs: set.time.nowMs() + 1_000 }));
    return set;
  }

  it('uses the assertion of its request once, and goes on', async () => {
    const { time, broker, device } = await overtaken();
    const { clientId, handle: refreshToken } = device;
    const { publicKey, sign } = await makeKeyedDevice('EdDSA');
    const identity = { method: 'private_key_jwt', keys: [publicKey] } as unknown as ClientIdentity;
    await broker.clients.records.change(
      clientId,
      () => true,
      (client) => ({ ...client, identity }),
    );
    Object.assign(broker.settings, { deviceAuth: 'private_key_jwt' });
    const now = epochSeconds(time.nowMs());
    const jwt = await sign({ iss: clientId, sub: clientId, aud: BASE_URL, iat: now, exp: now + 60 });

    const assertion = { jwt, audiences: [BASE_URL] };
    const { result } = await time.start(() => broker.refreshTokens({ clientId, assertion, refreshToken, ...DEVICE }));
    await time.finish();

    expect(await result).toMatchObject({ accessToken: 'refreshed-access-token-1' });
  });

  it('gives nothing to a client that is locked meanwhile', async () => {
    const { time, broker, device, refresh } = await overtaken();

    const { result } = await time.start(refresh);
    await broker.operate.lock(device.clientId, 'stolen');
    await time.finish();

    expect(await result).toMatchObject({ refused: 'invalid_client', description: expect.stringContaining('locked') });
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('gives nothing to a client that the table deletes meanwhile, and says to register', async () => {
    const { time, broker, device, refresh } = await overtaken();

    const { result } = await time.start(refresh);
    broker.clients.records.remove(device.clientId);
    await time.finish();

    expect(await result).toMatchObject({ refused: 'invalid_client', description: expect.stringContaining('Register') });
    expect(broker.refreshes.calls).toEqual([]);
  });
});
