/** boto3 of this machine, unmodified. */

import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { makeAwsHome } from '../support/aws-home.ts';
import { login, start } from '../support/device.ts';
import { deployedApi, gatewayResponse, startScript } from '../support/gateway.ts';
import { broker, upstreamCalls } from '../support/local-broker.ts';
import { type Finished, run, versionOf } from '../support/programs.ts';

const version = await versionOf('python3', ['-c', 'import boto3; print(boto3.__version__)']);

function needBoto3({ skip }: TestContext): void {
  if (version === undefined) skip('no python3 with boto3 here: install it to run this test');
}

/** Runs a program that reads its input as JSON and prints JSON. */
async function python(program: string, input: object, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const prelude = 'import json, sys\ninput = json.loads(sys.argv[1])\n';
  return run('python3', ['-', JSON.stringify(input)], { input: prelude + program, env });
}

const CLIENT = `
import boto3, botocore.config
config = botocore.config.Config(retries={'total_max_attempts': 1})
def client(url):
    return boto3.client('sso-oidc', endpoint_url=url, region_name='us-east-1', config=config)
`;

describe(`boto3 (${version ?? 'not here'})`, () => {
  it('knows the errors of a poll by their classes, and its tokens', async (context) => {
    needBoto3(context);
    const device = await start(broker());
    const program = `${CLIENT}
import time, urllib.request, urllib.parse
oidc = client(input['url'])
poll = lambda **more: oidc.create_token(**{**input['poll'], **more})
seen = []
for more in [{}, {'clientSecret': 'wrong'}, {'deviceCode': 'A' * 86}, {'grantType': 'authorization_code'}]:
    try: poll(**more)
    except (oidc.exceptions.AuthorizationPendingException, oidc.exceptions.InvalidClientException,
            oidc.exceptions.InvalidGrantException, oidc.exceptions.UnsupportedGrantTypeException) as error:
        seen.append([type(error).__name__, error.response['error'], error.response['error_description']])
urllib.request.urlopen(input['approve'], urllib.parse.urlencode({'user_code': input['userCode']}).encode())
while True:
    try: tokens = poll(); break
    except oidc.exceptions.AuthorizationPendingException: time.sleep(0.3)
print(json.dumps({'seen': seen, 'expiresIn': tokens['expiresIn'], 'type': tokens['tokenType']}))
`;

    const { stdout, stderr } = await python(program, {
      url: broker().api,
      approve: `${broker().identityCenter}/approve`,
      userCode: device.userCode,
      poll: {
        clientId: device.clientId,
        clientSecret: device.clientSecret,
        deviceCode: device.deviceCode,
        grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      },
    });

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      seen: [
        ['AuthorizationPendingException', 'authorization_pending', expect.stringMatching(/Poll again/)],
        ['InvalidClientException', 'invalid_client', expect.stringMatching(/Register this device again/)],
        ['InvalidGrantException', 'invalid_grant', expect.stringMatching(/Start a new device authorization/)],
        ['UnsupportedGrantTypeException', 'unsupported_grant_type', expect.stringMatching(/--use-device-code/)],
      ],
      expiresIn: expect.any(Number),
      type: 'Bearer',
    });
  });

  it('two processes refresh the same cache at once, and both sign with the role', async (context) => {
    needBoto3(context);
    const device = await login(broker());
    const home = makeAwsHome(broker(), device, -10);
    onTestFinished(home.remove);
    const before = upstreamCalls(broker(), 'CreateToken', 'ok');
    const program = `
import boto3
print(json.dumps(boto3.Session().get_credentials().get_frozen_credentials().access_key[:4]))
`;

    const finished = await Promise.all([python(program, {}, home.env), python(program, {}, home.env)]);

    expect(finished.map(({ stdout, stderr }) => [stdout.trim(), stderr])).toEqual([
      ['"ASIA"', ''],
      ['"ASIA"', ''],
    ]);
    expect(home.readToken()).toMatchObject({ refreshToken: device.refreshToken });
    // The token of the broker has long to live, so that upstream need not be asked at all.
    expect(upstreamCalls(broker(), 'CreateToken', 'ok')).toBe(before);
  });

  it('reports every answer of the gateway itself as an error of the service, with the sentence', async (context) => {
    needBoto3(context);
    const api = deployedApi();
    const types = Object.keys(api.gatewayResponses);
    const servers = await Promise.all(types.map((type) => startScript([gatewayResponse(api, type)])));
    onTestFinished(() => {
      for (const server of servers) server.close();
    });
    const program = `${CLIENT}
import botocore.exceptions
seen = []
for url in input['urls']:
    try: client(url).create_token(clientId='a', clientSecret='b', grantType='c')
    except botocore.exceptions.ClientError as error:
        seen.append([error.response['Error']['Code'], error.response['Error']['Message']])
print(json.dumps(seen))
`;

    const { stdout } = await python(program, { urls: servers.map(({ url }) => url) });

    const expected = types.map((type) => {
      const { headers, body } = gatewayResponse(api, type);
      return [headers['x-amzn-ErrorType'], JSON.parse(body).message];
    });
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
