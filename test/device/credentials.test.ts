import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { type Device, newDevice } from './device.ts';
import { describeEachProgram, type Program } from './programs.ts';
import { enrolledAt, oauthError, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

const ENDED = { status: 403, body: { code: 'SessionEnded', message: 'The session has ended. Sign in again.' } };
const LOCKED = { status: 403, body: { code: 'AccessDenied', message: 'This client is locked. Ask an operator.' } };
const IN_TROUBLE = {
  status: 503,
  headers: { 'Retry-After': '0' },
  body: { code: 'ServiceUnavailable', message: 'The broker could not do this now.' },
};

/** A device of a credentials fleet that is signed in. */
async function signedIn(ctx: TestContext, program: Program): Promise<{ broker: ScriptedBroker; device: Device }> {
  const broker = await startScriptedBroker(ctx);
  broker.script['/token'] = [broker.tokens('handle', 7_776_000)];
  broker.script['/credentials'] = [broker.credentials(3600)];
  const device = newDevice(ctx, program, enrolledAt(broker));
  expect((await device.run('login')).status).toBe(0);
  return { broker, device };
}

function handleOf(broker: ScriptedBroker): string {
  return (broker.tokens('handle').body as { access_token: string }).access_token;
}

describeEachProgram((program) => {
  it('prints what credential_process asks for', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);

    const { status, stdout, stderr } = await device.runForSecrets('credentials');

    const given = broker.credentials(3600).body as Record<string, string>;
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: given.AccessKeyId,
      SecretAccessKey: given.SecretAccessKey,
      SessionToken: given.Token,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      AccountId: '111122223333',
    });
    expect(broker.callsOf('/credentials')[0]?.authorization).toBe(handleOf(broker));
  });

  it('asks the broker once until five minutes before the end', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [broker.credentials(320), broker.credentials(290), broker.credentials(3600)];

    const first = await device.runForSecrets('credentials');
    expect((await device.runForSecrets('credentials')).stdout).toBe(first.stdout);
    expect(broker.callsOf('/credentials')).toHaveLength(1);

    writeFileSync(
      join(device.stateDir, 'credentials'),
      (device.read('credentials') ?? '').replace(
        /^expires_at=.*$/m,
        `expires_at=${Math.floor(Date.now() / 1000) + 299}`,
      ),
    );
    await device.runForSecrets('credentials');
    await device.runForSecrets('credentials');
    expect(broker.callsOf('/credentials')).toHaveLength(3);
  });

  it('needs no setting but the state folder, once the device is signed in', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    const bare = newDevice(ctx, program, { api: '', stateDir: device.stateDir });

    expect((await bare.runForSecrets('credentials')).status).toBe(0);
    expect(broker.callsOf('/credentials')).toHaveLength(1);
  });

  it('writes the handle for AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, without a newline', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);

    expect(device.read('handle')).toBe(handleOf(broker));
  });

  it('never starts a sign-in: 2 before one, 3 while one waits', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));

    expect(await device.run('credentials')).toMatchObject({ status: 2, stdout: '' });
    expect(broker.calls).toEqual([]);
    await device.run('login', '--wait', '0');
    const before = broker.calls.length;
    expect(await device.run('credentials')).toMatchObject({ status: 3, stdout: '' });
    expect(broker.calls).toHaveLength(before);
  });

  it('says 9 and what to do in a fleet that releases tokens', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');

    const run = await device.run('credentials');

    expect(run).toMatchObject({ status: 9, stdout: '' });
    expect(run.stderr).toContain('release: credentials');
    expect(device.read('handle')).toBeUndefined();
    expect(broker.callsOf('/credentials')).toEqual([]);
  });

  it('says 5 when the session has ended; login then opens a new one', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [ENDED];

    expect(await device.run('credentials')).toMatchObject({
      status: 5,
      stderr: 'ftb: The session has ended. Sign in again. Run: ftb login\n',
    });
    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(2);
  });

  it('says 7 and the reason when the client is locked; login opens nothing then', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [LOCKED];
    broker.script['/token'] = [oauthError('invalid_client', 401)];
    const refused = { status: 7, stderr: 'ftb: This client is locked. Ask an operator.\n' };

    expect(await device.run('credentials')).toMatchObject(refused);
    expect(await device.run('login')).toMatchObject(refused);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
    expect(device.read('handle')).toBe(handleOf(broker));
  });

  it('opens a new session in login when the broker does not know the handle any more', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [LOCKED];
    broker.script['/token'] = [oauthError('invalid_grant'), broker.tokens('handle')];

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(2);
  });

  it('says 6 when the broker is in trouble and nothing is stored', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [IN_TROUBLE];

    expect(await device.run('credentials')).toMatchObject({
      status: 6,
      stderr: 'ftb: The broker could not do this now.\n',
    });
  });

  it('gives stored credentials to their very end when the broker cannot be reached', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    broker.script['/credentials'] = [broker.credentials(120), IN_TROUBLE];
    const first = await device.runForSecrets('credentials');

    const second = await device.runForSecrets('credentials');

    expect(second.status).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain('These credentials are good for');
  });

  it('stays signed in through an outage', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    await broker.close();

    expect((await device.run('login')).status).toBe(0);
    expect((await device.run('credentials')).status).toBe(6);
  });

  it('forgets the credentials of an earlier session', async (ctx) => {
    const { broker, device } = await signedIn(ctx, program);
    await device.runForSecrets('credentials');
    await device.run('logout');
    await device.run('login');

    await device.runForSecrets('credentials');

    expect(broker.callsOf('/credentials')).toHaveLength(2);
  });
});
