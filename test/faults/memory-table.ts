import type { Change, IndexQuery, Item, Table } from '../../lambda/adapters/table.ts';
import { compileCondition } from './condition.ts';

/** One change of an item; both sides are read-only. */
export interface TableChange {
  readonly before: Item | undefined;
  readonly now: Item | undefined;
}

/**
 * The broker's table in memory: the adapters' own expressions, evaluated as DynamoDB does, and nobody in between. Items are
 * frozen: who writes to one that was read, or that was given to be written, is told so by an error.
 */
export interface MemoryTable extends Table {
  peek(pk: string): Item | undefined;
  items(): IterableIterator<Item>;
  /** Deletes an item, as the table's TTL does days after its end. */
  remove(pk: string): void;
}

/** What `byPhase` and `byKind` hold beside their keys. */
const PROJECTED = [
  'pk',
  'phaseShard',
  'createdOrder',
  'phase',
  'clientId',
  'fleet',
  'expiresAt',
  'activationExpiresAt',
];
const KEYS_ONLY = ['pk', 'kind', 'createdOrder'];

/**
 * Makes an empty table.
 *
 * @param onChange told of every change at the moment that it is made: the stream
 */
export function makeMemoryTable(onChange: (change: TableChange) => void = () => undefined): MemoryTable {
  const items = new Map<string, Item>();

  function put(before: Item | undefined, now: Item): Item {
    items.set(now.pk, Object.freeze(now));
    onChange({ before, now });
    return now;
  }

  return {
    async get(pk) {
      return items.get(pk);
    },

    async batchGet(pks) {
      if (new Set(pks).size < pks.length) throw new Error('ValidationException: duplicate keys in BatchGetItem');
      if (pks.length > 100) throw new Error('ValidationException: more than 100 keys in BatchGetItem');
      return pks.flatMap((pk) => items.get(pk) ?? []);
    },

    async putNew(item) {
      if (items.has(item.pk)) return false;
      put(undefined, defined(item) as Item);
      return true;
    },

    async update(pk, change) {
      const before = items.get(pk);
      if (!holds(change, before)) {
        return before === undefined ? { done: false } : { done: false, item: before };
      }
      return { done: true, item: put(before, changed(before ?? { pk }, change)) };
    },

    async queryIndex(query) {
      return queried([...items.values()], query);
    },

    peek: (pk) => items.get(pk),
    items: () => items.values(),
    remove(pk) {
      const before = items.get(pk);
      if (items.delete(pk)) onChange({ before, now: undefined });
    },
  };
}

function holds({ when }: Change, item: Item | undefined): boolean {
  const values: Record<string, unknown> = {};
  let count = 0;
  const names = {
    name: (attribute: string): string => `#${attribute}`,
    value(value: unknown): string {
      const placeholder = `:v${count++}`;
      values[placeholder] = value;
      return placeholder;
    },
  };
  const expression = when.map((clause) => clause(names)).join(' AND ');
  return compileCondition(expression)(item, values);
}

function changed(before: Item, { set = {}, remove = [], add = {} }: Change): Item {
  const paths = [...Object.keys(set).filter((name) => set[name] !== undefined), ...remove, ...Object.keys(add)];
  if (new Set(paths).size < paths.length) throw new Error('ValidationException: two document paths overlap');
  if (paths.length === 0) throw new Error('ValidationException: an UpdateExpression must not be empty');
  if (paths.includes('pk')) throw new Error('ValidationException: a key cannot be updated');
  const now: Record<string, unknown> = { ...before, ...(defined(set) as object) };
  for (const name of remove) delete now[name];
  for (const [name, by] of Object.entries(add)) {
    const was = now[name] ?? 0;
    if (typeof was !== 'number') throw new Error(`ValidationException: ${name} is no number`);
    now[name] = was + by;
  }
  return now as Item;
}

function queried(items: readonly Item[], query: IndexQuery): Item[] {
  const { partition, sort, newestFirst, limit, attributes } = query;
  const orderOf = (item: Item): string => item[sort.name] as string;
  const sign = newestFirst ? -1 : 1;
  return items
    .filter((item) => item[partition.name] === partition.value && typeof item[sort.name] === 'string')
    .filter((item) => sort.after === undefined || (orderOf(item) > sort.after ? 1 : -1) * sign > 0)
    .filter((item) => orderOf(item) !== sort.after)
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -sign : sign))
    .slice(0, limit)
    .map((item) => pick(item, attributes ?? (query.indexName === 'byPhase' ? PROJECTED : KEYS_ONLY)));
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]]))) as Item;
}

/** What is undefined is left out, as the document client does. */
function defined(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, frozen(value)]));
}

/** A copy that nobody can change. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozen));
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, own]) => [name, frozen(own)])));
}
