import { setImmediate as turn } from 'node:timers/promises';

/** Records by id, each change one step that nobody can get between: what a conditional write is to the table. */
export interface MemoryRecords<T> {
  read(id: string): Promise<T | undefined>;
  /** Adds a record. @returns false when the id was taken */
  add(id: string, record: T): Promise<boolean>;
  /** Changes a record if the condition holds. @returns the record before and now, and whether it was changed */
  change(id: string, holds: (record: T) => boolean, next: (record: T) => T): Promise<MemoryChange<T>>;
  /** Deletes a record, as the table's TTL does days after an item's end. */
  remove(id: string): void;
  /** All records, as they are now. */
  all(): T[];
}

export interface MemoryChange<T> {
  readonly done: boolean;
  readonly before?: T;
  readonly now?: T;
}

/** Makes an empty set of records; every answer is a copy, and every call takes a turn, as over a network. */
export function makeMemoryRecords<T>(): MemoryRecords<T> {
  const records = new Map<string, T>();

  return {
    async read(id) {
      await turn();
      return structuredClone(records.get(id));
    },

    async add(id, record) {
      await turn();
      if (records.has(id)) return false;
      records.set(id, structuredClone(record));
      return true;
    },

    async change(id, holds, next) {
      await turn();
      const before = records.get(id);
      if (before === undefined) return { done: false };
      if (!holds(before)) return { done: false, now: structuredClone(before) };
      const now = structuredClone(next(before));
      records.set(id, now);
      return { done: true, before: structuredClone(before), now: structuredClone(now) };
    },

    remove: (id) => void records.delete(id),
    all: () => structuredClone([...records.values()]),
  };
}

/** A record without some of its members. */
export function without<T extends object>(record: T, members: readonly (keyof T)[]): T {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !members.includes(name as keyof T))) as T;
}
