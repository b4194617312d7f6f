/** Stands in for DynamoDB: one table in memory that evaluates every condition, keeps book of every change, and can take them back. */
import type { Table } from '../../../lambda/adapters/table.ts';
import { makeMemoryTable, type TableChange } from '../../faults/memory-table.ts';

export * from '../../../lambda/adapters/table.ts';

let journal: TableChange[] = [];
const table = makeMemoryTable((change) => void journal.push(change));

/** DynamoDB takes no longer key (DynamoDB guide, "Quotas", partition key length). */
const MAX_KEY_BYTES = 2_048;

const canExist = (pk: string): boolean => Buffer.byteLength(pk) <= MAX_KEY_BYTES;

/** The same table for every function. What no key can be is the key of nothing, as in the adapter that this stands in for. */
export function makeTable(): Table {
  return {
    get: async (pk) => (canExist(pk) ? table.get(pk) : undefined),
    batchGet: (pks) => table.batchGet(pks.filter(canExist)),
    async putNew(item) {
      if (!canExist(item.pk)) throw new Error('ValidationException: the key is too long');
      return table.putNew(item);
    },
    update: async (pk, change) => (canExist(pk) ? table.update(pk, change) : { done: false }),
    queryIndex: (query) => table.queryIndex(query),
  };
}

/** The changes since the last time, oldest first; from now on there are none. */
export function takeChanges(): readonly TableChange[] {
  const taken = journal;
  journal = [];
  return taken;
}

/** Takes changes back, the newest first. */
export async function undo(changes: readonly TableChange[]): Promise<void> {
  for (const { before, now } of changes.toReversed()) {
    table.remove((now ?? before)?.pk ?? '');
    if (before !== undefined) await table.putNew(before);
  }
  takeChanges();
}

/** How many items there are. */
export function countItems(): number {
  return [...table.items()].length;
}
