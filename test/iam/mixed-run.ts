/** A local run in which devices, operators, the loop and the schedules do everything that calls AWS. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type LocalBroker, type LocalBrokerOptions, startLocalBroker } from '../../local/broker.ts';
import { startFunctions } from '../../local/functions.ts';
import type { Template } from '../../local/intrinsics.ts';
import { readAssembly } from '../../local/template.ts';
import { authorize, decide, poll, register } from '../e2e/device.ts';
import { freePort } from '../e2e/free-ports.ts';
import { SIGNED, sessionIdOf, sessionReaches } from '../e2e/operator.ts';
import {
  credentialsDevice,
  deferredDevice,
  deniedDevice,
  impatientDevice,
  refreshAndRevoke,
  rfcDevice,
  signInBriefly,
} from '../secrets/devices.ts';
import { type AccessRequest, accessRequests, distinct, recordAwsCalls } from './aws-calls.ts';

const STACK = 'FleetTokenBroker';

/** What a run shows. */
export interface MixedRun {
  /** The template that ran. */
  readonly template: Template;
  /** What its functions asked of AWS, each kind once. */
  readonly requests: readonly AccessRequest[];
}

/** Runs it all, on a broker that is started more than once: a cold start reads what a warm function remembers. */
export async function mixedRun(): Promise<MixedRun> {
  const dataDir = mkdtempSync(join(tmpdir(), 'broker-iam-'));
  // The same addresses each time: a registration belongs to one Identity Center.
  const port = await freePort();
  const recording = recordAwsCalls();
  try {
    for (const use of [devices, operators, schedules]) await withBroker({ dataDir, port }, use);
    // An administrator's own calls are no function's.
    const calls = recording.stop().filter(({ caller }) => caller.startsWith('broker-'));
    const template = JSON.parse(readFileSync(join(dataDir, 'cdk.out', `${STACK}.template.json`), 'utf8')) as Template;
    return { template, requests: distinct(calls.flatMap(accessRequests)) };
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

type Use = (broker: LocalBroker) => Promise<void>;

async function withBroker(options: LocalBrokerOptions, use: Use): Promise<void> {
  const broker = await startLocalBroker(options);
  try {
    await use(broker);
  } finally {
    await broker.close();
  }
}

async function devices(broker: LocalBroker): Promise<void> {
  const asleep = await authorize(broker, await register(broker, 'asleep'));
  await decide(broker.identityCenter, 'approve', asleep);
  await refreshAndRevoke(broker, await signInBriefly(broker));
  await rfcDevice(broker);
  await deniedDevice(broker);
  await impatientDevice(broker);
  await deferredDevice(broker, 'kiosks');
  await credentialsDevice(broker, 'gateways');
  await sessionReaches(broker.api, asleep.deviceCode, 'authorized');
  await poll(broker, asleep);
}

/** Every operation of the ops API. */
async function operators(broker: LocalBroker): Promise<void> {
  const send = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const headers = { ...SIGNED, 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${broker.api}${path}`, { method, headers, ...sent });
    const content = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(content)}`);
    return content;
  };
  const reason = { reason: 'a test' };
  const unwanted = await authorize(broker, await register(broker, 'unwanted'));
  const session = `/sessions/${sessionIdOf(unwanted.deviceCode)}`;
  const client = `/clients/${unwanted.clientId}`;
  const { enrollmentKeyId } = await send('POST', '/enrollment-keys', { fleet: 'local' });
  for (const path of ['/sessions', session, '/summary', '/clients', client]) await send('GET', path);
  for (const path of ['/enrollment-keys', `/enrollment-keys/${enrollmentKeyId}`, '/openapi.json'])
    await send('GET', path);
  await send('POST', `${session}/cancel`, reason);
  for (const action of ['lock', 'unlock', 'revoke']) await send('POST', `${client}/${action}`, reason);
  await send('POST', `/enrollment-keys/${enrollmentKeyId}/revoke`, reason);
}

/** What is called by the clock, with one sign-in that ends tomorrow: a run is too short to see it by itself. */
async function schedules(broker: LocalBroker): Promise<void> {
  const { clientId } = await register(broker, 'ending');
  await signedInUntilTomorrow(broker, clientId);
  const assembly = join(dirname(broker.brokerFilePath), 'cdk.out');
  const app = readAssembly(assembly, STACK);
  const called = app.functions.filter(({ arn }) => app.schedules.some(({ functionArn }) => functionArn === arn));
  const { endpoint } = broker.aws;
  const functions = await startFunctions({ functions: called, awsEndpoint: endpoint, onLine: () => {} });
  try {
    for (const { arn, label } of called) {
      const { outcome } = await functions.invoke(arn, {});
      if (outcome !== 'answered') throw new Error(`${label} ${outcome}.`);
    }
  } finally {
    await functions.close();
  }
}

async function signedInUntilTomorrow({ aws }: LocalBroker, clientId: string): Promise<void> {
  const credentials = { accessKeyId: 'administrator', secretAccessKey: 'administrator' };
  const table = new DynamoDBClient({ region: 'us-east-1', endpoint: aws.endpoint, credentials });
  const nowMs = Date.now();
  await table.send(
    new UpdateItemCommand({
      TableName: aws.tableName,
      Key: { pk: { S: `CLIENT#${clientId}` } },
      UpdateExpression: 'SET signInEndsAt = :ends, signInAtMs = :began, signInSessionId = :session',
      ExpressionAttributeValues: {
        ':ends': { N: String(Math.floor(nowMs / 1000) + 86_400) },
        ':began': { N: String(nowMs) },
        ':session': { S: 'session' },
      },
    }),
  );
  table.destroy();
}
