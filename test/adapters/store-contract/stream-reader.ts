import type { StreamRecord } from '../../../local/aws/stream-table.ts';

/** Reads a table's stream through the DynamoDB Streams API, as Lambda's event source mapping does. */

type Json = Record<string, unknown>;

const API = 'DynamoDBStreams_20120810';

/** DynamoDB Local asks for the form of a signature and checks no more. */
const SIGNED =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

async function call(url: string, operation: string, input: Json): Promise<Json> {
  const headers = {
    'Content-Type': 'application/x-amz-json-1.0',
    'X-Amz-Target': `${API}.${operation}`,
    'X-Amz-Date': '20260101T000000Z',
    Authorization: SIGNED,
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!response.ok) throw new Error(`${operation} was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Json;
}

/**
 * All records of a stream so far, oldest first in each shard.
 *
 * @param url of DynamoDB Local
 */
export async function readStream(url: string, streamArn: string): Promise<StreamRecord[]> {
  const { StreamDescription } = await call(url, 'DescribeStream', { StreamArn: streamArn });
  const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
  const shards = await Promise.all(Shards.map(({ ShardId }) => readShard(url, streamArn, ShardId)));
  return shards.flat();
}

async function readShard(url: string, streamArn: string, ShardId: string): Promise<StreamRecord[]> {
  const from = { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  let { ShardIterator } = await call(url, 'GetShardIterator', from);
  const records: StreamRecord[] = [];
  // An open shard always has a next iterator: two empty pages in a row are its end for now.
  for (let empty = 0; empty < 2 && ShardIterator !== undefined; ) {
    const page = await call(url, 'GetRecords', { ShardIterator });
    const read = page.Records as StreamRecord[];
    records.push(...read);
    empty = read.length === 0 ? empty + 1 : 0;
    ShardIterator = page.NextShardIterator;
  }
  return records;
}
