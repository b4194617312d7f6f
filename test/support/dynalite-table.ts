import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { makeTable, type Table } from '../../lambda/adapters/table.ts';

/** An embedded DynamoDB that speaks the real protocol. */
export interface Dynalite {
  /** Makes one more empty table of the broker's shape. */
  newTable(): Promise<Table>;
  close(): Promise<void>;
}

const string = (name: string) => ({ AttributeName: name, AttributeType: 'S' }) as const;
const keys = (partition: string, sort?: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' as const }]),
];

/** The broker's table: one key, and the two indexes that operators list by. */
export function tableDefinition(name: string) {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST' as const,
    KeySchema: keys('pk'),
    AttributeDefinitions: ['pk', 'phaseShard', 'kind', 'createdOrder'].map(string),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byPhase',
        KeySchema: keys('phaseShard', 'createdOrder'),
        Projection: {
          ProjectionType: 'INCLUDE' as const,
          NonKeyAttributes: ['phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
        },
      },
      {
        IndexName: 'byKind',
        KeySchema: keys('kind', 'createdOrder'),
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      },
    ],
  };
}

/** Starts dynalite in memory, on a free port of this machine alone. */
export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let tables = 0;

  return {
    async newTable() {
      tables += 1;
      const name = `broker-${tables}`;
      await client.send(new CreateTableCommand(tableDefinition(name)));
      await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.05 }, { TableName: name });
      return makeTable(name, client);
    },

    async close() {
      client.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
