import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { localBrokerConfig } from '../../local/fleets.ts';
import { quickStart } from '../../local/quick-start.ts';
import { approve, askForToken, operatorGet, phaseOf, until, waitingDevice } from './local-device.ts';
import { clientSettings } from './stand-in-clients.ts';

describe('the local broker', () => {
  let broker: LocalBroker;
  const lines: string[] = [];

  beforeAll(async () => {
    broker = await startLocalBroker({ ephemeral: true, log: (line) => lines.push(line) });
  });
  afterAll(async () => broker.close());

  it('takes a device from its registration to its token', async () => {
    const device = await waitingDevice(broker, 'kiosk-1');
    expect((await askForToken(broker, device)).body).toMatchObject({ error: 'authorization_pending' });

    await approve(broker, device);
    let answer = await askForToken(broker, device);
    await until(async () => {
      if (answer.status !== 200) answer = await askForToken(broker, device);
      return answer.status === 200;
    });

    expect(answer.body).toMatchObject({ tokenType: 'Bearer', accessToken: expect.any(String) });
  });

  it('has the state machine fetch the token of a device that sleeps', async () => {
    const device = await waitingDevice(broker, 'sleeper');
    await approve(broker, device);

    await until(async () => (await phaseOf(broker, device)) === 'authorized');

    expect((await askForToken(broker, device)).status).toBe(200);
  });

  it('says on the terminal what becomes of a session', async () => {
    const device = await waitingDevice(broker, 'talker');
    await approve(broker, device);
    await until(() => lines.filter((line) => line.includes('talker')).length === 2);

    const said = lines.filter((line) => line.includes('talker'));
    expect(said.map((line) => line.replace(/^session \S{4}… /, ''))).toEqual([
      'talker (local): pending',
      'talker (local): authorized',
    ]);
  });

  it('writes no secret into its log, its terminal lines or the executions', async () => {
    const device = await waitingDevice(broker, 'secretive');
    await approve(broker, device);
    await until(async () => (await phaseOf(broker, device)) === 'authorized');
    const { body } = await askForToken(broker, device);

    const sfn = new SFNClient(clientSettings(broker.aws.endpoint));
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: broker.aws.stateMachineArn }),
    );
    const histories = await Promise.all(
      executions.map(({ executionArn }) => sfn.send(new GetExecutionHistoryCommand({ executionArn }))),
    );
    sfn.destroy();
    const written = [readFileSync(broker.logPath, 'utf8'), ...lines, JSON.stringify(histories)].join('\n');

    expect(JSON.stringify(histories)).toContain('sessionIds');
    const { clientSecret, deviceCode, userCode } = device;
    for (const secret of [
      clientSecret,
      deviceCode,
      userCode,
      body.accessToken,
      body.refreshToken,
      broker.enrollmentKey,
    ]) {
      expect(typeof secret).toBe('string');
      expect(written).not.toContain(secret);
    }
  });

  it('runs the table of the template, by its own name', async () => {
    const dynamodb = new DynamoDBClient(clientSettings(broker.aws.endpoint));
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: broker.aws.tableName }));
    dynamodb.destroy();

    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['byKind', 'byPhase']);
  });

  it('writes down where it is, for its owner alone', () => {
    const written = JSON.parse(readFileSync(broker.brokerFilePath, 'utf8'));

    expect(statSync(broker.brokerFilePath).mode & 0o777).toBe(0o600);
    expect(written).toEqual({
      api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      operatorsApi: broker.api,
      deviceAuth: 'client_secret',
      deviceEndpoint: `${broker.api}/e/${broker.enrollmentKey}`,
      enrollmentKey: expect.stringMatching(/^ftb-/),
      startUrl: `${broker.identityCenter}/start`,
      identityCenter: broker.identityCenter,
      console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      fleets: broker.fleets,
      aws: broker.aws,
    });
  });

  it('enrolls every fleet of its own, the quick start one among them', () => {
    const { fleets } = localBrokerConfig(broker.identityCenter);

    expect(Object.keys(broker.fleets)).toEqual(Object.keys(fleets));
    expect(new Set(Object.values(broker.fleets).map(({ enrollmentKey }) => enrollmentKey)).size).toBe(
      Object.keys(fleets).length,
    );
    expect(broker.fleets.local).toMatchObject({
      deviceEndpoint: broker.deviceEndpoint,
      enrollmentKey: broker.enrollmentKey,
      startUrl: broker.startUrl,
    });
  });

  it('prints a quick start that works in a plain shell', async () => {
    const text = quickStart(broker);
    const device = text.slice(text.indexOf('E='), text.indexOf('# Or with the AWS CLI'));
    const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', device]);

    expect(stdout).toMatch(/^Approve here: http:\/\/127\.0\.0\.1:\d+\/\?user_code=[A-Z0-9]{4}-[A-Z0-9]{4}$/m);
    expect(stdout).toContain('"error":"authorization_pending"');
  });
});

describe('a broker that is started again on its folder', () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'broker-')), '.local');
  const running: LocalBroker[] = [];
  const start = async (): Promise<LocalBroker> => {
    const broker = await startLocalBroker({ dataDir });
    running.push(broker);
    return broker;
  };
  afterEach(async () => {
    for (const broker of running.splice(0)) await broker.close();
  });
  afterAll(() => rmSync(dirname(dataDir), { recursive: true }));

  it('keeps its enrollment key, goes on polling what was pending, and delivers it', async () => {
    const first = await start();
    const device = await waitingDevice(first, 'kiosk-1');
    await first.close();
    const second = await start();
    await approve(second, device);
    await until(async () => (await phaseOf(second, device)) === 'authorized');

    expect(second.enrollmentKey).toBe(first.enrollmentKey);
    expect((await askForToken(second, device)).status).toBe(200);
  });

  it('makes a new key when the table is lost', async () => {
    const first = await start();
    await first.close();
    rmSync(join(dataDir, 'table'), { recursive: true });
    const second = await start();

    const { enrollmentKeys } = (await operatorGet(second, '/enrollment-keys')) as {
      enrollmentKeys: { fleet: string }[];
    };
    expect(second.enrollmentKey).not.toBe(first.enrollmentKey);
    expect(enrollmentKeys.filter(({ fleet }) => fleet === 'local')).toHaveLength(1);
    expect((await waitingDevice(second, 'kiosk-2')).deviceCode).toEqual(expect.any(String));
  });

  it('refuses a folder that another broker holds, in one sentence', async () => {
    await start();

    await expect(startLocalBroker({ dataDir })).rejects.toThrow(
      /^Another broker is running on \S+: stop it first, .*\.$/,
    );
  });
});

describe('an ephemeral broker', () => {
  it('leaves nothing behind', async () => {
    const broker = await startLocalBroker({ ephemeral: true });
    const folder = dirname(broker.brokerFilePath);
    expect(existsSync(folder)).toBe(true);
    await broker.close();

    expect(existsSync(folder)).toBe(false);
  });
});
