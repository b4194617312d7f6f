import { createHash } from 'node:crypto';
import type { StreamRecord } from './counting-table.ts';
import type { VirtualTime } from './virtual-time.ts';

/** An event source mapping: which records a function is given, and how many at a time. */
export interface StreamMapping {
  readonly batchSize: number;
  /** How long a batch may gather, in milliseconds; 0: what one read finds is a batch. */
  readonly windowMs: number;
  readonly matches: (record: StreamRecord) => boolean;
  readonly deliver: (batch: readonly StreamRecord[]) => void;
}

/** A new on-demand table has four partitions, and its stream a shard for each: a batch comes from one shard. */
export const SHARDS = 4;

/** Lambda reads each shard four times a second (Lambda developer guide, DynamoDB event source). */
const READ_EVERY_MS = 250;

/** Feeds the table's stream to mappings, shard by shard. @returns what takes each record */
export function makeTableStream(time: VirtualTime, mappings: readonly StreamMapping[]): (record: StreamRecord) => void {
  const feeds = mappings.flatMap((mapping) =>
    Array.from({ length: SHARDS }, (_, shard) => ({ shard, feed: makeFeed(time, mapping) })),
  );
  return (record) => {
    const shard = shardOf(record.now?.pk ?? record.before?.pk ?? '');
    for (const feed of feeds) if (feed.shard === shard) feed.feed(record);
  };
}

const shardOf = (pk: string): number => (createHash('md5').update(pk).digest()[0] ?? 0) % SHARDS;

function makeFeed(
  time: VirtualTime,
  { batchSize, windowMs, matches, deliver }: StreamMapping,
): (record: StreamRecord) => void {
  let gathering: StreamRecord[] = [];
  let batch = 0;

  function flush(): void {
    const gathered = gathering;
    gathering = [];
    batch += 1;
    deliver(gathered);
  }

  return (record) => {
    if (!matches(record)) return;
    gathering.push(record);
    const current = batch;
    if (gathering.length >= batchSize) flush();
    else if (gathering.length === 1) {
      time.at(time.nowMs() + READ_EVERY_MS + windowMs, () => {
        if (batch === current) flush();
      });
    }
  };
}
