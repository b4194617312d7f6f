/** The app as it is, through `cdk bootstrap`, `cdk deploy`, an update and `cdk destroy`, with devices that live through it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { MAX_TICKS } from '../../lambda/core/cohort.ts';
import { type IdentityCenter, startIdentityCenter } from '../../local/identity-center/server.ts';
import { authorize, call, decide, type Endpoint, poll, pollToTheEnd, register } from '../e2e/device.ts';
import { sessionIdOf } from '../e2e/operator.ts';
import { type AwsAccount, awsAccount } from './aws-account.ts';
import { cdkProject, type StackOutputs } from './cdk-project.ts';
import { deployedBroker } from './deployed-broker.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { gapsText } from './emulator-gaps.ts';
import { listen } from './event-listener.ts';

const tools = inject('pythonTools');
const TOKEN = {
  status: 200,
  body: { accessToken: expect.stringMatching(/^aoaAAAAA/), refreshToken: expect.any(String) },
};

describe.skipIf('missing' in tools)('the stack, deployed into an independent emulator of AWS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'broker-deploy-'));
  let emulator: Emulator;
  let account: AwsAccount;
  let identityCenter: IdentityCenter;
  let project: ReturnType<typeof cdkProject>;
  let outputs: StackOutputs;
  let broker: ReturnType<typeof deployedBroker>;
  let kiosks: Endpoint;
  let bootstrapped: string[];

  const fleet = () => ({
    startUrl: identityCenter.startUrl,
    region: 'us-east-1',
    upstreamEndpoint: identityCenter.url,
    portalEndpoint: identityCenter.url,
    minimumInterval: 1,
  });

  beforeAll(async () => {
    if ('missing' in tools) return;
    identityCenter = await startIdentityCenter({ port: 0 });
    emulator = await startEmulator(tools.bin, folder);
    account = awsAccount(emulator.endpoint);
    project = cdkProject(emulator, join(folder, 'project'));
    project.configure({ fleets: { kiosks: fleet() } });
    await project.bootstrap();
    bootstrapped = await account.inventory();
    outputs = await project.deploy();
    broker = deployedBroker(emulator.endpoint, outputs);
  });

  afterAll(async () => {
    await emulator?.stop();
    await identityCenter?.close();
    rmSync(folder, { recursive: true, force: true });
    console.log(gapsText());
  });

  describe('deployed for the first time', () => {
    it('says where devices and operators call', () => {
      expect(outputs).toMatchObject({
        ApiUrl: expect.stringMatching(/^https:\/\/[a-z0-9]+\.execute-api\.us-east-1\.amazonaws\.com\/v1$/),
        OpsUrl: `${outputs.ApiUrl}/sessions`,
        TableName: expect.any(String),
        StateMachineName: expect.any(String),
      });
    });

    it('asks an unsigned operator for a signature, in a form that OAuth clients survive', async () => {
      const answer = await fetch(`${broker.api}/sessions`);

      expect({ status: answer.status, body: await answer.json() }).toEqual({
        status: 403,
        body: expect.objectContaining({
          error: 'access_denied',
          message: expect.stringContaining('Signature Version 4'),
        }),
      });
    });

    it('enrolls a device with the key that an operator made', async () => {
      kiosks = await broker.enroll('kiosks', identityCenter.startUrl);

      expect(await register(kiosks, 'kiosk-1')).toMatchObject({ clientId: expect.any(String) });
    });

    it('refuses what a role does not allow: here the use of the key, whose condition the emulator does not know', async () => {
      const client = await register(kiosks, 'kiosk-2');
      const start = () =>
        call(`${kiosks.deviceEndpoint}/device_authorization`, { ...client, startUrl: kiosks.startUrl });
      expect(await start(), 'the emulator knows kms:EncryptionContext by now: take the way round out').toMatchObject({
        status: 503,
      });

      await allowWithoutCondition(account);

      // The broker waits a while before it tries again what failed, and so does a device.
      await expect.poll(start, { timeout: 60_000, interval: 1000 }).toMatchObject({ status: 200 });
    });

    it('gives a device its token when it polls', async () => {
      const device = await authorize(kiosks, await register(kiosks, 'kiosk-3'));
      expect(await poll(kiosks, device)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });

      await decide(identityCenter.url, 'approve', device);

      expect(await pollToTheEnd(kiosks, device)).toMatchObject(TOKEN);
    });

    it('fetches the token of a device that sleeps: stream, function, state machine, function', async () => {
      const device = await authorize(kiosks, await register(kiosks, 'kiosk-4'));
      await decide(identityCenter.url, 'approve', device);

      await broker.reaches(device.deviceCode, 'authorized');

      expect(await poll(kiosks, device)).toMatchObject(TOKEN);
    });

    it('goes on in a fresh execution when one has run for long', async () => {
      const device = await authorize(kiosks, await register(kiosks, 'kiosk-5'));
      const sessionIds = [sessionIdOf(device.deviceCode)];
      const last = { cohort: 'long', generation: 0, tick: MAX_TICKS - 1, sessionIds, waitSeconds: 1 };
      const stateMachineArn = await theStateMachine(account);

      await account.operation('states', 'AWSStepFunctions.StartExecution', {
        stateMachineArn,
        name: 'long-0',
        input: JSON.stringify(last),
      });

      await expect
        .poll(() => executions(account, stateMachineArn), { timeout: 30_000 })
        .toMatchObject({ 'long-0': 'SUCCEEDED', 'long-1': expect.stringMatching(/RUNNING|SUCCEEDED/) });
    });

    it('tells on its bus what becomes of sessions, as the one who may', async () => {
      const heard = await listen(account, String(outputs.EventBusName));
      const device = await authorize(kiosks, await register(kiosks, 'kiosk-6'));
      await decide(identityCenter.url, 'deny', device);

      await expect.poll(heard.detailTypes, { timeout: 30_000, interval: 500 }).toContain('SessionDenied');
      await heard.stop();
    });

    it('polls upstream never early, whoever polls', () => {
      expect(identityCenter.calls.early).toBe(0);
    });
  });

  describe('updated', () => {
    let waiting: Awaited<ReturnType<typeof authorize>>;
    let before: string[];

    beforeAll(async () => {
      waiting = await authorize(kiosks, await register(kiosks, 'kiosk-7'));
      before = await account.inventory();
      project.configure({
        fleets: { kiosks: { ...fleet(), minimumInterval: 2 }, robots: { ...fleet(), approval: 'deferred' } },
        logRetentionDays: 90,
        throttle: { rateLimit: 500, burstLimit: 200 },
      });
    });

    it('replaces nothing', async () => {
      const changes = await project.diff();

      expect(changes).toMatch(/^\[~\] AWS::Lambda::Function /m);
      // "may be replaced" is said of names that the CLI cannot see; only these two kinds mean a loss.
      expect(changes).not.toMatch(/will be (destroyed|replaced)|requires replacement/);
      expect(changes).not.toMatch(/AWS::(DynamoDB::Table|KMS::Key) .*(destroy|replace)/);
    });

    it('keeps its address and everything it had', async () => {
      const after = await project.deploy();

      expect(after).toEqual(outputs);
      expect(await account.inventory()).toEqual(expect.arrayContaining(before));
    });

    it('serves the device that waited meanwhile', async () => {
      await decide(identityCenter.url, 'approve', waiting);

      expect(await pollToTheEnd(kiosks, waiting)).toMatchObject(TOKEN);
    });

    it('serves the fleet that was added', async () => {
      const robots = await broker.enroll('robots', identityCenter.startUrl);

      const { intervalSeconds } = await authorize(robots, await register(robots, 'robot-1'));

      expect(intervalSeconds).toBeGreaterThanOrEqual(1);
    });
  });

  describe('beside a second one in the same account', () => {
    it('is not disturbed by its deployment and its destruction, which leaves nothing', async () => {
      const before = await account.inventory();
      const second = cdkProject(emulator, join(folder, 'second'));
      second.configure({ stackName: 'SecondBroker', removalPolicy: 'destroy', fleets: { kiosks: fleet() } });

      const { ApiUrl } = await second.deploy();
      expect(ApiUrl).not.toBe(outputs.ApiUrl);
      await second.destroy();

      expect(await account.inventory()).toEqual(before);
    });
  });

  describe('destroyed', () => {
    it('leaves its table and its key, and nothing else', async () => {
      await broker.endAllSessions();
      await expect.poll(() => runningExecutions(account), { timeout: 60_000, interval: 500 }).toBe(0);

      await project.destroy();

      const left = (await account.inventory()).filter((held) => !bootstrapped.includes(held));
      console.log(`What cdk destroy left:\n  ${left.join('\n  ')}`);
      expect(left).toEqual([expect.stringMatching(/^key /), `table ${outputs.TableName}`]);
    });
  });
});

/** The same rights as in lib/permissions.ts, but without the conditions that the emulator cannot evaluate. */
const WITHOUT_CONDITION: Readonly<Record<string, readonly string[]>> = {
  DeviceApi: ['kms:Decrypt', 'kms:Encrypt'],
  Poll: ['kms:Decrypt'],
};

async function allowWithoutCondition(account: AwsAccount): Promise<void> {
  for (const [name, Action] of Object.entries(WITHOUT_CONDITION)) {
    const [RoleName = ''] = await account.roles(`FleetTokenBroker-Broker${name}Role`);
    const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await account.iam('PutRolePolicy', { RoleName, PolicyName: 'WithoutCondition', PolicyDocument });
  }
}

async function theStateMachine({ operation }: AwsAccount): Promise<string> {
  const { stateMachines } = await operation('states', 'AWSStepFunctions.ListStateMachines');
  const [{ stateMachineArn }] = stateMachines as [{ stateMachineArn: string }];
  return stateMachineArn;
}

/** The executions of a state machine: their names and how they are. */
async function executions({ operation }: AwsAccount, stateMachineArn: string): Promise<Record<string, string>> {
  const answer = await operation('states', 'AWSStepFunctions.ListExecutions', { stateMachineArn });
  const list = answer.executions as { name: string; status: string }[];
  return Object.fromEntries(list.map(({ name, status }) => [name, status]));
}

async function runningExecutions(account: AwsAccount): Promise<number> {
  const states = Object.values(await executions(account, await theStateMachine(account)));
  return states.filter((status) => status === 'RUNNING').length;
}
