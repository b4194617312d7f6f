import type { SessionDirectory, SessionEntry } from '../core/session-directory.ts';
import type { SessionTally, TallyEntry } from '../core/session-summary.ts';
import { clientKind, ENROLLMENT_KEY_KIND, phaseShard, SHARDS } from './keys.ts';
import type { Item, Table } from './table.ts';

/** The lists that operators read, from the table's indexes: queries only, never a scan. */

const PAGE_ITEMS = 50;

/** One partition of an index, newest first. */
async function* partitionOf(
  table: Table,
  indexName: string,
  name: string,
  value: string,
  after?: string,
): AsyncGenerator<Item> {
  let position = after;
  for (;;) {
    const sort = position === undefined ? { name: 'createdOrder' } : { name: 'createdOrder', after: position };
    const items = await table.queryIndex({
      indexName,
      partition: { name, value },
      sort,
      newestFirst: true,
      limit: PAGE_ITEMS,
    });
    yield* items;
    if (items.length < PAGE_ITEMS) return;
    position = items.at(-1)?.createdOrder as string;
  }
}

/** Many partitions as one, newest first: always the newest of their heads. */
async function* merged(partitions: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const heads = (await Promise.all(partitions.map(headOf))).filter((head) => head !== undefined);
  while (heads.length > 0) {
    heads.sort((a, b) => (orderOf(a.item) < orderOf(b.item) ? 1 : -1));
    const newest = heads[0] as Head;
    yield newest.item;
    const next = await headOf(newest.partition);
    if (next === undefined) heads.shift();
    else heads[0] = next;
  }
}

interface Head {
  readonly item: Item;
  readonly partition: AsyncGenerator<Item>;
}

async function headOf(partition: AsyncGenerator<Item>): Promise<Head | undefined> {
  const { value, done } = await partition.next();
  return done ? undefined : { item: value, partition };
}

const orderOf = (item: Item): string => item.createdOrder as string;

/** Sessions by phase, from the index `byPhase`. */
export function makeDynamoDbSessionDirectory(table: Table): SessionDirectory {
  return {
    async *newestFirst(phases, after) {
      const values = phases.flatMap((phase) => SHARDS.map((shard) => phaseShard(phase, shard)));
      const partitions = values.map((value) => partitionOf(table, 'byPhase', 'phaseShard', value, after));
      for await (const item of merged(partitions)) {
        yield { ...item, sessionId: item.pk.slice('SESSION#'.length) } as unknown as SessionEntry;
      }
    },
  };
}

/** What counting reads of an entry. */
const TALLY_ATTRIBUTES = [
  'createdOrder',
  'phase',
  'fleet',
  'expiresAt',
  'activationExpiresAt',
] as const satisfies readonly (keyof TallyEntry)[];

/** As many as surely fit into the 1 MB that one query reads: an entry has some 300 bytes. */
const TALLY_PAGE_ITEMS = 1_000;

/** All sessions of some phases, from the index `byPhase`, every partition for itself. */
export function makeDynamoDbSessionTally(table: Table): SessionTally {
  async function visitPartition(value: string, see: (entry: TallyEntry) => void): Promise<void> {
    let position: string | undefined;
    for (;;) {
      const items = await table.queryIndex({
        indexName: 'byPhase',
        partition: { name: 'phaseShard', value },
        sort: { name: 'createdOrder', ...(position !== undefined && { after: position }) },
        newestFirst: false,
        limit: TALLY_PAGE_ITEMS,
        attributes: TALLY_ATTRIBUTES,
      });
      for (const item of items) see(item as unknown as TallyEntry);
      if (items.length < TALLY_PAGE_ITEMS) return;
      position = items.at(-1)?.createdOrder as string;
    }
  }

  return {
    async visit(phases, see) {
      const values = phases.flatMap((phase) => SHARDS.map((shard) => phaseShard(phase, shard)));
      await Promise.all(values.map((value) => visitPartition(value, see)));
    },
  };
}

/** Clients and enrollment keys, from the sparse index `byKind`; the items themselves are read from the table. */
export function listKind(table: Table, kind: 'client' | 'enrollment-key', after?: string): AsyncGenerator<Item> {
  const values = kind === 'client' ? SHARDS.map(clientKind) : [ENROLLMENT_KEY_KIND];
  return merged(values.map((value) => partitionOf(table, 'byKind', 'kind', value, after)));
}
