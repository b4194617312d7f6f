/** One broker, devices that meet with everything, and what is left of it all to search. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { matchRoute } from '../../local/api-routes.ts';
import type { StreamRecord } from '../../local/aws/stream-table.ts';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { writeFailedBatch } from '../../local/failed-batches.ts';
import { SIGNED } from '../e2e/operator.ts';
import { readWholeTable } from '../e2e/table-snapshot.ts';
import { deployedApp } from '../faults/template.ts';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource } from '../support/synth.ts';
import { filesIn, stepFunctionsClient } from './haystacks.ts';
import type { Needle } from './leaks.ts';
import { collectSecrets, type Secret, type SecretCollector } from './secret-collector.ts';
import { SINK_NAMES, type SinkName, sinkOf } from './sinks.ts';

/** What a run's sinks are read from. */
export interface FinishedRun {
  readonly broker: LocalBroker;
  readonly folder: string;
  readonly terminal: readonly string[];
  readonly collector: SecretCollector;
  readonly sfn: SFNClient;
  readonly operators: string;
  readonly apiPorts: readonly number[];
  readonly identityCenterPort: number;
  readonly sessionIds: readonly string[];
  /** What the deployed access log would have said of every request. */
  readonly accessLog: string;
  /** Told to every part of the broker on purpose, as a name: the search must find it. */
  readonly canary: string;
  /** Of the trace that a device said it belongs to. */
  readonly traceId: string;
}

/** What a run left, and what must not be in it. */
export interface SearchedRun {
  readonly haystacks: Readonly<Record<SinkName, string>>;
  readonly proofs: Readonly<Record<SinkName, string>>;
  readonly needles: readonly Needle[];
  /** The table's files hold every version of every item that there ever was. */
  readonly tableFiles: string;
  /** Types of the template's resources. */
  readonly resourceTypes: readonly string[];
}

/** The devices of a run. */
export interface RunDevices {
  readonly deviceAuth: DeviceAuth;
  /** Does everything that they may do, right and wrong. @returns secrets that no answer has told: what was tried, and kept */
  run(broker: LocalBroker): Promise<readonly Needle[]>;
  /** Starts one more device with this name, under a trace. @returns its device code */
  startOne(broker: LocalBroker, name: string, traceparent: string): Promise<string>;
}

/** Runs the devices and reads every sink. */
export async function searchedRun(devices: RunDevices): Promise<SearchedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-secrets-'));
  const collector = collectSecrets();
  const terminal: string[] = [];
  const canary = `canary-${[...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}`;
  const traceId = createHash('sha256').update(canary).digest('hex').slice(0, 32);
  const haystacks: Partial<Record<SinkName, string>> = {};
  let broker: LocalBroker | undefined;
  try {
    broker = await startLocalBroker({
      dataDir: folder,
      deviceAuth: devices.deviceAuth,
      log: (line) => terminal.push(line),
    });
    const sfn = stepFunctionsClient(broker);
    const portOf = (url: string): number => Number(new URL(url).port);
    const ports = { apiPorts: [portOf(broker.api)], identityCenterPort: portOf(broker.identityCenter) };
    const run = { broker, folder, terminal, collector, sfn, operators: broker.api, ...ports, canary, traceId };
    const read = async (when: string, ids: readonly string[]): Promise<void> => {
      const accessLog = accessLogOf(collector, ports.apiPorts);
      for (const name of SINK_NAMES.filter((one) => sinkOf(one).when === when)) {
        haystacks[name] = await sinkOf(name).read({ ...run, sessionIds: ids, accessLog });
      }
    };

    const untold = await devices.run(broker);
    await devices.startOne(broker, canary, `00-${traceId}-b7ad6b7169203331-01`);
    await read('while devices wait', []);
    await giveUpBatch(broker, folder, canary);
    const sessionIds = await endWaiting(broker, canary);
    await plantInPaths(broker, sfn, canary);
    await read('afterwards', sessionIds);
    sfn.destroy();
    await broker.close();
    await read('stopped', sessionIds);

    const kindOf = ({ port, member }: Secret): string =>
      `${port === ports.identityCenterPort ? "Identity Center's" : "the broker's"} ${member}`;
    const told = collector.secrets.map((secret) => ({ value: secret.value, kind: kindOf(secret) }));
    const proofs = SINK_NAMES.map((name) => {
      const proof = sinkOf(name).proof?.({ ...run, sessionIds, accessLog: '' }) ?? canary;
      return [name, proof] as const;
    });
    return {
      haystacks: haystacks as Record<SinkName, string>,
      proofs: Object.fromEntries(proofs) as Record<SinkName, string>,
      needles: [...told, ...untold],
      tableFiles: filesIn(folder, (path) => path.startsWith('table/')),
      resourceTypes: resourceTypesIn(folder),
    };
  } finally {
    await broker?.close();
    collector.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Cancels every session that waits, so that no execution runs on. @returns the ids */
async function endWaiting({ api }: LocalBroker, canary: string): Promise<string[]> {
  const ids: string[] = [];
  for (const phase of ['pending', 'awaiting_operator']) {
    const answer = await fetch(`${api}/sessions?phase=${phase}&limit=100`, { headers: SIGNED });
    ids.push(...((await answer.json()) as { sessions: { sessionId: string }[] }).sessions.map((one) => one.sessionId));
  }
  for (const id of ids) {
    const cancel = { method: 'POST', headers: SIGNED, body: JSON.stringify({ reason: canary }) };
    await fetch(`${api}/sessions/${id}/cancel`, cancel);
  }
  return ids;
}

/** Uses the canary for a path, a parameter and an execution. */
async function plantInPaths({ api, aws }: LocalBroker, sfn: SFNClient, canary: string): Promise<void> {
  await fetch(`${api}/${canary}`, { method: 'POST' });
  await fetch(`${api}/sessions?${canary}=1`, { headers: SIGNED });
  const input = JSON.stringify({ cohort: canary, generation: 0, tick: 0, sessionIds: ['none'], waitSeconds: 1 });
  await sfn.send(new StartExecutionCommand({ stateMachineArn: aws.stateMachineArn, input }));
}

/** Gives up a batch with every item of the table in its images, as after ten deliveries that failed. */
async function giveUpBatch(broker: LocalBroker, folder: string, canary: string): Promise<void> {
  const items = [...(await readWholeTable(broker)), { pk: { S: `SESSION#${canary}` } }];
  const batch = items.map((item, place) => ({
    eventID: String(place),
    eventName: 'MODIFY',
    dynamodb: { Keys: { pk: item.pk }, OldImage: item, NewImage: item },
  })) as unknown as readonly StreamRecord[];
  const path = join(folder, 'failed-batches.jsonl');
  writeFailedBatch(path, Date.now(), 'publish-events', batch, 'RetryAttemptsExhausted');
}

/** The line of the template's access log, for every request to the API. Whatever else the line may name, it is told. */
function accessLogOf({ requests }: SecretCollector, apiPorts: readonly number[]): string {
  const stage = onlyResource(brokerTemplate({ ...MINIMAL_CONFIG, accessLogs: true }), 'AWS::ApiGateway::Stage');
  const { Format } = stage.Properties.AccessLogSetting as { Format: string };
  return requests
    .filter(({ port }) => apiPorts.includes(port))
    .map(({ method, url, status }) => {
      const [path = ''] = url.split('?');
      const values: Readonly<Record<string, string>> = {
        resourcePath: resourceOf(method, path),
        httpMethod: method,
        status: String(status),
        requestId: '-',
        responseLatency: '1',
        responseLength: '1',
      };
      return Format.replace(/\$context\.([\w.]+)/g, (_, name: string) => values[name] ?? url);
    })
    .join('\n');
}

function resourceOf(method: string, path: string): string {
  try {
    return matchRoute(deployedApp().api.routes, method, path)?.route.resourcePath ?? '-';
  } catch {
    return '-';
  }
}

function resourceTypesIn(folder: string): string[] {
  const [path = ''] = filesNamed(join(folder, 'cdk.out'));
  const { Resources } = JSON.parse(readFileSync(path, 'utf8')) as { Resources: Record<string, { Type: string }> };
  return [...new Set(Object.values(Resources).map(({ Type }) => Type))];
}

const filesNamed = (folder: string): string[] => [join(folder, 'FleetTokenBroker.template.json')];
