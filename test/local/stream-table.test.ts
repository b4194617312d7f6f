import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { makeStreamTable, type StreamRecord, type StreamTable } from '../../local/aws/stream-table.ts';
import { type LocalTable, openTable } from '../../local/aws/table.ts';
import { readTemplate } from '../../local/template.ts';
import { SMALL_TEMPLATE } from './small-template.ts';
import { clientSettings } from './stand-in-clients.ts';

const { table: definition } = readTemplate(SMALL_TEMPLATE, () => '/assets');
const TableName = definition.name;

let table: LocalTable;
let streamTable: StreamTable;
let endpoint: AwsEndpoint;
let client: DynamoDBClient;
let records: StreamRecord[];

beforeEach(async () => {
  records = [];
  table = await openTable(definition);
  const onRecord = (record: StreamRecord): void => void records.push(record);
  streamTable = makeStreamTable({ table, region: 'us-east-1', streamArn: 'arn:stream', now: () => 5000, onRecord });
  endpoint = await startAwsEndpoint({ DynamoDB_20120810: streamTable.service }, () => {});
  client = new DynamoDBClient(clientSettings(endpoint.url));
});
afterEach(async () => {
  client.destroy();
  await endpoint.close();
  await table.close();
});

const put = (pk: string, phase: string) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, phase: { S: phase } } }));

const count = (pk: string) =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: pk } },
      UpdateExpression: 'ADD polls :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );

describe('the table of the local run', () => {
  it('makes an INSERT record with the new image of an item that was put', async () => {
    await put('a', 'pending');

    expect(records).toMatchObject([
      {
        eventName: 'INSERT',
        eventSource: 'aws:dynamodb',
        dynamodb: { Keys: { pk: { S: 'a' } }, NewImage: { pk: { S: 'a' }, phase: { S: 'pending' } } },
      },
    ]);
    expect(records[0]?.dynamodb).not.toHaveProperty('OldImage');
  });

  it('makes MODIFY and REMOVE records with the images before and after', async () => {
    await put('a', 'pending');
    await put('a', 'authorized');
    await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }));

    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(records[1]?.dynamodb).toMatchObject({
      OldImage: { phase: { S: 'pending' } },
      NewImage: { phase: { S: 'authorized' } },
    });
    expect(records[2]?.dynamodb).toMatchObject({ OldImage: { phase: { S: 'authorized' } } });
    expect(records[2]?.dynamodb).not.toHaveProperty('NewImage');
  });

  it('makes no record of a write that changes nothing', async () => {
    await put('a', 'pending');
    await put('a', 'pending');

    expect(records).toHaveLength(1);
  });

  it('makes no record of a write whose condition fails', async () => {
    await put('a', 'pending');
    const command = new PutItemCommand({
      TableName,
      Item: { pk: { S: 'a' }, phase: { S: 'claimed' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });

    await expect(client.send(command)).rejects.toThrow(ConditionalCheckFailedException);
    expect(records).toHaveLength(1);
  });

  it('puts the item of a failed condition into the error, when it is asked for', async () => {
    await put('a', 'pending');
    const command = new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'a' } },
      UpdateExpression: 'SET phase = :claimed',
      ConditionExpression: 'phase = :claimed',
      ExpressionAttributeValues: { ':claimed': { S: 'claimed' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });

    const error = await client.send(command).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ Item: { pk: { S: 'a' }, phase: { S: 'pending' } } });
  });

  it('keeps the records of an item in the order of its changes, however many come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => count('a')));

    const images = records.map(({ dynamodb }) => [dynamodb.OldImage?.polls?.N, dynamodb.NewImage?.polls?.N]);
    expect(images).toEqual(Array.from({ length: 20 }, (_, n) => [n === 0 ? undefined : String(n), String(n + 1)]));
  });

  it('numbers records upwards, also within one millisecond', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((pk) => put(pk, 'pending')));

    const numbers = records.map(({ dynamodb }) => BigInt(dynamodb.SequenceNumber));
    expect(numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0n))).toBe(true);
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(4);
  });

  it('answers reads and index queries', async () => {
    const item = { pk: { S: 'a' }, listShard: { S: 'pending#1' }, listOrder: { S: '1' } };
    await client.send(new PutItemCommand({ TableName, Item: item }));

    const read = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
    const queried = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'byShard',
        KeyConditionExpression: 'listShard = :shard',
        ExpressionAttributeValues: { ':shard': { S: 'pending#1' } },
      }),
    );

    expect(read.Item).toEqual(item);
    expect(queried.Items).toEqual([item]);
  });

  it('refuses operations whose changes would not reach the stream', async () => {
    const command = new TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName, Item: { pk: { S: 'a' } } } }],
    });

    await expect(client.send(command)).rejects.toThrow('The local table has no TransactWriteItems.');
  });

  it('gives every item as an INSERT when the stream is read from its start', async () => {
    await put('a', 'pending');
    await put('a', 'claimed');
    await put('b', 'pending');

    const seen: string[] = [];
    for await (const { eventName, dynamodb } of streamTable.itemsAsInserts()) {
      seen.push(`${eventName} ${dynamodb.Keys.pk?.S} ${dynamodb.NewImage?.phase?.S}`);
    }

    expect(seen.sort()).toEqual(['INSERT a claimed', 'INSERT b pending']);
  });
});
