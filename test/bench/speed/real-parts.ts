/** What answers while calls are recorded: an embedded DynamoDB, the Identity Center stand-in, the KMS stand-in. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { makeTable, type Table } from '../../../lambda/adapters/table.ts';
import { makeKms } from '../../../local/aws/kms.ts';
import type { AwsReply } from '../../../local/aws/wire.ts';
import { type IdentityCenter, startIdentityCenter } from '../../../local/identity-center/server.ts';
import { tableDefinition } from '../../support/dynalite-table.ts';
import { TABLE_NAME } from './contender.ts';
import type { WireAnswer, WireRequest } from './endpoint.ts';

export interface RealParts {
  readonly table: Table;
  readonly identityCenter: IdentityCenter;
  readonly answer: (request: WireRequest) => Promise<WireAnswer>;
  close(): Promise<void>;
}

const JSON_1_0 = { 'Content-Type': 'application/x-amz-json-1.0' };

/** Starts them on loopback, in memory. */
export async function startRealParts(): Promise<RealParts> {
  const { url, table, close } = await startTable();
  const identityCenter = await startIdentityCenter({ port: 0 });
  const kms = makeKms(randomBytes(32));
  const wire = ({ status, body }: AwsReply): WireAnswer => ({ status, answer: body, headers: JSON_1_0 });
  return {
    table,
    identityCenter,
    async answer(request) {
      switch (request.service) {
        case 'DynamoDB':
          return pass(url, request);
        case 'SsoOidc':
          return pass(identityCenter.url, request);
        case 'KMS':
          return wire(await kms({ operation: request.operation, body: request.input }));
        case 'StepFunctions':
          return wire({
            status: 200,
            body: JSON.stringify({ executionArn: 'arn:bench', startDate: Date.now() / 1000 }),
          });
        case 'EventBridge':
          return wire({ status: 200, body: JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: 'bench' }] }) });
        default:
          return request.service satisfies never;
      }
    },
    async close() {
      await identityCenter.close();
      await close();
    },
  };
}

/** An embedded DynamoDB with the broker's table. */
export async function startTable(): Promise<{ url: string; table: Table; close(): Promise<void> }> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
  await client.send(new CreateTableCommand(tableDefinition(TABLE_NAME)));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: TABLE_NAME });
  return {
    url,
    table: makeTable(TABLE_NAME, client),
    close: () => {
      client.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

const NOT_PASSED_ON = new Set(['connection', 'host', 'content-length', 'transfer-encoding']);

async function pass(url: string, { path, headers, input }: WireRequest): Promise<WireAnswer> {
  const passed = Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name));
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers: Object.fromEntries(passed), body: input });
  const kept = ['content-type', 'x-amz-crc32', 'x-amzn-errortype'];
  const read = kept.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name)]] : []));
  return { status: answer.status, answer: await answer.text(), headers: Object.fromEntries(read) };
}
