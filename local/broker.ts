/** The whole broker on this machine: the template of the deployed app, acted out on loopback. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetStaging } from 'aws-cdk-lib';
import { LOCAL_CREDENTIALS, type RunningConsole, startConsole } from '../console/server/server.ts';
import { eventsOfSession } from '../console/server/session-events.ts';
import type { DeviceAuth } from '../lambda/core/settings.ts';
import { synthesize } from '../lib/app.ts';
import { type ApiFront, type MutualTls, startApiFront } from './api-front.ts';
import { type Backend, startBackend } from './backend.ts';
import { type BrokerFile, type LocalFleet, readBrokerFile, writeBrokerFile } from './broker-file.ts';
import { type DataFolder, openDataFolder, openTemporaryFolder } from './data-folder.ts';
import { enrollFleet } from './enrollment.ts';
import { AWS_START_URL, type LocalBrokerConfig, localBrokerConfig, QUICK_START_FLEET } from './fleets.ts';
import { type IdentityCenter, startIdentityCenter } from './identity-center/server.ts';
import { LOCAL_REGION, TemplateError } from './intrinsics.ts';
import { portError, requireFreePort } from './ports.ts';
import { StartError } from './start-error.ts';
import { type LocalApp, readAssembly } from './template.ts';
import type { ApiDefinition } from './template-api.ts';
import type { LocalTls } from './tls.ts';

/** A running local broker: what `broker.json` says, and the parts that tests reach into. */
export interface LocalBroker extends BrokerFile {
  readonly identityCenterKnobs: IdentityCenter['knobs'];
  readonly identityCenterCalls: IdentityCenter['calls'];
  /** The latest events on the broker's bus, oldest first. */
  readonly events: Backend['events'];
  /** The functions' log, one JSON object a line. */
  readonly logPath: string;
  readonly brokerFilePath: string;
  /** Ends everything; what is under way is finished first. */
  close(): Promise<void>;
}

export interface LocalBrokerOptions {
  /** The API's port; Identity Center and the console take the next two. 0: any free ports. @default 0 */
  readonly port?: number;
  /** Where everything is kept. @default - the folder `.local` of the project */
  readonly dataDir?: string;
  /** Keep nothing: the table is in memory, the rest in a folder that is deleted. @default false */
  readonly ephemeral?: boolean;
  /** The kind of workflow that polls. @default standard */
  readonly loop?: 'standard' | 'express' | undefined;
  /** How devices prove who they are. @default client_secret */
  readonly deviceAuth?: DeviceAuth | undefined;
  /** A PEM file of the authorities whose devices may connect, with `mtls`. @default - one that is made here */
  readonly truststore?: string | undefined;
  /** Takes one line a session transition, warning or error. @default silent */
  readonly log?: (line: string) => void;
}

const PROJECT_DATA_FOLDER = fileURLToPath(new URL('../.local', import.meta.url));

/**
 * Starts the broker: synthesizes the app with the local fleets, runs its template, and enrolls the local fleets.
 *
 * @throws StartError for what the person at the terminal can mend
 */
export async function startLocalBroker(options: LocalBrokerOptions = {}): Promise<LocalBroker> {
  const {
    port = 0,
    dataDir = PROJECT_DATA_FOLDER,
    ephemeral = false,
    loop,
    deviceAuth,
    truststore,
    log = () => {},
  } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    if (port !== 0) await requireFreePort(port, 'the API');
    const folder = ephemeral ? openTemporaryFolder() : await openDataFolder(dataDir);
    closers.push(folder.close);
    const beside = (ports: number): number => (port === 0 ? 0 : port + ports);
    const identityCenter = await identityCenterOn(beside(1), folder, ephemeral);
    closers.push(identityCenter.close);
    const tls = deviceAuth === 'mtls' ? await localTls(folder.path, truststore === undefined) : undefined;
    const config = localBrokerConfig(identityCenter.url, {
      loop,
      deviceAuth,
      truststore: tls && (truststore ?? tls.files.ca),
    });
    const synthesized = synthesizeLocally(folder, config);

    // The functions are told where people find the broker, and are behind it: one of the two comes late.
    const late: { backend?: Backend } = {};
    const invoke: Backend['invoke'] = async (arn, event) =>
      (await late.backend?.invoke(arn, event)) ?? { outcome: 'crashed' };
    const { operatorsApi } = synthesized;
    const people = operatorsApi && (await startApiFront({ api: operatorsApi, port: beside(3), invoke }));
    if (people !== undefined) closers.push(people.close);
    const app = operatorsApi && people ? withAddress(synthesized, operatorsApi, people.url) : synthesized;
    const backend = await startBackend({ app, folder: folder.path, inMemory: ephemeral, log });
    late.backend = backend;
    closers.push(backend.close);
    const front = await startApiFront({ api: app.api, port, invoke, tls: tls && mutualTlsOf(tls, app) });
    closers.push(front.close);
    const operators = people ?? front;
    const console = await consoleOn(beside(2), operators, backend, log);
    closers.push(console.close);
    const brokerFilePath = join(folder.path, 'broker.json');
    const running = { front, operators, backend, identityCenter, console, app, config, tls };
    const content = await describeBroker(running, brokerFilePath);
    writeBrokerFile(brokerFilePath, content);
    return {
      ...content,
      identityCenterKnobs: identityCenter.knobs,
      identityCenterCalls: identityCenter.calls,
      events: backend.events,
      logPath: join(folder.path, 'broker.log'),
      brokerFilePath,
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof TemplateError ? new StartError(`The template cannot run here: ${error.message}.`) : error;
  }
}

async function identityCenterOn(port: number, folder: DataFolder, ephemeral: boolean): Promise<IdentityCenter> {
  try {
    const journal = ephemeral ? {} : { journalPath: join(folder.path, 'identity-center.jsonl') };
    return await startIdentityCenter({ port, extraStartUrls: [AWS_START_URL], ...journal });
  } catch (error) {
    throw portError(error as NodeJS.ErrnoException, port, 'Identity Center');
  }
}

/** Loaded only here: most runs have no certificates. */
async function localTls(folder: string, issuesDevices: boolean): Promise<LocalTls> {
  const { openLocalTls } = await import('./tls.ts');
  return openLocalTls(folder, issuesDevices);
}

/** What the listener goes by: the truststore is the one that would be deployed. */
function mutualTlsOf({ server }: LocalTls, { truststorePath }: LocalApp): MutualTls {
  if (truststorePath === undefined) throw new TemplateError('mutual TLS needs a truststore');
  return { ...server, truststore: readFileSync(truststorePath, 'utf8') };
}

/** The functions with an API's address on this machine, wherever they are told of it. */
function withAddress(app: LocalApp, { apiId, stage }: ApiDefinition, url: string): LocalApp {
  const deployed = `https://${apiId}.execute-api.${LOCAL_REGION}.amazonaws.com/${stage}`;
  const functions = app.functions.map((each) => ({
    ...each,
    environment: Object.fromEntries(
      Object.entries(each.environment).map(([name, value]) => [name, value === deployed ? url : value]),
    ),
  }));
  return { ...app, functions };
}

function synthesizeLocally(folder: DataFolder, config: LocalBrokerConfig): LocalApp {
  // The CDK remembers a bundle by its path, and would give a second start in this process the first one's settings.
  AssetStaging.clearAssetHashCache();
  const { assembly, stackName } = synthesize({
    config,
    outdir: join(folder.path, 'cdk.out'),
  });
  return readAssembly(assembly.directory, stackName);
}

/** The operators' console, signing as the local run's own operator; timelines come from the events on the bus. */
async function consoleOn(
  port: number,
  { url: api }: ApiFront,
  backend: Backend,
  log: (line: string) => void,
): Promise<RunningConsole> {
  const events = (sessionId: string) => eventsOfSession(backend.events(), sessionId);
  const { metrics } = backend;
  const signing = { region: 'us-east-1', credentials: LOCAL_CREDENTIALS, identity: 'local' };
  const options = { api, port, ...signing, events, metrics, log };
  try {
    return await startConsole(options);
  } catch (error) {
    throw portError(error as NodeJS.ErrnoException, port, 'the console');
  }
}

/** The parts that are running. */
interface Running {
  readonly front: ApiFront;
  /** The same, but with mutual TLS. */
  readonly operators: ApiFront;
  readonly config: LocalBrokerConfig;
  readonly tls: LocalTls | undefined;
  readonly backend: Backend;
  readonly identityCenter: IdentityCenter;
  readonly console: RunningConsole;
  readonly app: LocalApp;
}

async function describeBroker(running: Running, brokerFilePath: string): Promise<BrokerFile> {
  const { front, operators, backend, identityCenter, app, config, tls } = running;
  const earlier = readBrokerFile(brokerFilePath)?.fleets ?? {};
  const fleets: Record<string, LocalFleet> = {};
  for (const [fleet, { startUrl }] of Object.entries(config.fleets)) {
    fleets[fleet] = await enrollFleet({
      api: front.url,
      operatorsApi: operators.url,
      fleet,
      startUrl: String(startUrl),
      earlier: earlier[fleet],
      now: Date.now,
    });
  }
  const quickStart = fleets[QUICK_START_FLEET];
  if (quickStart === undefined) throw new Error(`The local fleets have no ${QUICK_START_FLEET}.`);
  const { deviceEndpoint, enrollmentKey, startUrl } = quickStart;
  return {
    api: front.url,
    operatorsApi: operators.url,
    deviceAuth: config.deviceAuth,
    ...(tls !== undefined && { tls: tls.files }),
    deviceEndpoint,
    enrollmentKey,
    startUrl,
    identityCenter: identityCenter.url,
    console: running.console.url,
    fleets,
    aws: {
      endpoint: backend.awsEndpoint,
      tableName: app.table.name,
      stateMachineArn: backend.stateMachineArn,
    },
  };
}
