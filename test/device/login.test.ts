import { expect, it } from 'vitest';
import { newDevice } from './device.ts';
import { describeEachProgram } from './programs.ts';
import { enrolledAt, oauthError, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

describeEachProgram((program) => {
  it('registers, shows link and code, and stores the token that an approval gives', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('authorization_pending'), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));

    const { status, stdout } = await device.run('login');

    expect(status).toBe(0);
    expect(stdout).toContain('https://device.example.com/?user_code=ABCD-EFGH');
    expect(stdout).toContain('ABCD-EFGH\n');
    expect(device.read('token')).toContain(String(tokenOf(broker).access_token));
    expect(device.read('session')).toBeUndefined();
  });

  it('speaks RFC 7591 when it registers and the form dialect of RFC 8628 when it signs in', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [broker.tokens('token')];

    await newDevice(ctx, program, enrolledAt(broker)).run('login');

    const [registration, authorization, token] = broker.calls;
    expect(registration).toMatchObject({
      route: '/register',
      authorization: `Bearer ${broker.enrollmentKey}`,
      contentType: 'application/json',
    });
    expect(JSON.parse(registration?.body ?? '')).toEqual({
      client_name: 'kiosk-7',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
    });
    expect(authorization).toMatchObject({
      route: '/device_authorization',
      contentType: 'application/x-www-form-urlencoded',
      form: { client_id: 'client-1', client_secret: broker.clientSecret },
    });
    expect(token?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: broker.deviceCode,
      client_id: 'client-1',
      client_secret: broker.clientSecret,
    });
  });

  it('says 4 when a person denied, and asks anew the next time only', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('access_denied'), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));

    const denied = await device.run('login');

    expect(denied).toMatchObject({ status: 4, stderr: 'ftb: The broker says access_denied.\n' });
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(2);
  });

  it('keeps its code when the gateway, not a person, denies access', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('access_denied', 403), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));

    expect((await device.run('login')).status).toBe(7);
    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('says 5 when the code expired', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('expired_token')];

    expect((await newDevice(ctx, program, enrolledAt(broker)).run('login')).status).toBe(5);
  });

  it('stops by itself when the code has ended, whatever the broker says', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const { body } = { body: { device_code: broker.deviceCode, user_code: 'ABCD-EFGH' } };
    broker.script['/device_authorization'] = [
      { body: { ...body, verification_uri: 'https://device.example.com/', expires_in: 2, interval: 1 } },
    ];
    const device = newDevice(ctx, program, enrolledAt(broker));

    expect(await device.run('login')).toMatchObject({
      status: 5,
      stderr: 'ftb: The code has expired before anybody approved. Run ftb login for a new one.\n',
    });
    expect(device.read('session')).toBeUndefined();
  });

  it('says 7 and keeps the code when the client is refused, for an operator may unlock it', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('invalid_client', 401), broker.tokens('token')];
    const device = newDevice(ctx, program, enrolledAt(broker));

    const refused = await device.run('login');

    expect(refused).toMatchObject({ status: 7 });
    expect(refused.stderr).toContain('The broker says invalid_client. (To register again: ftb register --force)');
    expect((await device.run('login')).status).toBe(0);
    expect(broker.callsOf('/device_authorization')).toHaveLength(1);
  });

  it('says 7 when the enrollment key is refused', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/register'] = [oauthError('invalid_token', 401)];

    expect(await newDevice(ctx, program, enrolledAt(broker)).run('login')).toMatchObject({
      status: 7,
      stderr: 'ftb: The broker says invalid_token.\n',
    });
  });

  it('tries to start twelve times while it is told when to come again, then says 6', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/device_authorization'] = [oauthError('slow_down', 503, { 'Retry-After': '0' })];

    expect((await newDevice(ctx, program, enrolledAt(broker)).run('login')).status).toBe(6);
    expect(broker.callsOf('/device_authorization')).toHaveLength(12);
  });

  it('tries to start four times while nobody says when to come again, then says 6', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/device_authorization'] = [oauthError('server_error', 503)];

    expect((await newDevice(ctx, program, enrolledAt(broker)).run('login')).status).toBe(6);
    expect(broker.callsOf('/device_authorization')).toHaveLength(4);
  });

  it('never lets an answer steer the terminal or forge what is stored', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/device_authorization'] = [
      {
        body: {
          device_code: `${broker.deviceCode}\nexpires_at=9999999999`,
          user_code: '\u001b[2JABCD',
          verification_uri: 'https://device.example.com/\u0007',
          expires_in: 600,
          interval: 1,
        },
      },
    ];
    const device = newDevice(ctx, program, enrolledAt(broker));

    const { stdout } = await device.run('login', '--wait', '0');

    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(device.read('session')?.match(/^expires_at=/gm)).toHaveLength(1);
  });

  it('warns of a clock that is more than five minutes off, once', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const date = new Date(Date.now() + 3_600_000 * 2.5).toUTCString();
    broker.script['/token'] = [
      { ...oauthError('authorization_pending'), headers: { Date: date } },
      { ...broker.tokens('token'), headers: { Date: date } },
    ];
    broker.script['/register'] = [
      { status: 201, headers: { Date: date }, body: { client_id: 'client-1', client_secret: broker.clientSecret } },
    ];

    const { stderr } = await newDevice(ctx, program, enrolledAt(broker)).run('login');

    expect(stderr).toBe("ftb: This device's clock is 2 h slow. Set it: AWS refuses requests with a wrong time.\n");
  });
});

function tokenOf(broker: ScriptedBroker): { access_token?: unknown } {
  return broker.tokens('token').body as { access_token?: unknown };
}
