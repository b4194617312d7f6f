/** Everything that a broker leaves behind, as text to search. */

import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { BrokerFile } from '../../local/broker-file.ts';
import { SIGNED } from '../e2e/operator.ts';

/** A page as it is sent. */
export async function textAt(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** What the indexes hold: what operators' lists are made from. */
export async function indexEntries({ aws }: BrokerFile): Promise<string> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: aws.endpoint, credentials });
  const pages = ['byPhase', 'byKind'].map((IndexName) =>
    client.send(new ScanCommand({ TableName: aws.tableName, IndexName })),
  );
  const entries = (await Promise.all(pages)).map(({ Items }) => Items);
  client.destroy();
  return JSON.stringify(entries);
}

/**
 * What the ops API says.
 *
 * @param paths of single answers. @default - about everything that it knows
 */
export async function opsAnswers(api: string, paths?: readonly string[]): Promise<string> {
  const read = async (path: string): Promise<string> => (await fetch(`${api}${path}`, { headers: SIGNED })).text();
  if (paths !== undefined) return (await Promise.all(paths.map(read))).join('\n');
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

/** All executions, after they have ended. */
export async function executionsOf(client: SFNClient, stateMachineArn: string) {
  const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' });
  while ((await client.send(running)).executions?.length) await sleep(200);
  return client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }));
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
