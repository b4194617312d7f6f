/** The AWS CLI of this machine, unmodified. */

import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { type AwsHome, makeAwsHome } from '../support/aws-home.ts';
import { DEVICE_GRANT, login, register, start } from '../support/device.ts';
import { eventually } from '../support/http.ts';
import { approve, broker } from '../support/local-broker.ts';
import { type Finished, run, startProgram, versionOf } from '../support/programs.ts';
import { startSts } from '../support/sts.ts';

const version = await versionOf('aws', ['--version']);
const [major = 0, minor = 0, patch = 0] = (/^aws-cli\/(\d+)\.(\d+)\.(\d+)/.exec(version ?? '') ?? [])
  .slice(1)
  .map(Number);

function needCli({ skip }: TestContext): void {
  if (version === undefined) skip('no AWS CLI here: install it to run this test');
}

/** One command of `aws sso-oidc` with its input as JSON: version 1 would fetch a value that looks like an address. */
function ssoOidc(command: string, input: object): Promise<Finished> {
  const options = ['--endpoint-url', broker().deviceEndpoint, '--region', 'us-east-1', '--output', 'json'];
  return run('aws', ['sso-oidc', command, '--cli-input-json', JSON.stringify(input), ...options]);
}

function homeOf(...parameters: Parameters<typeof makeAwsHome>): AwsHome {
  const home = makeAwsHome(...parameters);
  onTestFinished(home.remove);
  return home;
}

describe(`the AWS CLI (${version ?? 'not here'})`, () => {
  it('prints the name and the sentence of an error', async (context) => {
    needCli(context);
    const { clientId, clientSecret, deviceCode } = await start(broker());

    const { code, stderr } = await ssoOidc('create-token', {
      clientId,
      clientSecret,
      deviceCode,
      grantType: DEVICE_GRANT,
    });

    expect(code).not.toBe(0);
    expect(stderr).toMatch(/AuthorizationPendingException/);
    expect(stderr).toMatch(/Poll again after the interval/);
  });

  it('says how to sign in without a browser when it was about to use one', async (context) => {
    needCli(context);
    const { stderr } = await ssoOidc('create-token', {
      ...(await register(broker())),
      grantType: 'authorization_code',
      code: 'x',
    });

    expect(stderr).toMatch(/UnsupportedGrantTypeException/);
    expect(stderr).toMatch(/--use-device-code/);
  });

  it('refreshes from its cache with nothing but an environment variable, and signs with the role', async (context) => {
    needCli(context);
    const home = homeOf(broker(), await login(broker()), -10);
    const sts = await startSts();
    onTestFinished(sts.close);

    const { stderr, code } = await run('aws', ['sts', 'get-caller-identity', '--endpoint-url', sts.url], {
      env: home.env,
    });

    expect([code, stderr]).toEqual([0, '']);
    expect(sts.accessKeys).toEqual([expect.stringMatching(/^ASIA/)]);
    expect(Date.parse(home.readToken().expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    expect(home.readToken().refreshToken).toMatch(/^[\w-]{43}$/);
  });

  it('signs in with aws sso login --use-device-code', async (context) => {
    needCli(context);
    const since = major * 1_000_000 + minor * 1000 + patch;
    if (since < 2_022_000) context.skip(`${version} has no aws sso login --use-device-code (2.22 and later have)`);
    // Later ones sign in at a start URL of AWS only, so this is not the quick start's fleet.
    const home = homeOf({ ...broker(), ...broker().fleets['aws-cli'] });
    const program = startProgram('aws', ['sso', 'login', '--use-device-code', '--no-browser'], { env: home.env });
    const userCode = await eventually(async () => /[A-Z]{4}-[A-Z]{4}/.exec(program.output())?.[0], {
      withinMs: 100_000,
    });
    await approve(broker(), userCode);

    expect((await program.finished).code).toBe(0);
    expect(home.readToken()).toMatchObject({ accessToken: expect.any(String), refreshToken: expect.any(String) });
  });
});
