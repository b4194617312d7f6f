import type { Item, Table } from '../../lambda/adapters/table.ts';

/**
 * A part of a table that nobody else sees: keys get a prefix on their way in and lose it on their way out. So one table
 * serves any number of runs.
 */
export function isolatedTable(table: Table, prefix: string): Table {
  const inside = (item: Item): Item => ({ ...item, pk: item.pk.slice(prefix.length) });
  return {
    async get(pk) {
      const item = await table.get(prefix + pk);
      return item && inside(item);
    },
    batchGet: async (pks) => (await table.batchGet(pks.map((pk) => prefix + pk))).map(inside),
    putNew: (item) => table.putNew({ ...item, pk: prefix + item.pk }),
    async update(pk, change) {
      const updated = await table.update(prefix + pk, change);
      return updated.item === undefined ? updated : { ...updated, item: inside(updated.item) };
    },
    queryIndex: () => Promise.reject(new Error('an isolated table has no index')),
  };
}
