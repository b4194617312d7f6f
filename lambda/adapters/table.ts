import { setTimeout as wait } from 'node:timers/promises';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** An item of the broker's table. */
export type Item = Record<string, unknown> & { readonly pk: string };

/** A condition on one attribute, named by what it means. */
export type Clause = (names: Names) => string;

/** What an update does, and when it may. */
export interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  readonly add?: Readonly<Record<string, number>>;
  /** All must hold, at the moment of the write. */
  readonly when: readonly Clause[];
}

/** How a conditional update went; when it did not happen, `item` is what was there instead. */
export type UpdateResult =
  | { readonly done: true; readonly item: Item }
  | { readonly done: false; readonly item?: Item };

/** A page of an index query. */
export interface IndexQuery {
  readonly indexName: string;
  readonly partition: { readonly name: string; readonly value: string };
  /** The sort attribute and the value that the page starts after. */
  readonly sort: { readonly name: string; readonly after?: string };
  readonly newestFirst: boolean;
  readonly limit: number;
  /** Which attributes are wanted. @default - all that the index has */
  readonly attributes?: readonly string[];
}

/** The one table, in the few operations that the broker needs. */
export interface Table {
  get(pk: string): Promise<Item | undefined>;
  /** Strongly consistent; up to 100 keys, in no order, missing items left out. */
  batchGet(pks: readonly string[]): Promise<Item[]>;
  /** Adds an item. @returns false when the key was taken */
  putNew(item: Item): Promise<boolean>;
  update(pk: string, change: Change): Promise<UpdateResult>;
  queryIndex(query: IndexQuery): Promise<Item[]>;
}

/** Collects attribute names and values of one expression. */
interface Names {
  name(attribute: string): string;
  value(value: unknown): string;
}

export const present =
  (attribute: string): Clause =>
  (n) =>
    `attribute_exists(${n.name(attribute)})`;
export const absent =
  (attribute: string): Clause =>
  (n) =>
    `attribute_not_exists(${n.name(attribute)})`;
export const equals =
  (attribute: string, value: unknown): Clause =>
  (n) =>
    `${n.name(attribute)} = ${n.value(value)}`;
export const differs =
  (attribute: string, value: unknown): Clause =>
  (n) =>
    `${n.name(attribute)} <> ${n.value(value)}`;
export const atMost =
  (attribute: string, value: number): Clause =>
  (n) =>
    `${n.name(attribute)} <= ${n.value(value)}`;
export const below =
  (attribute: string, value: number): Clause =>
  (n) =>
    `${n.name(attribute)} < ${n.value(value)}`;
export const above =
  (attribute: string, value: number): Clause =>
  (n) =>
    `${n.name(attribute)} > ${n.value(value)}`;
export const lessThan =
  (attribute: string, other: string): Clause =>
  (n) =>
    `${n.name(attribute)} < ${n.name(other)}`;
export const oneOf =
  (attribute: string, values: readonly unknown[]): Clause =>
  (n) =>
    `${n.name(attribute)} IN (${values.map((value) => n.value(value)).join(', ')})`;
export const either =
  (...clauses: readonly Clause[]): Clause =>
  (n) =>
    `(${clauses.map((clause) => clause(n)).join(' OR ')})`;

/** The longest partition key that DynamoDB takes: whatever a caller sends as an id beyond it is the id of nothing. */
const MAX_KEY_BYTES = 2_048;

const canExist = (pk: string): boolean => Buffer.byteLength(pk) <= MAX_KEY_BYTES;

/** The broker's table behind the AWS SDK. */
export function makeTable(tableName: string, client: DynamoDBClient): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  async function get(pk: string): Promise<Item | undefined> {
    if (!canExist(pk)) return undefined;
    const { Item } = await documents.send(new GetCommand({ TableName: tableName, Key: { pk }, ConsistentRead: true }));
    return Item as Item | undefined;
  }

  async function batchGet(pks: readonly string[]): Promise<Item[]> {
    const items: Item[] = [];
    let keys: Record<string, unknown>[] = pks.filter(canExist).map((pk) => ({ pk }));
    // What a throttled table leaves out is asked for again after a growing pause (DynamoDB guide, BatchGetItem).
    for (let pauseMs = 0; keys.length > 0; pauseMs = Math.min(1_000, pauseMs * 2 + 50)) {
      if (pauseMs > 0) await wait(pauseMs);
      const request = { RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } };
      const answer = await documents.send(new BatchGetCommand(request));
      items.push(...((answer.Responses?.[tableName] ?? []) as Item[]));
      keys = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    return items;
  }

  async function putNew(item: Item): Promise<boolean> {
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
    try {
      await documents.send(new PutCommand({ TableName: tableName, Item: item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async function update(pk: string, change: Change): Promise<UpdateResult> {
    if (!canExist(pk)) return { done: false };
    try {
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk },
          ...expressionsOf(change),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { done: true, item: Attributes as Item };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // DynamoDB's stand-ins do not all send the item along; DynamoDB sends none only where there is none.
      const item = error.Item === undefined ? await get(pk) : (unmarshall(error.Item) as Item);
      return item === undefined ? { done: false } : { done: false, item };
    }
  }

  async function queryIndex(query: IndexQuery): Promise<Item[]> {
    const { partition, sort, newestFirst, attributes } = query;
    const wanted = Object.fromEntries((attributes ?? []).map((name, i) => [`#a${i}`, name]));
    const order = sort.after === undefined ? '' : ` AND #sort ${newestFirst ? '<' : '>'} :after`;
    const { Items } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: query.indexName,
        KeyConditionExpression: `#partition = :partition${order}`,
        ExpressionAttributeNames: {
          '#partition': partition.name,
          ...(order === '' ? {} : { '#sort': sort.name }),
          ...wanted,
        },
        ...(attributes && { ProjectionExpression: Object.keys(wanted).join(', ') }),
        ExpressionAttributeValues: { ':partition': partition.value, ...(order === '' ? {} : { ':after': sort.after }) },
        ScanIndexForward: !newestFirst,
        Limit: query.limit,
      }),
    );
    return (Items ?? []) as Item[];
  }

  return { get, batchGet, putNew, update, queryIndex };
}

function expressionsOf(change: Change) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const collect: Names = {
    name(attribute) {
      names[`#${attribute}`] = attribute;
      return `#${attribute}`;
    },
    value(value) {
      const key = `:v${Object.keys(values).length}`;
      values[key] = value;
      return key;
    },
  };
  const parts: string[] = [];
  const set = Object.entries(change.set ?? {}).filter(([, value]) => value !== undefined);
  if (set.length > 0)
    parts.push(`SET ${set.map(([name, value]) => `${collect.name(name)} = ${collect.value(value)}`).join(', ')}`);
  const remove = change.remove ?? [];
  if (remove.length > 0) parts.push(`REMOVE ${remove.map((name) => collect.name(name)).join(', ')}`);
  const add = Object.entries(change.add ?? {});
  if (add.length > 0)
    parts.push(`ADD ${add.map(([name, by]) => `${collect.name(name)} ${collect.value(by)}`).join(', ')}`);
  const condition = change.when.map((clause) => clause(collect)).join(' AND ');
  return {
    UpdateExpression: parts.join(' '),
    ...(condition === '' ? {} : { ConditionExpression: condition }),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
