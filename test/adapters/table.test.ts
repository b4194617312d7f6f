import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { above, makeTable, type Table } from '../../lambda/adapters/table.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { AwsError, type AwsService, jsonService } from '../../local/aws/wire.ts';

type Operations = Parameters<typeof jsonService>[0];

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0)) await closer();
});

/** The table, with DynamoDB's answers written down, by operation. */
const tableOver = (operations: Operations): Promise<Table> => tableBehind(jsonService(operations));

/** The table, with a DynamoDB that answers as it likes. */
async function tableBehind(service: AwsService): Promise<Table> {
  const endpoint: AwsEndpoint = await startAwsEndpoint({ DynamoDB_20120810: service }, () => {});
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  closers.push(endpoint.close, () => client.destroy());
  return makeTable('broker', client);
}

/** An operation that gives one answer after the other, and notes what it was asked. */
function inTurn(answers: readonly object[]) {
  const asked: { input: Record<string, unknown>; atMs: number }[] = [];
  const operation = (input: Record<string, unknown>) => {
    asked.push({ input, atMs: Date.now() });
    return answers[asked.length - 1];
  };
  return { asked, operation };
}

const item = (pk: string) => ({ pk: { S: pk } });
const keysOf = ({ input }: { input: Record<string, unknown> }) =>
  (input as { RequestItems: { broker: { Keys: object[] } } }).RequestItems.broker.Keys;

describe('reading many items from a table that is throttled', () => {
  it('asks again for what was left out, and for nothing else, after a pause that grows', async () => {
    const { asked, operation } = inTurn([
      { Responses: { broker: [item('A')] }, UnprocessedKeys: { broker: { Keys: [item('B'), item('C')] } } },
      { UnprocessedKeys: { broker: { Keys: [item('B'), item('C')] } } },
      { Responses: { broker: [item('C')] } },
    ]);
    const table = await tableOver({ BatchGetItem: operation });

    expect(await table.batchGet(['A', 'B', 'C'])).toEqual([{ pk: 'A' }, { pk: 'C' }]);
    expect(asked.map(keysOf)).toEqual([
      [item('A'), item('B'), item('C')],
      [item('B'), item('C')],
      [item('B'), item('C')],
    ]);
    const [first = 0, second = 0, third = 0] = asked.map(({ atMs }) => atMs);
    expect(second - first).toBeGreaterThanOrEqual(49);
    expect(third - second).toBeGreaterThanOrEqual(149);
  });

  it('reads consistently, and never asks for a key that cannot exist', async () => {
    const { asked, operation } = inTurn([{ Responses: { broker: [] } }]);
    const table = await tableOver({ BatchGetItem: operation });
    const longest = 'é'.repeat(1_024);

    expect(await table.batchGet([longest, `${longest}x`])).toEqual([]);
    expect(asked.map(keysOf)).toEqual([[item(longest)]]);
    expect(asked[0]?.input).toMatchObject({ RequestItems: { broker: { ConsistentRead: true } } });
  });
});

describe('reading one item', () => {
  it('is consistent: who asks right after a write sees it', async () => {
    const { asked, operation } = inTurn([{ Item: item('A') }]);
    const table = await tableOver({ GetItem: operation });

    expect(await table.get('A')).toEqual({ pk: 'A' });
    expect(asked.map(({ input }) => input)).toEqual([{ TableName: 'broker', Key: item('A'), ConsistentRead: true }]);
  });
});

describe('a change whose condition does not hold', () => {
  const refused = (): never => {
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
  };
  const change = { set: { a: 2 }, when: [above('a', 2)] };

  it('tells what is there instead, as the refusal says, and reads nothing', async () => {
    const asked: unknown[] = [];
    const there = { ...item('A'), a: { N: '1' }, b: { M: { c: { S: 'd' } } } };
    const table = await tableBehind(async ({ operation, body }) => {
      asked.push({ operation, ...JSON.parse(body) });
      return { status: 400, body: JSON.stringify({ __type: 'ConditionalCheckFailedException', Item: there }) };
    });

    expect(await table.update('A', change)).toEqual({ done: false, item: { pk: 'A', a: 1, b: { c: 'd' } } });
    expect(asked).toMatchObject([{ operation: 'UpdateItem', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }]);
  });

  it('is read, consistently, where the refusal does not say what is there instead', async () => {
    const { asked, operation } = inTurn([{ Item: { ...item('A'), a: { N: '1' } } }]);
    const table = await tableOver({ UpdateItem: refused, GetItem: operation });

    expect(await table.update('A', change)).toEqual({ done: false, item: { pk: 'A', a: 1 } });
    expect(asked[0]?.input).toMatchObject({ Key: item('A'), ConsistentRead: true });
  });

  it('because there is nothing has no item to tell of', async () => {
    const table = await tableOver({ UpdateItem: refused, GetItem: () => ({}) });

    const result = await table.update('A', change);

    expect(result).toEqual({ done: false });
    expect(result).not.toHaveProperty('item');
  });
});

describe('what is written', () => {
  it('leaves out what has no value, and asks for the item as it is then', async () => {
    const { asked, operation } = inTurn([{ Attributes: { ...item('A'), a: { N: '1' } } }]);
    const table = await tableOver({ UpdateItem: operation });

    const result = await table.update('A', { set: { a: 1, b: undefined }, when: [] });

    expect(result).toEqual({ done: true, item: { pk: 'A', a: 1 } });
    expect(asked[0]?.input).toMatchObject({
      UpdateExpression: 'SET #a = :v0',
      ExpressionAttributeValues: { ':v0': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    });
    expect(asked[0]?.input).not.toHaveProperty('ConditionExpression');
  });

  it('as a new item leaves it out too, at every depth', async () => {
    const { asked, operation } = inTurn([{}]);
    const table = await tableOver({ PutItem: operation });

    expect(await table.putNew({ pk: 'A', a: undefined, b: { c: undefined } })).toBe(true);
    expect(asked.map(({ input }) => input)).toEqual([
      {
        TableName: 'broker',
        Item: { ...item('A'), b: { M: {} } },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    ]);
  });
});

describe('a key that cannot exist', () => {
  const tooLong = 'x'.repeat(2_049);

  it('is the key of nothing: it is not read, and not written to', async () => {
    const table = await tableOver({});

    expect(await table.get(tooLong)).toBeUndefined();
    expect(await table.update(tooLong, { set: { a: 1 }, when: [] })).toEqual({ done: false });
  });
});

describe('trouble of the table', () => {
  const trouble = (): never => {
    throw new AwsError('ResourceNotFoundException', 'There is no such table.');
  };

  it('is a fault of every call, and never taken for a condition that did not hold', async () => {
    const table = await tableOver({ GetItem: trouble, PutItem: trouble, UpdateItem: trouble });
    const fault = { name: 'ResourceNotFoundException' };

    await expect(table.get('A')).rejects.toMatchObject(fault);
    await expect(table.putNew({ pk: 'A' })).rejects.toMatchObject(fault);
    await expect(table.update('A', { set: { a: 1 }, when: [above('a', 0)] })).rejects.toMatchObject(fault);
  });

  it('is a fault of a change also while the item can be read', async () => {
    const table = await tableOver({ UpdateItem: trouble, GetItem: () => ({ Item: item('A') }) });

    await expect(table.update('A', { set: { a: 1 }, when: [above('a', 0)] })).rejects.toThrow('no such table');
  });
});

describe('a page of an index', () => {
  it('without items is empty', async () => {
    const table = await tableOver({ Query: () => ({ Count: 0 }) });
    const query = { indexName: 'byKind', partition: { name: 'kind', value: 'client' }, newestFirst: true, limit: 10 };

    expect(await table.queryIndex({ ...query, sort: { name: 'createdOrder' } })).toEqual([]);
  });
});
