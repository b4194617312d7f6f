import type { Change, Item, Table, UpdateResult } from '../../lambda/adapters/table.ts';
import type { Sleep } from '../../lambda/core/ports.ts';
import { holds } from './conditions.ts';
import type { Counts, Part } from './counts.ts';
import { itemBytes, readUnitsOf, writeUnitsOf } from './item-size.ts';

/** One record of the table's stream. */
export interface StreamRecord {
  readonly before?: Item;
  readonly now?: Item;
}

/** The attributes of each index, keys first two: a write costs index units only when it changes one of them. */
const INDEXES = [
  ['phaseShard', 'createdOrder', 'phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
  ['kind', 'createdOrder'],
] as const;

export interface CountingTableOptions {
  readonly counts: Counts;
  readonly sleep: Sleep;
  /** How long a call takes. */
  readonly latencyMs: number;
  /** Told of every change of an item. */
  readonly onChange: (record: StreamRecord) => void;
  /** Told of every write before it is made, with its units: where a table that is at its limit makes callers wait, or throws. */
  readonly beforeWrite?: (units: number) => Promise<void>;
}

/** A table that counts for one part of the broker. */
export interface CountingTables {
  readonly as: (part: Part) => Table;
  readonly items: ReadonlyMap<string, Item>;
}

/** The broker's table in memory, behind the real stores: it evaluates their conditions and counts what DynamoDB bills. */
export function makeCountingTables(options: CountingTableOptions): CountingTables {
  const items = new Map<string, Item>();
  return { items, as: (part) => makeCountingTable(items, part, options) };
}

function makeCountingTable(items: Map<string, Item>, part: Part, options: CountingTableOptions): Table {
  const { counts, sleep, latencyMs, onChange, beforeWrite } = options;

  async function call(): Promise<void> {
    counts.add(part, 'dynamoDbCalls');
    await sleep(latencyMs);
  }

  function countRead(item: Item | undefined): void {
    counts.add(part, 'readUnits', readUnitsOf(item === undefined ? 0 : itemBytes(item)));
  }

  async function get(pk: string): Promise<Item | undefined> {
    await call();
    countRead(items.get(pk));
    return copyOf(items.get(pk));
  }

  /** Billed by the larger of the images; a write that its condition refuses is billed like one that happens. */
  function countWrite(before: Item | undefined, now: Item | undefined): void {
    counts.add(part, 'writeUnits', unitsOf(before, now));
  }

  function store(pk: string, before: Item | undefined, now: Item): void {
    items.set(pk, now);
    counts.add(
      part,
      'indexWriteUnits',
      INDEXES.reduce((sum, names) => sum + indexUnits(names, before, now), 0),
    );
    counts.add(part, 'streamRecords');
    onChange(before === undefined ? { now } : { before, now });
  }

  async function update(pk: string, change: Change): Promise<UpdateResult> {
    await call();
    await beforeWrite?.(unitsOf(items.get(pk), undefined));
    const before = items.get(pk);
    if (!change.when.every((clause) => holds(clause, before ?? {}))) {
      countWrite(before, undefined);
      // The error brings the item; only where it brings none somebody looks.
      const seen = before === undefined ? await get(pk) : copyOf(before);
      return seen === undefined ? { done: false } : { done: false, item: seen };
    }
    const now = changed(before ?? { pk }, change);
    store(pk, before, now);
    countWrite(before, now);
    return { done: true, item: copyOf(now) };
  }

  return {
    get,
    update,
    async batchGet(pks) {
      await call();
      for (const pk of pks) countRead(items.get(pk));
      return pks.flatMap((pk) => copyOf(items.get(pk)) ?? []);
    },
    async putNew(item) {
      await call();
      await beforeWrite?.(unitsOf(undefined, item));
      const before = items.get(item.pk);
      const isNew = before === undefined;
      if (isNew) store(item.pk, undefined, withoutUndefined(item));
      countWrite(before, item);
      return isNew;
    },
    queryIndex: () => Promise.reject(new Error('the bench asks no index')),
  };
}

const unitsOf = (before: Item | undefined, now: Item | undefined): number =>
  writeUnitsOf(Math.max(before ? itemBytes(before) : 0, now ? itemBytes(now) : 0));

function copyOf<T extends Item | undefined>(item: T): T {
  return (item && { ...item }) as T;
}

function withoutUndefined(item: Item): Item {
  const kept = { ...item };
  for (const name in kept) if (kept[name] === undefined) delete kept[name];
  return kept;
}

function changed(before: Item, { set = {}, remove = [], add = {} }: Change): Item {
  const now = withoutUndefined({ ...before, ...set });
  for (const name of remove) delete now[name];
  for (const name in add) now[name] = Number(before[name] ?? 0) + (add[name] ?? 0);
  return now;
}

/** Nothing, or one unit for an entry that comes, goes or changes, and two for one whose key changes. */
function indexUnits([partition, sort, ...rest]: readonly string[], before: Item | undefined, now: Item): number {
  const isIn = (item: Item | undefined): boolean =>
    item?.[partition as string] !== undefined && item[sort as string] !== undefined;
  if (!isIn(before)) return isIn(now) ? 1 : 0;
  const differs = (name: string | undefined): boolean => name !== undefined && before?.[name] !== now[name];
  if (differs(partition) || differs(sort)) return isIn(now) ? 2 : 1;
  return rest.some(differs) ? 1 : 0;
}
