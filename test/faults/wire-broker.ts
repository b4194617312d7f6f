import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AssetStaging } from 'aws-cdk-lib';
import { synthesize } from '../../lib/app.ts';
import { startApiFront } from '../../local/api-front.ts';
import { startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { openEventBus } from '../../local/aws/event-bridge.ts';
import type { Executions } from '../../local/aws/executions.ts';
import { loadKmsKey, makeKms } from '../../local/aws/kms.ts';
import { executionsOf } from '../../local/aws/state-machine.ts';
import { makeStepFunctions } from '../../local/aws/step-functions.ts';
import { makeStreamTable, type StreamRecord } from '../../local/aws/stream-table.ts';
import { openTable } from '../../local/aws/table.ts';
import { localBrokerConfig } from '../../local/fleets.ts';
import { type Functions, startFunctions } from '../../local/functions.ts';
import { type IdentityCenter, startIdentityCenter } from '../../local/identity-center/server.ts';
import { startStreamPoller } from '../../local/stream.ts';
import { type LocalApp, readAssembly } from '../../local/template.ts';
import { makeDice } from './dice.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** The deployed bundles, their SDKs, dynalite and the Identity Center stand-in, with a proxy in front of each of the two. */
export interface WireBroker {
  readonly api: string;
  readonly identityCenter: IdentityCenter;
  readonly tableProxy: FaultProxy;
  readonly upstreamProxy: FaultProxy;
  readonly executions: Executions;
  close(): Promise<void>;
}

const RATES = { latency: 0.05, reset: 0.02, '5xx': 0.02, throttle: 0.02, 'answer lost': 0.02 };
/** Whatever upstream says once is lost with it: rarer. */
const UPSTREAM_RATES = { ...RATES, 'answer lost': 0.005 };

/** Starts everything. @param seed of the proxies' dice; what runs at the same time in threads is not the same every time */
export async function startWireBroker(seed: number): Promise<WireBroker> {
  const closers: (() => Promise<unknown>)[] = [];
  const closing = <T extends { close(): Promise<unknown> }>(opened: T): T => {
    closers.push(() => opened.close());
    return opened;
  };
  const folder = mkdtempSync(join(tmpdir(), 'wire-broker-'));
  closers.push(async () => rmSync(folder, { recursive: true, force: true }));
  const dice = makeDice(`wire ${seed}`);

  const identityCenter = closing(await startIdentityCenter({ port: 0 }));
  const upstreamProxy = closing(
    await startFaultProxy({
      target: identityCenter.url,
      dice: dice.fork('upstream'),
      rates: UPSTREAM_RATES,
      errors: { throttle: { status: 429, type: 'TooManyRequestsException' }, serverError: 'InternalServerException' },
    }),
  );
  const app = appFor(identityCenter, upstreamProxy.url, join(folder, 'cdk.out'));
  const late: { functions?: Functions } = {};
  const invoke: Functions['invoke'] = async (arn, event) =>
    (await late.functions?.invoke(arn, event)) ?? { outcome: 'crashed' };

  const table = closing(await openTable(app.table));
  const pollers: ReturnType<typeof pollersOf> = [];
  const onRecord = (record: StreamRecord): void => {
    for (const poller of pollers) poller.push(record);
    // Each change twice now and again: a stream delivers at least once.
    if (dice.chance(0.1)) for (const poller of pollers) poller.push(record);
  };
  const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/wire/stream/wire';
  const streamTable = makeStreamTable({ table, region: 'us-east-1', streamArn, now: Date.now, onRecord });
  const executions = executionsOf(app, invoke);
  const bus = openEventBus({ name: app.eventBusName ?? 'default', now: Date.now, onEvent: () => undefined });
  const services = {
    DynamoDB_20120810: streamTable.service,
    TrentService: makeKms(loadKmsKey()),
    AWSStepFunctions: makeStepFunctions(executions),
    AWSEvents: bus.service,
  };
  const endpoint = closing(await startAwsEndpoint(services, () => undefined));
  const tableProxy = closing(
    await startFaultProxy({
      target: endpoint.url,
      dice: dice.fork('table'),
      rates: RATES,
      errors: { throttle: { status: 400, type: 'ThrottlingException' }, serverError: 'InternalServerError' },
      isMeant: ({ headers }) => String(headers['x-amz-target']).startsWith('DynamoDB'),
    }),
  );
  late.functions = closing(
    await startFunctions({ functions: app.functions, awsEndpoint: tableProxy.url, onLine: () => undefined }),
  );
  closers.push(() => executions.close());
  pollers.push(...pollersOf(app, invoke));
  closers.push(() => Promise.all(pollers.map((poller) => poller.close())));
  const front = closing(await startApiFront({ api: app.api, port: 0, invoke }));

  return {
    api: front.url,
    identityCenter,
    tableProxy,
    upstreamProxy,
    executions,
    async close() {
      for (const closer of closers.reverse()) await closer();
    },
  };
}

/** The app that `cdk deploy` ships, with the local fleets; their upstream is the proxy. */
function appFor(identityCenter: IdentityCenter, upstreamUrl: string, outdir: string): LocalApp {
  AssetStaging.clearAssetHashCache();
  const config = localBrokerConfig(identityCenter.url);
  const fleets = Object.fromEntries(
    Object.entries(config.fleets).map(([name, fleet]) => [name, { ...fleet, upstreamEndpoint: upstreamUrl }]),
  );
  const { assembly, stackName } = synthesize({ config: { ...config, fleets }, outdir });
  return readAssembly(assembly.directory, stackName);
}

function pollersOf(app: LocalApp, invoke: Functions['invoke']) {
  return app.streams.map((mapping) =>
    startStreamPoller({
      mapping,
      invoke,
      now: Date.now,
      sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
      onFailedBatch: () => undefined,
    }),
  );
}
