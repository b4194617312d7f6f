/** Everything that a broker leaves behind, as text to search. */

import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { BrokerFile } from '../../local/broker-file.ts';
import { SIGNED } from '../e2e/operator.ts';

/** What the ops API says about everything that it knows. */
export async function opsAnswers(api: string): Promise<string> {
  const read = async (path: string): Promise<string> => (await fetch(`${api}${path}`, { headers: SIGNED })).text();
  const lists = await Promise.all(
    ['/sessions', '/clients', '/enrollment-keys'].map((path) => read(`${path}?limit=100`)),
  );
  const [sessions, clients, keys] = lists.map((list) => JSON.parse(list) as Record<string, Record<string, string>[]>);
  const details = [
    ...(sessions?.sessions ?? []).map(({ sessionId }) => `/sessions/${sessionId}`),
    ...(clients?.clients ?? []).map(({ clientId }) => `/clients/${clientId}`),
    ...(keys?.enrollmentKeys ?? []).map(({ enrollmentKeyId }) => `/enrollment-keys/${enrollmentKeyId}`),
  ];
  return [...lists, await read('/summary'), ...(await Promise.all(details.map(read)))].join('\n');
}

/** Inputs, outputs and histories of all executions, after they have ended. */
export async function executionRecords({ aws }: BrokerFile, client: SFNClient): Promise<string> {
  const { stateMachineArn } = aws;
  while (
    (await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }))).executions?.length
  ) {
    await sleep(200);
  }
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }));
  const records = executions.map(async ({ executionArn }) => [
    await client.send(new DescribeExecutionCommand({ executionArn })),
    await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
  ]);
  return JSON.stringify(await Promise.all(records));
}

/** A client for the stand-in of Step Functions. */
export function stepFunctionsClient({ aws }: BrokerFile): SFNClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SFNClient({ region: 'us-east-1', endpoint: aws.endpoint, credentials });
}

/** The contents of the files in a folder, those in its folders too. */
export function filesIn(folder: string, isWanted: (path: string) => boolean): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry: Dirent) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isWanted(path.slice(folder.length + 1)))
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
