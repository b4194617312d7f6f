/** Unmodified AWS SDKs against the running broker, with nothing but the two variables set. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromContainerMetadata, fromHttp } from '@aws-sdk/credential-providers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningBroker, RunningSignIn } from '../support/running-broker.ts';

const run = promisify(execFile);

/** Prints what the default chain of the JavaScript SDK finds, as any program of a device would use it. */
const JS_PROGRAM = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
const { accessKeyId, secretAccessKey, sessionToken } =
  await new DynamoDBClient({ region: 'us-east-1' }).config.credentials();
console.log(JSON.stringify({ accessKeyId, secretAccessKey, sessionToken }));
`;

const PYTHON_PROGRAM = `
import boto3, json
found = boto3.Session(region_name='us-east-1').get_credentials()
frozen = found.get_frozen_credentials()
print(json.dumps({'method': found.method, 'accessKeyId': frozen.access_key,
                  'secretAccessKey': frozen.secret_key, 'sessionToken': frozen.token}))
`;

export function sdkSuite(running: RunningBroker): void {
  describe('an unmodified SDK with two variables', () => {
    let device: RunningSignIn;
    let home: string;
    let tokenFile: string;
    beforeAll(async () => {
      device = await running.signIn('gateways');
      home = mkdtempSync(join(tmpdir(), 'broker-sdk-'));
      tokenFile = join(home, 'handle');
      writeFileSync(tokenFile, device.handle, { mode: 0o600 });
    });
    afterAll(() => rmSync(home, { recursive: true }));

    const uri = (): string => `${running.broker().api}/credentials`;
    const byToken = () => ({ AWS_CONTAINER_AUTHORIZATION_TOKEN: device.handle });
    const byFile = () => ({ AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile });

    /** What every program of the device has, beside the two variables: a path, and a home with nothing in it. */
    const environment = (own: Record<string, string>) => ({
      PATH: process.env.PATH ?? '',
      HOME: home,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: uri(),
      ...own,
    });

    /** The credentials that the device has now, by the broker's own word. */
    async function issued() {
      const response = await fetch(uri(), { headers: { Authorization: device.handle } });
      const { AccessKeyId, SecretAccessKey, Token } = (await response.json()) as Record<string, string>;
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
    }

    /** Runs something with variables of this process set. */
    async function withVariables<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
      const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
      Object.assign(process.env, variables);
      try {
        return await work();
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    }

    it('fromContainerMetadata of the JavaScript SDK has credentials', async () => {
      const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri(), ...byToken() };
      const found = await withVariables(variables, () => fromContainerMetadata()());

      expect(found).toMatchObject(await issued());
      expect(found.expiration?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    });

    it.each(['token', 'file'])('fromHttp of the JavaScript SDK has credentials, by %s', async (how) => {
      const options =
        how === 'token'
          ? { awsContainerAuthorizationToken: device.handle }
          : { awsContainerAuthorizationTokenFile: tokenFile };
      const found = await fromHttp({ awsContainerCredentialsFullUri: uri(), ...options })();

      expect(found).toMatchObject(await issued());
    });

    it.each(['token', 'file'])('the JavaScript SDK’s default chain has credentials, by %s', async (how) => {
      const env = environment(how === 'token' ? byToken() : byFile());
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', JS_PROGRAM], { env });

      expect(JSON.parse(stdout)).toMatchObject(await issued());
    });

    for (const how of ['token', 'file']) {
      it(`boto3’s default chain has credentials, by ${how}`, async ({ skip }) => {
        const env = environment(how === 'token' ? byToken() : byFile());
        const hasBoto3 = await run('python3', ['-c', 'import boto3'], { env }).then(
          () => true,
          () => false,
        );
        if (!hasBoto3) skip('no python3 with boto3 here: install it to run this test');

        const { stdout } = await run('python3', ['-c', PYTHON_PROGRAM], { env });

        expect(JSON.parse(stdout)).toEqual({ method: 'container-role', ...(await issued()) });
      });
    }

    it('all of them together have cost one call to AWS', () => {
      expect(running.upstreamCalls('GetRoleCredentials')).toBe(1);
    });

    it('of a device that was locked prints why, and what to do', async () => {
      const { clientId } = device;
      await running.operate('POST', `/clients/${clientId}/lock`, { reason: 'stolen' });

      const options = { awsContainerCredentialsFullUri: uri(), awsContainerAuthorizationToken: device.handle };
      await expect(fromHttp({ ...options, maxRetries: 0 })()).rejects.toMatchObject({
        Code: 'AccessDenied',
        Message: 'This client is locked by an operator. Ask an operator to unlock it.',
      });
      await running.operate('POST', `/clients/${clientId}/unlock`);
      await expect(fromHttp(options)()).resolves.toMatchObject(await issued());
    });
  });
}
