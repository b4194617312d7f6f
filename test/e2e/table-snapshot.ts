/** The broker's whole table, through the endpoint of the AWS stand-ins. */

import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { BrokerFile } from '../../local/broker-file.ts';

/** An item, in DynamoDB's own JSON. */
export type StoredItem = Record<string, AttributeValue>;

/** Reads every item, in the order of the keys. */
export async function readWholeTable({ aws }: Pick<BrokerFile, 'aws'>): Promise<StoredItem[]> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: aws.endpoint, credentials });
  const items: StoredItem[] = [];
  let from: StoredItem | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: aws.tableName, ExclusiveStartKey: from }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  client.destroy();
  return items.sort((a, b) => String(a.pk?.S).localeCompare(String(b.pk?.S)));
}
