import { beforeAll, describe, expect, it } from 'vitest';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { type FuzzRequest, send } from './gateway.ts';
import { deploy, type FuzzedDeployment, runTarget } from './run-target.ts';
import { TARGETS } from './targets.ts';

/** Always the same requests here; `npm run test:fuzz` sends others, and a hundred times as many. */
const SEED = 20_261_121;
const REQUESTS: Readonly<Record<DeviceAuth, number>> = {
  client_secret: 1_000,
  private_key_jwt: 150,
  iam: 150,
  mtls: 150,
};

describe.each(['client_secret', 'private_key_jwt', 'iam', 'mtls'] as const)(
  'with %s, whatever is sent to',
  (deviceAuth) => {
    let deployment: FuzzedDeployment;
    beforeAll(async () => {
      deployment = await deploy({ deviceAuth });
    }, 120_000);

    it.each(TARGETS.filter((target) => target.deviceAuth === deviceAuth))(
      '$name is answered as documented, at once, and a refusal leaves nothing behind',
      async (target) => {
        const run = await runTarget(target, deployment, { requests: REQUESTS[deviceAuth], seed: SEED });

        expect(run.failure).toBeUndefined();
        expect(run.requests).toBe(REQUESTS[deviceAuth]);
      },
    );

    it('some of it is good: requests with one fault in them come as far as they can', async () => {
      const token = TARGETS.find((target) => target.deviceAuth === deviceAuth && target.route === '/token');
      const { statuses } = await runTarget(token ?? raise(), deployment, { requests: 500, seed: SEED });

      expect(statuses['200']).toBeGreaterThan(0);
    });

    it('leaves the devices as they were: one that was approved gets its token', async () => {
      const { plane, population } = deployment;
      const device = population.devices.find(({ members }) => members.refreshToken !== undefined) ?? raise();
      const { clientId, clientSecret, refreshToken, clientAssertion, clientAssertionType } = device.members;
      const proof = { clientId, clientSecret, clientAssertion, clientAssertionType };
      const request: FuzzRequest = {
        method: 'POST',
        path: '/token',
        query: '',
        headers: [['Content-Type', 'application/json']],
        body: JSON.stringify({ ...proof, grantType: 'refresh_token', refreshToken }),
        base64: false,
        sourceIp: '192.0.2.7',
        ...device.connection,
      };
      plane.setClock(population.nowMs);

      expect(await send(plane, request)).toMatchObject({ answer: { statusCode: 200 } });
    });
  },
);

function raise(): never {
  throw new Error('There is no such target or device.');
}
