import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHttp } from '@aws-sdk/credential-providers';
import { afterAll, beforeAll, expect, it, type TestContext, vi } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { type Device, newDevice, type Run } from './device.ts';
import { approve, operate } from './people.ts';
import { describeEachProgram, type Program } from './programs.ts';

// One broker serves all of them here.
vi.setConfig({ maxConcurrency: 4, testTimeout: 90_000 });

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startLocalBroker({ port: 0, ephemeral: true });
});
afterAll(() => broker.close());

function deviceOf(ctx: TestContext, program: Program, fleet: string): Device {
  const enrolled = broker.fleets[fleet];
  if (enrolled === undefined) throw new Error(`The local run has no fleet ${fleet}.`);
  return newDevice(ctx, program, { api: enrolled.deviceEndpoint, secrets: [enrolled.enrollmentKey] });
}

async function approveOn(device: Device): Promise<void> {
  const { session } = await device.status();
  await approve(broker, session?.verificationUriComplete ?? '');
}

/** Looks until there is an outcome. The half minute between polls of a deferred sign-in is cut short in the state file. */
async function look(device: Device): Promise<Run> {
  for (;;) {
    const planned = join(device.stateDir, 'session');
    writeFileSync(planned, readFileSync(planned, 'utf8').replace(/^next_poll_at=.*$/m, 'next_poll_at=0'));
    const run = await device.run('login', '--wait', '0');
    if (run.status !== 3) return run;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Signs a device in as it happens: a start, an approval, a later look. */
async function signIn(device: Device): Promise<void> {
  expect((await device.run('login', '--wait', '0')).status).toBe(3);
  await approveOn(device);
  expect((await look(device)).status).toBe(0);
}

async function signedIn(ctx: TestContext, program: Program, fleet: string): Promise<Device> {
  const device = deviceOf(ctx, program, fleet);
  await signIn(device);
  return device;
}

describeEachProgram((program) => {
  it('signs in while it waits, in a fleet that releases tokens', async (ctx) => {
    const device = deviceOf(ctx, program, 'local');
    const running = device.start('login');
    while ((await device.status()).state !== 'pending') await new Promise((resolve) => setTimeout(resolve, 50));
    await approveOn(device);

    expect((await running.ended).status).toBe(0);
    expect(await device.status()).toMatchObject({ state: 'signed_in', release: 'token' });
    expect((await device.run('credentials')).status).toBe(9);
    expect((await device.run('logout')).status).toBe(0);
  });

  it('signs in when the broker was approved before it looked, after a deferred approval', async (ctx) => {
    const device = await signedIn(ctx, program, 'kiosks');

    expect(await device.status()).toMatchObject({ state: 'signed_in', release: 'token' });
  });

  it('gives the same role credentials by credential_process and by the container provider of an AWS SDK', async (ctx) => {
    const device = await signedIn(ctx, program, 'gateways');

    const printed = JSON.parse((await device.runForSecrets('credentials')).stdout) as Record<string, string>;
    const provided = await fromHttp({
      awsContainerCredentialsFullUri: `${broker.api}/credentials`,
      awsContainerAuthorizationTokenFile: `${device.stateDir}/handle`,
    })();

    expect(printed).toMatchObject({ Version: 1, AccountId: '111122223333', AccessKeyId: provided.accessKeyId });
    expect(printed.SessionToken).toBe(provided.sessionToken);
  });

  it('hears that it is locked, opens nothing then, and goes on when it is unlocked', async (ctx) => {
    const device = await signedIn(ctx, program, 'gateways');
    const { registration } = await device.status();
    await operate(broker, `/clients/${registration?.clientId}/lock`, { reason: 'stolen' });

    const locked = await device.run('credentials');

    expect(locked.status).toBe(7);
    expect(locked.stderr).toContain('locked');
    expect((await device.run('login')).status).toBe(7);
    await operate(broker, `/clients/${registration?.clientId}/unlock`);
    expect((await device.runForSecrets('credentials')).status).toBe(0);
  });

  it('leaves nothing behind that works when it signs out', async (ctx) => {
    const device = await signedIn(ctx, program, 'gateways');
    const handle = device.read('handle') ?? '';

    expect((await device.run('logout')).status).toBe(0);

    const answer = await fetch(`${broker.api}/credentials`, { headers: { Authorization: handle } });
    expect(answer.status).toBe(403);
    expect((await device.run('credentials')).status).toBe(2);
  });

  it('signs in again by itself when its session was ended from elsewhere', async (ctx) => {
    const device = await signedIn(ctx, program, 'gateways');
    const client = Object.fromEntries(
      (device.read('client') ?? '').split('\n').map((line) => line.split('=') as [string, string]),
    );
    await fetch(`${broker.api}/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: device.read('handle') ?? '',
        client_id: client.client_id ?? '',
        client_secret: client.client_secret ?? '',
      }),
    });

    expect((await device.run('credentials')).status).toBe(5);
    await signIn(device);
    expect((await device.runForSecrets('credentials')).status).toBe(0);
  });

  it('hears of an enrollment key that is no good', async (ctx) => {
    const device = newDevice(ctx, program, { api: broker.api, enrollmentKey: 'ftb-none' });

    const { status, stderr } = await device.run('register');

    expect(status).toBe(7);
    expect(stderr).toContain('operators create keys');
  });
});
