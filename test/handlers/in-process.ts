/** The functions as they are wired to AWS, in this process: their sources, the real SDKs, and stand-ins on loopback. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, Context, DynamoDBRecord } from 'aws-lambda';
import dynalite from 'dynalite';
import { vi } from 'vitest';
import { makeTable, type Table } from '../../lambda/adapters/table.ts';
import type { CohortState } from '../../lambda/core/cohort.ts';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { parseBrokerConfig, toSettings } from '../../lib/config.ts';
import { startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type BusEvent, openEventBus } from '../../local/aws/event-bridge.ts';
import { loadKmsKey, makeKms } from '../../local/aws/kms.ts';
import { AwsError, jsonService } from '../../local/aws/wire.ts';
import { localBrokerConfig } from '../../local/fleets.ts';
import { type IdentityCenter, startIdentityCenter } from '../../local/identity-center/server.ts';
import { tableDefinition } from '../support/dynalite-table.ts';

const TABLE = 'broker';

/** A function's entry point. */
export type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** An execution that was started. */
export interface Started {
  readonly name: string;
  readonly input: CohortState;
}

export interface Surroundings {
  readonly identityCenter: IdentityCenter;
  readonly table: Table;
  /** Where the table is, for functions that are to find it. */
  readonly tableUrl: string;
  /** What was put on the bus, oldest first. */
  readonly events: () => readonly BusEvent[];
  readonly started: readonly Started[];
  /** Imports a function's source, as Lambda does once in an environment. */
  load(name: string): Promise<Handler>;
  /** A record of the stream: an item as it is now, inserted. */
  recordOf(pk: string, own?: Partial<DynamoDBRecord>): Promise<DynamoDBRecord>;
  close(): Promise<void>;
}

/** Starts the stand-ins and sets the environment that the template gives the functions. */
export async function startSurroundings(): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'handlers-'));
  const identityCenter = await startIdentityCenter({ port: 0 });
  const settings = toSettings(parseBrokerConfig(localBrokerConfig(identityCenter.url)));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument()));

  const dynamoDb = dynalite({ createTableMs: 0 });
  dynamoDb.listen(0, '127.0.0.1');
  await once(dynamoDb, 'listening');
  const tableUrl = `http://127.0.0.1:${(dynamoDb.address() as AddressInfo).port}`;
  const bus = openEventBus({ name: 'events', now: Date.now, onEvent: () => {} });
  const started: Started[] = [];
  const services = {
    TrentService: makeKms(loadKmsKey()),
    AWSEvents: bus.service,
    AWSStepFunctions: executions(started),
  };
  const endpoint = await startAwsEndpoint(services, () => {});
  setEnvironment(tableUrl, endpoint.url);
  besideTheBundles(folder);

  // What the functions write is other tests' matter.
  const outputs = [process.stdout, process.stderr].map((output) => vi.spyOn(output, 'write').mockReturnValue(true));

  const client = new DynamoDBClient({});
  await client.send(new CreateTableCommand(tableDefinition(TABLE)));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: TABLE });

  return {
    identityCenter,
    table: makeTable(TABLE, client),
    tableUrl,
    events: bus.events,
    started,
    load: async (name) => (await import(`../../lambda/handlers/${name}.ts`)).handler,
    async recordOf(pk, own) {
      const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: pk } } }));
      const NewImage = Item as Record<string, AttributeValue>;
      return { eventID: `change of ${pk}`, dynamodb: { NewImage, ...stamp('1') }, ...own };
    },
    async close() {
      client.destroy();
      for (const output of outputs) output.mockRestore();
      vi.unstubAllEnvs();
      vi.doUnmock('../../lambda/adapters/environment.ts');
      rmSync(folder, { recursive: true });
      await Promise.all([endpoint.close(), identityCenter.close(), new Promise((closed) => dynamoDb.close(closed))]);
    },
  };
}

/** What each record of the stream says of itself, now. */
export function stamp(SequenceNumber: string) {
  return { SequenceNumber, ApproximateCreationDateTime: Math.floor(Date.now() / 1000) };
}

/** Step Functions, as far as the function that starts executions can tell. */
function executions(started: Started[]) {
  return jsonService({
    StartExecution: ({ name, input }) => {
      if (started.some((one) => one.name === name))
        throw new AwsError('ExecutionAlreadyExists', 'It has been started.');
      started.push({ name: String(name), input: JSON.parse(String(input)) as CohortState });
      return { executionArn: 'arn', startDate: Date.now() / 1000 };
    },
  });
}

function setEnvironment(tableUrl: string, awsUrl: string): void {
  const variables = {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: tableUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TABLE_NAME: TABLE,
    REGISTRATION_KEY_ID: 'registration-key',
    EVENT_BUS_NAME: 'events',
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:polling',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

/** A source has no settings beside it, as a bundle has: what it reads there is read in this folder. */
function besideTheBundles(folder: string): void {
  vi.doMock('../../lambda/adapters/environment.ts', async (original) => {
    const real = await original<typeof import('../../lambda/adapters/environment.ts')>();
    return {
      ...real,
      readSettings: () => real.readSettings(folder),
      readDescription: () => real.readDescription(folder),
    };
  });
}
