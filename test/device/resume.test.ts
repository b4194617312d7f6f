import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Device, newDevice } from './device.ts';
import { describeEachProgram, PROGRAMS } from './programs.ts';
import { enrolledAt, oauthError, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

/** Kills a login with its code pending, as a power cut does. */
async function loginCutShort(broker: ScriptedBroker, device: Device): Promise<void> {
  const running = device.start('login');
  await broker.called('/token', 1);
  running.process.kill('SIGKILL');
  await running.ended;
}

describeEachProgram((program) => {
  it('goes on with its code after a kill, and starts nothing anew', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await loginCutShort(broker, device);
    broker.script['/token'] = [broker.tokens('token')];

    const { status, stdout } = await device.run('login');

    expect(status).toBe(0);
    expect(stdout).toContain('ABCD-EFGH');
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
    expect(broker.callsOf('/register')).toHaveLength(1);
  });

  it('polls no sooner after a restart than it would have without', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [
      oauthError('authorization_pending', 400, { 'Retry-After': '3' }),
      broker.tokens('token'),
    ];
    const device = newDevice(ctx, program, enrolledAt(broker));
    const running = device.start('login');
    await broker.called('/token', 1);
    while (plannedPause(device) < 3) await nextLook();
    running.process.kill('SIGKILL');
    await running.ended;

    await device.run('login');

    const [first, second] = broker.callsOf('/token');
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2950);
  });

  it('takes the tokens of a code that was approved while the device was off, even late', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');
    ageSession(device);
    broker.script['/token'] = [broker.tokens('token')];

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('starts anew when its code ended while the device was off', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');
    ageSession(device);
    broker.script['/token'] = [oauthError('expired_token'), broker.tokens('token')];

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(2);
  });

  it('believes a broker that still waits, when its own clock was wrong', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');
    ageSession(device);
    broker.script['/token'] = [oauthError('authorization_pending'), broker.tokens('token')];

    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('does not sleep through a clock that was set back', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');
    editSession(device, (text) => text.replace(/^(polled_at|next_poll_at)=.*$/gm, '$1=9999999999'));
    broker.script['/token'] = [broker.tokens('token')];

    expect((await device.run('login', '--wait', '5')).status).toBe(0);
  });

  it('starts and returns with --wait 0, then looks once when the next poll is due', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('authorization_pending', 400, { 'Retry-After': '60' })];
    const device = newDevice(ctx, program, enrolledAt(broker));

    expect((await device.run('login', '--wait', '0')).status).toBe(3);
    expect(broker.callsOf('/token')).toEqual([]);
    ageSession(device, 'next_poll_at');
    expect((await device.run('login', '--wait', '0')).status).toBe(3);
    expect((await device.run('login', '--wait', '0')).status).toBe(3);
    expect(broker.callsOf('/token')).toHaveLength(1);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('is one at a time: a second login says 8 and opens nothing', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    const running = device.start('login');
    await broker.called('/token', 1);

    const second = await device.run('login');

    expect(second.status).toBe(8);
    expect(second.stderr).toContain(`Another ftb (process ${running.process.pid}) is at work.`);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('opens one session however many start at once', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    let turnedAway = 0;

    const runs = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const run = await device.start('login').ended;
        if (run.status === 8) turnedAway += 1;
        if (turnedAway === 3) broker.script['/token'] = [broker.tokens('token')];
        return run;
      }),
    );

    expect(runs.map(({ status }) => status).sort()).toEqual([0, 8, 8, 8]);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('respects the lock of its twin', async (ctx) => {
    const twin = PROGRAMS.find((other) => other.args.at(-1) !== program.args.at(-1) && other.missing === undefined);
    if (twin === undefined) return ctx.skip('the other program cannot run here');
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    device.start('login');
    await broker.called('/token', 1);

    const second = await newDevice(ctx, twin, { ...enrolledAt(broker), stateDir: device.stateDir }).run('login');

    expect(second.status).toBe(8);
  });

  it('takes over the lock of a holder that died, though its process id lives again', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(join(device.stateDir, 'lock'), `${process.pid} 1 ${bootId}\n`);

    expect((await device.run('login')).status).toBe(0);
    expect(existsSync(join(device.stateDir, 'lock'))).toBe(false);
  });

  it('lets go of the lock when it is told to stop, and keeps its code', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    const running = device.start('login');
    await broker.called('/token', 1);

    running.process.kill('SIGTERM');

    expect((await running.ended).status).toBe(143);
    expect(device.read('lock')).toBeUndefined();
    expect((await device.status()).state).toBe('pending');
  });
});

/** Seconds between the last poll and the next, as stored (where they are rounded up). */
function plannedPause(device: Device): number {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(device.read('session') ?? '')?.[1]);
  return field('next_poll_at') - field('polled_at') - 1;
}

function editSession(device: Device, edit: (text: string) => string): void {
  writeFileSync(join(device.stateDir, 'session'), edit(device.read('session') ?? ''));
}

/** Makes times of the stored session long ago. */
function ageSession(device: Device, names = 'expires_at|polled_at|next_poll_at'): void {
  editSession(device, (text) => text.replace(new RegExp(`^(${names})=.*$`, 'gm'), '$1=1000000000'));
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
