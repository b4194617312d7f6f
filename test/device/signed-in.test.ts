import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Device, newDevice } from './device.ts';
import { describeEachProgram } from './programs.ts';
import { enrolledAt, oauthError, startScriptedBroker } from './scripted-broker.ts';

const DAY = 86_400;

/** Lets a stored thing end so many seconds from now. */
function endsIn(device: Device, file: string, seconds: number): void {
  const at = Math.floor(Date.now() / 1000) + seconds;
  writeFileSync(join(device.stateDir, file), (device.read(file) ?? '').replace(/^expires_at=.*$/m, `expires_at=${at}`));
}

describeEachProgram((program) => {
  it('asks nobody anything while its token is alive', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    const before = broker.calls.length;

    const again = await device.run('login');

    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(/^Signed in\./);
    expect(broker.calls).toHaveLength(before);
  });

  it('refreshes a token that is about to end, without a person', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'token', 200);

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/token')[1]?.form).toMatchObject({ grant_type: 'refresh_token', client_id: 'client-1' });
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
    expect((await device.status()).token?.secondsLeft).toBeGreaterThan(3000);
  });

  it('signs in anew when the broker says that the session is over', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token'), oauthError('invalid_grant'), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'token', -5);

    const again = await device.run('login');

    expect(again.status).toBe(0);
    expect(again.stderr).toBe('ftb: The broker says invalid_grant.\n');
    expect(broker.callsOf('/device_authorization')).toHaveLength(2);
    expect(broker.callsOf('/register')).toHaveLength(1);
  });

  it('keeps a token that still lives when it cannot be refreshed now', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token'), oauthError('server_error', 503, { 'Retry-After': '0' })];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'token', 200);

    expect((await device.run('login')).status).toBe(0);
    endsIn(device, 'token', -5);
    expect((await device.run('login')).status).toBe(6);
    expect(device.read('token')).toContain('refresh_token=');
  });

  it('registers again from one day before its registration ends, but only to start a sign-in', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'client', DAY - 60);
    await device.run('login');
    expect(broker.callsOf('/register')).toHaveLength(1);
    await device.run('logout');

    await device.run('login');

    expect(broker.callsOf('/register')).toHaveLength(2);
  });

  it('keeps its registration while it has more than a day', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'client', DAY + 60);
    await device.run('logout');

    await device.run('login');

    expect(broker.callsOf('/register')).toHaveLength(1);
  });

  it('registers again when its registration has ended and the broker refuses it', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token'), oauthError('invalid_client', 401), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'client', -5);
    endsIn(device, 'token', -5);

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/register')).toHaveLength(2);
  });

  it('does not get round an operator who locked it by registering again', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token'), oauthError('invalid_client', 401)];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    endsIn(device, 'token', -5);

    expect((await device.run('login')).status).toBe(7);
    expect(broker.callsOf('/register')).toHaveLength(1);
  });

  it('registers without signing in, once, and replaces a registration with --force', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));

    expect((await device.run('register')).status).toBe(0);
    expect((await device.run('register')).status).toBe(0);
    expect(broker.callsOf('/register')).toHaveLength(1);
    expect((await device.run('register', '--force')).status).toBe(0);
    expect(broker.callsOf('/register')).toHaveLength(2);
    expect(broker.callsOf('/device_authorization')).toEqual([]);
  });

  it('revokes token and code and deletes them when it signs out', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('handle')];
    broker.script['/credentials'] = [broker.credentials(3600)];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');
    await device.runForSecrets('credentials');

    expect((await device.run('logout')).status).toBe(0);

    const handle = (broker.tokens('handle').body as { access_token: string }).access_token;
    expect(broker.callsOf('/revoke').map(({ form }) => form)).toEqual([
      { token: handle, client_id: 'client-1', client_secret: broker.clientSecret },
    ]);
    expect(Object.keys(device.permissions())).toEqual(['.', 'client']);
    await device.run('logout', '--forget');
    expect(Object.keys(device.permissions())).toEqual(['.']);
  });

  it('revokes the code of a sign-in that nobody approved', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');

    await device.run('logout');

    expect(broker.callsOf('/revoke').map(({ form }) => form.token)).toEqual([broker.deviceCode]);
  });

  it('deletes nothing when it cannot revoke, so that signing out can be repeated', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    broker.script['/revoke'] = [oauthError('server_error', 503, { 'Retry-After': '0' })];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');

    expect((await device.run('logout')).status).toBe(6);
    expect(device.read('token')).toBeDefined();
  });

  it('deletes all the same when the broker refuses to revoke, and says so', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    broker.script['/revoke'] = [oauthError('invalid_client', 401)];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');

    expect((await device.run('logout')).status).toBe(7);
    expect(device.read('token')).toBeUndefined();
  });
});
