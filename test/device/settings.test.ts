import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newDevice } from './device.ts';
import { describeEachProgram } from './programs.ts';
import { enrolledAt, startScriptedBroker } from './scripted-broker.ts';

const NOWHERE = 'http://127.0.0.1:9';

describeEachProgram((program) => {
  it.for([
    [[], 'Usage: ftb'],
    [['dance'], 'There is no command dance. See: ftb help'],
    [['login', '--fast'], 'login does not know --fast. See: ftb help'],
    [['login', '--wait'], 'Say how many seconds: ftb login --wait 60'],
    [['login', '--wait', '5m'], 'Say how many seconds: ftb login --wait 60'],
    [['register', 'now'], 'register does not know now. See: ftb help'],
    [['credentials', '--json'], 'credentials does not know --json. See: ftb help'],
    [['status', '--yaml'], 'status does not know --yaml. See: ftb help'],
    [['logout', 'me'], 'logout does not know me. See: ftb help'],
    [['--config'], '--config needs a value. See: ftb help'],
    [['--config', '/nowhere.conf', 'status'], 'There is no settings file /nowhere.conf. Correct --config.'],
  ] as const)('says 1 and what is wrong with %j', async ([args, text], ctx) => {
    const { status, stdout, stderr } = await newDevice(ctx, program, { api: NOWHERE }).run(...args);

    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(text);
  });

  it.for([
    ['', 'Set FTB_API'],
    ['broker.example.com', 'must begin with https://'],
    ['http://broker.example.com', 'must begin with https://: over http://'],
    ['http://127.0.0.1.example.com', 'must begin with https://: over http://'],
    ['https://user@broker.example.com', 'must be a plain address'],
    ['https://broker.example.com/v1?x=1', 'must be a plain address'],
    ['https://broker.example.com/a b', 'must be a plain address'],
  ] as const)('refuses %j as FTB_API', async ([api, text], ctx) => {
    const { status, stderr } = await newDevice(ctx, program, { api }).run('login');

    expect(status).toBe(1);
    expect(stderr).toContain(text);
  });

  it('says 2 when it is to register without an enrollment key', async (ctx) => {
    const { status, stderr } = await newDevice(ctx, program, { api: NOWHERE }).run('login');

    expect(status).toBe(2);
    expect(stderr).toContain('Set FTB_ENROLLMENT_KEY or FTB_ENROLLMENT_KEY_FILE');
  });

  it('takes the enrollment key from <api>/e/<key> and keeps it out of every URL', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, { api: `${broker.url}/e/${broker.enrollmentKey}/` });

    expect((await device.run('login', '--wait', '0')).status).toBe(3);
    expect(broker.calls.map(({ route }) => route)).toEqual(['/register', '/device_authorization']);
    expect(broker.calls[0]?.authorization).toBe(`Bearer ${broker.enrollmentKey}`);
    expect(device.read('client')).toContain(`api=${broker.url}\n`);
  });

  it('takes the enrollment key from a file', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, { api: broker.url });
    const file = join(String(device.env.HOME), 'key');
    writeFileSync(file, `${broker.enrollmentKey}\r\n`);
    device.env.FTB_ENROLLMENT_KEY_FILE = file;

    expect((await device.run('register')).status).toBe(0);
    expect(broker.calls[0]?.authorization).toBe(`Bearer ${broker.enrollmentKey}`);
  });

  it('reads settings from a file without running it, and lets the environment win', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, { api: '' });
    const file = join(String(device.env.HOME), 'ftb.conf');
    writeFileSync(
      file,
      `# our kiosks\nFTB_API="${broker.url}"\n\nFTB_NAME=$(touch ${device.stateDir}-run)\nFTB_ENROLLMENT_KEY=${broker.enrollmentKey}`,
    );

    expect((await device.run('--config', file, 'register')).status).toBe(0);
    expect(JSON.parse(broker.calls[0]?.body ?? '')).toMatchObject({ client_name: 'kiosk-7' });
  });

  it('sends a device name with quotes and backslashes as it is', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const name = 'kiosk "7" \\ @home = {é}';

    await newDevice(ctx, program, { ...enrolledAt(broker), env: { FTB_NAME: name } }).run('register');

    expect(JSON.parse(broker.calls[0]?.body ?? '').client_name).toBe(name);
  });

  it('refuses a line in the settings file that it does not know', async (ctx) => {
    const device = newDevice(ctx, program, { api: NOWHERE });
    const file = join(String(device.env.HOME), 'ftb.conf');
    writeFileSync(file, 'FTB_APPI=https://broker.example.com\n');

    expect((await device.run('--config', file, 'status')).status).toBe(1);
  });

  it('refuses to mix two brokers in one state folder', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('register');
    const moved = newDevice(ctx, program, { api: NOWHERE, stateDir: device.stateDir });

    const { status, stderr } = await moved.run('login');

    expect(status).toBe(1);
    expect(stderr).toContain(`belongs to ${broker.url}. Unset FTB_API`);
  });

  it('says 1 when its folder cannot be written, before it asks for anything', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    writeFileSync(`${device.env.HOME}/file`, '');
    const misplaced = newDevice(ctx, program, { ...enrolledAt(broker), stateDir: `${device.env.HOME}/file/state` });

    expect((await misplaced.run('login')).status).toBe(1);
    expect(broker.calls).toEqual([]);
  });

  it('tells in status what is stored, with an exit status for each state', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    const look = async () => [(await device.run('status')).status, (await device.status()).state];

    expect(await look()).toEqual([2, 'not_enrolled']);
    await device.run('register');
    expect(await look()).toEqual([2, 'registered']);
    await device.run('login', '--wait', '0');
    expect(await look()).toEqual([3, 'pending']);
    broker.script['/token'] = [broker.tokens('token')];
    await device.run('login');
    expect(await look()).toEqual([0, 'signed_in']);
    writeFileSync(
      join(device.stateDir, 'token'),
      (device.read('token') ?? '').replace(/^expires_at=.*$/m, 'expires_at=1000000000'),
    );
    expect(await look()).toEqual([5, 'expired']);
  });

  it('tells in status --json how long each thing lasts', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');

    expect(await device.status()).toEqual({
      state: 'pending',
      api: broker.url,
      stateDir: device.stateDir,
      release: null,
      registration: { clientId: 'client-1', secondsLeft: expect.closeTo(7_776_000, -2) },
      session: {
        userCode: 'ABCD-EFGH',
        verificationUri: 'https://device.example.com/',
        verificationUriComplete: 'https://device.example.com/?user_code=ABCD-EFGH',
        secondsLeft: expect.closeTo(600, -2),
      },
      token: null,
      credentials: null,
    });
  });

  it('shows the link again in status while it waits', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    await device.run('login', '--wait', '0');

    expect((await device.run('status')).stdout).toContain('https://device.example.com/?user_code=ABCD-EFGH');
  });

  it('keeps its state in XDG_STATE_HOME when it is not root and told nothing else', async (ctx) => {
    if (process.getuid?.() === 0) return ctx.skip('root keeps it in /var/lib/ftb');
    const device = newDevice(ctx, program, { api: NOWHERE });
    const home = `${device.env.HOME}/xdg`;
    mkdirSync(home);
    device.env.FTB_STATE_DIR = '';
    device.env.XDG_STATE_HOME = home;

    expect((await device.run('help')).stdout).toContain(`${home}/ftb`);
  });

  it('explains itself, exit statuses included', async (ctx) => {
    const { status, stdout } = await newDevice(ctx, program, { api: NOWHERE }).run('help');

    expect(status).toBe(0);
    for (const word of ['login', 'register', 'credentials', 'status', 'logout', 'FTB_API', '8 another ftb']) {
      expect(stdout).toContain(word);
    }
  });
});
