/** DynamoDB as the handlers see it: the table's operations, and for every write a record on the table's stream. */

import { isDeepStrictEqual } from 'node:util';
import type { Item, LocalTable } from './table.ts';
import { AwsError, type AwsReply, type AwsService, parseInput } from './wire.ts';

/** A stream record, as DynamoDB Streams hands it to Lambda (view type NEW_AND_OLD_IMAGES). */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSource: 'aws:dynamodb';
  readonly eventVersion: '1.1';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    /** Greater than that of every earlier record, also across restarts. */
    readonly SequenceNumber: string;
    readonly StreamViewType: 'NEW_AND_OLD_IMAGES';
  };
}

/** The table with its stream. */
export interface StreamTable {
  readonly service: AwsService;
  /** Every item as the INSERT record that a stream read from its start would begin with. */
  itemsAsInserts(): AsyncGenerator<StreamRecord>;
}

export interface StreamTableOptions {
  readonly table: LocalTable;
  readonly region: string;
  readonly streamArn: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called once per change, in the order of the changes of an item. */
  readonly onRecord: (record: StreamRecord) => void;
}

/** Reads and writes that the deployed functions may make. The others would change items past the stream. */
const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable', 'ListTables']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Puts the stream on a table. */
export function makeStreamTable(options: StreamTableOptions): StreamTable {
  const { table } = options;
  const record = recordMaker(options);
  const inOrder = keyedMutex();

  const write = async (operation: string, body: string): Promise<AwsReply> => {
    const input = parseInput(body);
    const key = keyOf(table, (input.Key ?? input.Item ?? {}) as Item);
    return inOrder(JSON.stringify(key), async () => {
      const before = await readItem(table, key);
      const reply = await table.call(operation, body);
      if (reply.status !== 200) return withItemOfFailedCondition(input, reply, before);
      const after = operation === 'DeleteItem' ? undefined : (itemIn(input, reply) ?? (await readItem(table, key)));
      if (!isDeepStrictEqual(before, after)) options.onRecord(record(key, before, after));
      return reply;
    });
  };

  return {
    service: async ({ operation, body }) => {
      if (READS.has(operation)) return table.call(operation, body);
      if (WRITES.has(operation)) return write(operation, body);
      throw new AwsError('UnknownOperationException', `The local table has no ${operation}.`);
    },
    async *itemsAsInserts() {
      for await (const item of scan(table)) yield record(keyOf(table, item), undefined, item);
    },
  };
}

function recordMaker({ region, streamArn, now }: StreamTableOptions) {
  let last = 0n;
  return (key: Item, before: Item | undefined, after: Item | undefined): StreamRecord => {
    const nowMs = now();
    const earliest = BigInt(nowMs) * 1_000_000n;
    last = earliest > last ? earliest : last + 1n;
    return {
      eventID: last.toString(16).padStart(32, '0'),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventSource: 'aws:dynamodb',
      eventVersion: '1.1',
      awsRegion: region,
      eventSourceARN: streamArn,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(nowMs / 1000),
        Keys: key,
        ...(after === undefined ? {} : { NewImage: after }),
        ...(before === undefined ? {} : { OldImage: before }),
        SequenceNumber: last.toString(),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
  };
}

/** Runs tasks of the same key one after the other, tasks of different keys side by side. */
function keyedMutex() {
  const tails = new Map<string, Promise<unknown>>();
  return <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(task, task);
    tails.set(key, turn);
    const forget = (): void => {
      if (tails.get(key) === turn) tails.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  };
}

function keyOf(table: LocalTable, item: Item): Item {
  const names = table.definition.keySchema.map(({ AttributeName }) => AttributeName);
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

async function readItem(table: LocalTable, key: Item): Promise<Item | undefined> {
  const input = { TableName: table.definition.name, Key: key, ConsistentRead: true };
  const { status, body } = await table.call('GetItem', JSON.stringify(input));
  // A key that is not one is refused again, and reported, by the write itself.
  return status === 200 ? (JSON.parse(body) as { Item?: Item }).Item : undefined;
}

/** The item as a write left it, where the answer says so: one read less for each of a poll's writes. */
function itemIn({ ReturnValues }: Record<string, unknown>, { body }: AwsReply): Item | undefined {
  return ReturnValues === 'ALL_NEW' ? (JSON.parse(body) as { Attributes?: Item }).Attributes : undefined;
}

/** `ReturnValuesOnConditionCheckFailure: ALL_OLD`, which dynalite ignores. */
function withItemOfFailedCondition(
  input: Record<string, unknown>,
  reply: AwsReply,
  before: Item | undefined,
): AwsReply {
  if (input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || before === undefined) return reply;
  const error = JSON.parse(reply.body) as { __type?: string };
  if (!error.__type?.endsWith('#ConditionalCheckFailedException')) return reply;
  return { ...reply, body: JSON.stringify({ ...error, Item: before }) };
}

async function* scan(table: LocalTable): AsyncGenerator<Item> {
  let from: Item | undefined;
  do {
    const input = { TableName: table.definition.name, ...(from === undefined ? {} : { ExclusiveStartKey: from }) };
    const { body } = await table.call('Scan', JSON.stringify(input));
    const page = JSON.parse(body) as { Items: Item[]; LastEvaluatedKey?: Item };
    yield* page.Items;
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
