import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { watchCommandLines } from './command-lines.ts';
import { newDevice } from './device.ts';
import { describeEachProgram } from './programs.ts';
import { enrolledAt, oauthError, startScriptedBroker } from './scripted-broker.ts';

/** Long enough for the watch to see every process that talks to the broker. */
const ANSWERS_AFTER_MS = 250;

it('the watch over command lines sees a secret that is in one', async (ctx) => {
  if (!existsSync('/proc/self/cmdline')) return ctx.skip('this machine has no /proc');
  const watch = watchCommandLines(['a-planted-secret']);
  ctx.onTestFinished(watch.stop);

  const careless = spawn('sh', ['-c', 'sleep 0.3; : a-planted-secret']);
  await new Promise((resolve) => careless.once('close', resolve));

  expect(watch.seen.size).toBeGreaterThan(0);
});

describeEachProgram((program) => {
  it('puts no secret into a command line, in a whole life', async (ctx) => {
    if (!existsSync('/proc/self/cmdline')) return ctx.skip('this machine has no /proc');
    const broker = await startScriptedBroker(ctx);
    broker.delayMs = ANSWERS_AFTER_MS;
    broker.script['/token'] = [oauthError('authorization_pending'), broker.tokens('handle')];
    broker.script['/credentials'] = [broker.credentials(200)];
    const device = newDevice(ctx, program, enrolledAt(broker));
    const watch = watchCommandLines(broker.secrets);
    ctx.onTestFinished(watch.stop);

    await device.run('login');
    await device.runForSecrets('credentials');
    await device.run('login');
    await device.run('status');
    await device.run('logout');

    expect([...watch.seen]).toEqual([]);
    if (program.name !== 'ftb.py') expect(watch.programs).toContain('curl');
    expect(new Set(broker.calls.map(({ route }) => route)).size).toBe(5);
  });

  it('keeps everything readable by its owner alone', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('authorization_pending'), broker.tokens('handle')];
    broker.script['/credentials'] = [broker.credentials(3600)];
    const device = newDevice(ctx, program, enrolledAt(broker));
    // While an answer is awaited nothing is being stored.
    broker.delayMs = ANSWERS_AFTER_MS;

    const running = device.start('login');
    await broker.called('/token', 1);
    expect(device.permissions()).toEqual({ '.': '700', client: '600', lock: '600', session: '600' });
    await running.ended;
    await device.runForSecrets('credentials');

    expect(device.permissions()).toEqual({
      '.': '700',
      client: '600',
      credentials: '600',
      handle: '600',
      token: '600',
    });
  });

  it('ignores the settings that a person made for their own curl', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    writeFileSync(`${device.env.HOME}/.curlrc`, 'verbose\nlocation\nproxy = "http://127.0.0.1:9"\n');

    expect((await device.run('register')).status).toBe(0);
  });

  it('follows no redirect with its secrets', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const elsewhere = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('handle')];
    broker.script['/credentials'] = [{ status: 302, headers: { Location: `${elsewhere.url}/credentials` } }];
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login');

    const { status, stderr } = await device.run('credentials');

    expect(status).toBe(6);
    expect(stderr).toContain('The answer (HTTP 302) is not one of a broker. Check FTB_API');
    expect(elsewhere.calls).toEqual([]);
  });
});
