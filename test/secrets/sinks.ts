/** Everything that a broker leaves behind or says to anybody, in one table. A sink that is added here is searched. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { readWholeTable } from '../e2e/table-snapshot.ts';
import { executionsOf, filesIn, indexEntries, opsAnswers, textAt } from './haystacks.ts';
import type { FinishedRun } from './mixed-run.ts';

/** A place where a secret could turn up. */
export interface Sink {
  /** When it can be read: while a device waits, after all devices are done, or when the broker has stopped. */
  readonly when: 'while devices wait' | 'afterwards' | 'stopped';
  readonly read: (run: FinishedRun) => string | Promise<string>;
  /** What must be found in it, or it is not the haystack that it should be. @default - the run's canary */
  readonly proof?: (run: FinishedRun) => string;
  /** Kinds of secrets that belong there, and why. */
  readonly mayHold?: { readonly kinds: RegExp; readonly because: string };
}

/** Lines of the functions' log, metrics or not. */
const logLines = ({ folder }: FinishedRun, areMetrics: boolean): string =>
  readFileSync(join(folder, 'broker.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"_aws"') === areMetrics)
    .join('\n');

async function inputsAndOutputs({ aws }: FinishedRun['broker'], client: SFNClient): Promise<string> {
  const { executions = [] } = await executionsOf(client, aws.stateMachineArn);
  const described = executions.map(({ executionArn }) => client.send(new DescribeExecutionCommand({ executionArn })));
  return JSON.stringify(await Promise.all(described));
}

async function histories({ aws }: FinishedRun['broker'], client: SFNClient): Promise<string> {
  await client.send(new ListExecutionsCommand({ stateMachineArn: aws.stateMachineArn }));
  const { executions = [] } = await executionsOf(client, aws.stateMachineArn);
  const read = executions.map(({ executionArn }) =>
    client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
  );
  return JSON.stringify(await Promise.all(read));
}

/** The table of sinks. */
export const SINKS = {
  'the terminal': { when: 'stopped', read: ({ terminal }) => terminal.join('\n') },
  'the log of the functions': { when: 'stopped', read: (run) => logLines(run, false) },
  'the metrics (EMF)': { when: 'stopped', read: (run) => logLines(run, true), proof: () => '"CloudWatchMetrics"' },
  'the metrics as Prometheus reads them': {
    when: 'afterwards',
    read: ({ broker }) => textAt(`${broker.console}/metrics`),
    proof: () => '# HELP',
  },
  'the metrics of the last hour': {
    when: 'afterwards',
    read: ({ broker }) => textAt(`${broker.console}/metrics.json`),
    proof: () => '"counted"',
  },
  'the headers and addresses of calls to Identity Center': {
    when: 'stopped',
    read: ({ collector, identityCenterPort }) => collector.requestsTo(identityCenterPort),
    proof: ({ traceId }) => traceId,
    mayHold: {
      kinds: /^Identity Center's accesstoken$/,
      because: 'the access portal takes the token in a header (GetRoleCredentials, x-amz-sso_bearer_token)',
    },
  },
  "the lines of the API's access log": {
    when: 'stopped',
    read: ({ accessLog }) => accessLog,
    proof: () => '"resourcePath":"/token"',
  },
  'the events on the bus': { when: 'stopped', read: ({ broker }) => JSON.stringify(broker.events()) },
  'what the consumers of the stream start executions with': {
    when: 'afterwards',
    read: ({ broker, sfn }) => inputsAndOutputs(broker, sfn),
  },
  'the histories of the state machine': { when: 'afterwards', read: ({ broker, sfn }) => histories(broker, sfn) },
  'the batches that the stream gave up': {
    when: 'stopped',
    read: ({ folder }) => readFileSync(join(folder, 'failed-batches.jsonl'), 'utf8'),
  },
  'the table': { when: 'afterwards', read: async ({ broker }) => JSON.stringify(await readWholeTable(broker)) },
  'the indexes of the table': {
    when: 'while devices wait',
    read: ({ broker }) => indexEntries(broker),
    proof: () => '"phaseShard"',
  },
  'what the ops API says while devices wait': {
    when: 'while devices wait',
    read: ({ operators }) => opsAnswers(operators),
    mayHold: { kinds: /usercode$/, because: 'who may approve has to see the codes that wait' },
  },
  'what the ops API says afterwards': { when: 'afterwards', read: ({ operators }) => opsAnswers(operators) },
  "the ops API's description, with its examples": {
    when: 'afterwards',
    read: ({ operators }) => opsAnswers(operators, ['/openapi.json']),
    proof: () => '"openapi"',
  },
  "the console's page and its timelines": {
    when: 'afterwards',
    read: async ({ broker, sessionIds }) => {
      const page = ['/', '/config.json', ...sessionIds.map((id) => `/events?sessionId=${id}`)];
      return (await Promise.all(page.map((path) => textAt(`${broker.console}${path}`)))).join('\n');
    },
  },
  'the errors that the API answered': {
    when: 'stopped',
    read: ({ collector, apiPorts }) =>
      collector.errors.flatMap(({ port, text }) => (apiPorts.includes(port) ? [text] : [])).join('\n'),
  },
  'the other files of the local run': {
    when: 'stopped',
    // The app was synthesized before there was a secret; broker.json holds the enrollment keys of this machine on purpose.
    read: ({ folder }) =>
      filesIn(folder, (path) => !/^(cdk\.out|table|lock)\//.test(path) && !/^broker\.(json|log)$/.test(path)),
  },
} as const satisfies Record<string, Sink>;

/** A sink's name. */
export type SinkName = keyof typeof SINKS;

/** All of them. */
export const SINK_NAMES = Object.keys(SINKS) as SinkName[];

/** A sink of the table. */
export const sinkOf = (name: SinkName): Sink => SINKS[name];

/** Which sinks stand for what the template makes that keeps or passes on data. */
export const SINKS_OF_RESOURCES: Readonly<Record<string, readonly SinkName[]>> = {
  'AWS::Logs::LogGroup': ['the log of the functions', 'the metrics (EMF)', "the lines of the API's access log"],
  'AWS::DynamoDB::Table': ['the table', 'the indexes of the table'],
  'AWS::StepFunctions::StateMachine': [
    'what the consumers of the stream start executions with',
    'the histories of the state machine',
  ],
  'AWS::SQS::Queue': ['the batches that the stream gave up'],
  'AWS::Events::EventBus': ['the events on the bus'],
  'AWS::ApiGateway::RestApi': [
    'the errors that the API answered',
    'what the ops API says while devices wait',
    "the ops API's description, with its examples",
  ],
};
