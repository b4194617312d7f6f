/** Stands in for DynamoDB: one table in memory that evaluates the conditions of every write. */
import type { Table } from '../../../../lambda/adapters/table.ts';
import { makeMemoryTable } from '../../../faults/memory-table.ts';

export * from '../../../../lambda/adapters/table.ts';

const table = makeMemoryTable();

export function makeTable(): Table {
  return table;
}
