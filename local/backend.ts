/** Everything behind the API: the table and its stream, the functions, the state machine, the AWS stand-ins. */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricsSource } from '../console/server/metrics-source.ts';
import type { SessionEventDetail } from '../lambda/core/session-event-schemas.ts';
import { EVENT_SOURCE } from '../lambda/core/session-events.ts';
import { startAwsEndpoint } from './aws/endpoint.ts';
import { type BusEvent, type EventBus, openEventBus } from './aws/event-bridge.ts';
import { loadKmsKey, makeKms } from './aws/kms.ts';
import { executionsOf } from './aws/state-machine.ts';
import { makeStepFunctions } from './aws/step-functions.ts';
import { makeStreamTable, type StreamRecord, type StreamTable } from './aws/stream-table.ts';
import { type LocalTable, openTable } from './aws/table.ts';
import { writeFailedBatch } from './failed-batches.ts';
import { openFunctionLog } from './function-log.ts';
import { type Functions, type Invocation, startFunctions } from './functions.ts';
import { LOCAL_REGION, stateMachineArn } from './intrinsics.ts';
import { makeLocalMetrics } from './metrics.ts';
import { type RunningSchedules, startSchedules } from './schedules.ts';
import { sessionLine } from './session-lines.ts';
import { type StreamPoller, startStreamPoller } from './stream.ts';
import type { LocalApp } from './template.ts';

/** What runs behind the API. */
export interface Backend {
  /** The endpoint of the AWS stand-ins. */
  readonly awsEndpoint: string;
  readonly stateMachineArn: string;
  readonly invoke: Functions['invoke'];
  /** The latest events on the bus, oldest first. */
  readonly events: EventBus['events'];
  /** What the functions have counted since the start. */
  readonly metrics: MetricsSource;
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly app: LocalApp;
  /** Where logs and keys are kept, and unless `inMemory` the table. */
  readonly folder: string;
  readonly inMemory: boolean;
  /** Takes one line a session transition, warning or error. */
  readonly log: (line: string) => void;
}

/**
 * Starts the backend. Sessions that were pending when the last run ended are polled again.
 *
 * @throws StartError for what the person at the terminal can mend
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const { app, folder, inMemory, log } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const metrics = makeLocalMetrics(Date.now);
    const functionLog = openFunctionLog(join(folder, 'broker.log'), log, metrics.take);
    closers.push(functionLog.close);
    const table = await openTable(app.table, inMemory ? undefined : join(folder, 'table'));
    closers.push(table.close);

    const pollers: StreamPoller[] = [];
    const streamTable = streamOf(table, (record) => {
      for (const poller of pollers) poller.push(record);
    });
    const bus = busOf(options);

    // The functions call the stand-ins, and the state machine calls the functions: one of the two comes late.
    const late: { functions?: Functions } = {};
    const invoke: Functions['invoke'] = async (arn, event) => (await late.functions?.invoke(arn, event)) ?? CRASHED;
    const executions = executionsOf(app, invoke);
    const endpoint = await startAwsEndpoint(
      {
        DynamoDB_20120810: streamTable.service,
        TrentService: makeKms(loadKmsKey(inMemory ? undefined : join(folder, 'kms.key'))),
        AWSStepFunctions: makeStepFunctions(executions),
        AWSEvents: bus.service,
      },
      (error) => log(`error: the AWS stand-ins failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    closers.push(endpoint.close);
    late.functions = await startFunctions({
      functions: app.functions,
      awsEndpoint: endpoint.url,
      onLine: functionLog.write,
    });
    closers.push(late.functions.close);
    // Before the functions: what the state machine has under way is finished, nothing new begins.
    closers.push(executions.close);

    const mapped = pollersOf(options, invoke);
    pollers.push(...mapped.map(({ poller }) => poller));
    closers.push(async () => void (await Promise.all(pollers.map((poller) => poller.close()))));
    const loops = mapped.filter(({ startsExecutions }) => startsExecutions);
    await readTableAgain(streamTable, table, (record) => {
      for (const { poller } of loops) poller.push(record);
    });
    closers.push(schedulesOf(options, invoke).close);
    const { stateMachineArn } = executions;
    return { awsEndpoint: endpoint.url, stateMachineArn, invoke, events: bus.events, metrics, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const sleepUntilAborted = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => {});

const CRASHED: Invocation = { outcome: 'crashed' };

function streamOf(table: LocalTable, onRecord: (record: StreamRecord) => void): StreamTable {
  const streamArn = `arn:aws:dynamodb:${LOCAL_REGION}:000000000000:table/${table.definition.name}/stream/local`;
  return makeStreamTable({ table, region: LOCAL_REGION, streamArn, now: Date.now, onRecord });
}

/** The bus tells the terminal of every session. */
function busOf({ app, folder, inMemory, log }: BackendOptions): EventBus {
  const onEvent = ({ source, detail }: BusEvent): void => {
    if (source === EVENT_SOURCE) log(sessionLine(detail as unknown as SessionEventDetail));
  };
  const name = app.eventBusName ?? 'default';
  return openEventBus({ name, now: Date.now, onEvent, ...(!inMemory && { path: join(folder, 'events.jsonl') }) });
}

function schedulesOf({ app, log }: BackendOptions, invoke: Functions['invoke']): RunningSchedules {
  return startSchedules({
    schedules: app.schedules,
    invoke,
    now: Date.now,
    sleep: sleepUntilAborted,
    onFailure: ({ name }, outcome) => log(`warning: what ${name} calls ${outcome.replace('_', ' ')}.`),
  });
}

/** A mapping that runs, and whether its function may start executions. */
interface MappedPoller {
  readonly poller: StreamPoller;
  readonly startsExecutions: boolean;
}

function pollersOf({ app, folder, log }: BackendOptions, invoke: Functions['invoke']): MappedPoller[] {
  const path = join(folder, 'failed-batches.jsonl');
  const machineArn = stateMachineArn(app.stateMachine.name);
  return app.streams.map((mapping) => {
    const target = app.functions.find(({ arn }) => arn === mapping.functionArn);
    const poller = startStreamPoller({
      mapping,
      invoke,
      now: Date.now,
      sleep: sleepUntilAborted,
      onFailedBatch: (batch, reason) => {
        writeFailedBatch(path, Date.now(), mapping.functionArn, batch, reason);
        log(
          `warning: ${batch.length} changes of the table could not be handled (${reason}); they are noted in ${path}.`,
        );
      },
    });
    return { poller, startsExecutions: Object.values(target?.environment ?? {}).includes(machineArn) };
  });
}

/** DynamoDB deletes expired items within a few days; the local run does it at its start. */
const KEPT_AFTER_EXPIRY_SECONDS = 2 * 86_400;

/**
 * Feeds what starts executions with what the table holds. On AWS executions outlive everything else; here they end with the
 * process, so sessions that were pending are polled again, and the filters hold back the rest.
 */
async function readTableAgain(
  streamTable: StreamTable,
  table: LocalTable,
  feed: (record: StreamRecord) => void,
): Promise<void> {
  const { name, ttlAttribute } = table.definition;
  const oldest = Date.now() / 1000 - KEPT_AFTER_EXPIRY_SECONDS;
  for await (const record of streamTable.itemsAsInserts()) {
    const expiresAt = ttlAttribute === undefined ? undefined : record.dynamodb.NewImage?.[ttlAttribute]?.N;
    if (expiresAt === undefined || Number(expiresAt) >= oldest) feed(record);
    else await table.call('DeleteItem', JSON.stringify({ TableName: name, Key: record.dynamodb.Keys }));
  }
}
