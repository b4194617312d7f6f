import type { Item, Table } from './table.ts';

/**
 * Adds an item that must not exist yet. The SDK repeats a write whose answer got lost, and then finds the item there: that is
 * no conflict when it is the very one.
 *
 * @param ownAttributes what no other item under this key has in common with this one
 * @throws when another item has the key
 */
export async function addOnce(table: Table, item: Item, ownAttributes: readonly string[]): Promise<void> {
  if (await table.putNew(item)) return;
  const there = await table.get(item.pk);
  if (there === undefined || ownAttributes.some((name) => there[name] !== item[name])) {
    throw new Error('an item with this key exists already');
  }
}
