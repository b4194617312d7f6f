import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeTable, type Table } from '../../../lambda/adapters/table.ts';
import { tableDefinition } from '../../support/dynalite-table.ts';
import { type DynamoDbLocal, findDynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';

/** DynamoDB Local with tables of the broker's shape. */
export interface LocalTables {
  readonly url: string;
  readonly client: DynamoDBClient;
  /** Makes one more empty table, with its stream. */
  newTable(): Promise<{ readonly table: Table; readonly tableName: string; readonly streamArn: string }>;
  close(): Promise<void>;
}

/** Whether DynamoDB Local can run here; says why when it cannot, so that what is skipped is not skipped silently. */
export function dynamoDbLocalFolder(): string | undefined {
  const found = findDynamoDbLocal();
  if (found.available) return found.folder;
  console.warn(`Tests against DynamoDB Local are skipped: ${found.why}.`);
  return undefined;
}

/**
 * Starts DynamoDB Local.
 *
 * @param folder from `dynamoDbLocalFolder`
 */
export async function startLocalTables(folder: string): Promise<LocalTables> {
  const local: DynamoDbLocal = await startDynamoDbLocal(folder);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: local.url, region: 'us-east-1', credentials });
  let tables = 0;

  return {
    url: local.url,
    client,

    async newTable() {
      tables += 1;
      const stream = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
      const definition = { ...tableDefinition(`broker-${tables}`), StreamSpecification: stream };
      const { TableDescription } = await client.send(new CreateTableCommand(definition));
      const tableName = definition.TableName;
      return { table: makeTable(tableName, client), tableName, streamArn: TableDescription?.LatestStreamArn ?? '' };
    },

    async close() {
      client.destroy();
      await local.close();
    },
  };
}
