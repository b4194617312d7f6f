import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../lambda/adapters/table.ts';
import {
  dynamoDbLocalFolder,
  type LocalTables,
  startLocalTables,
} from '../adapters/store-contract/dynamodb-local-tables.ts';
import { makeMemoryTable } from '../faults/memory-table.ts';
import { KEEPING_MUTANTS, type Mutant, mutated, SESSION_MUTANTS } from '../faults/mutants.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { type Explored, explore } from './explore.ts';
import { isolatedTable } from './isolated-table.ts';
import { KEEPING_RACES, type Race } from './races.ts';
import { SESSION_RACES } from './session-races.ts';
import { makeWorld } from './world.ts';

const RACES = [...SESSION_RACES, ...KEEPING_RACES];

/** Runs a race in each order of its steps, every time over what this gives as an empty table. */
function run(race: Race, orders: 'every' | 'distinct', emptyTable: () => Table): Promise<Explored> {
  return explore(async (scheduler) => race.prepare(await makeWorld(scheduler, emptyTable())), { orders });
}

describe('in every order of their storage steps, on the table in memory', { timeout: 300_000 }, () => {
  it.each(RACES)('$name: $holds', async (race) => {
    expect((await run(race, 'every', () => makeMemoryTable())).interleavings).toBeGreaterThan(1);
  });
});

/** The same on a real table; of orders that differ only in steps on different items, one. */
function onTable(open: () => Promise<{ table: Table; close: () => Promise<void> }>): void {
  let table: Table;
  let close = async (): Promise<void> => undefined;
  let runs = 0;
  beforeAll(async () => {
    ({ table, close } = await open());
  });
  afterAll(() => close());

  it.each(RACES)('$name: $holds', async (race) => {
    const emptyTable = (): Table => isolatedTable(table, `run-${runs++}#`);
    expect((await run(race, 'distinct', emptyTable)).interleavings).toBeGreaterThan(1);
  });
}

describe('in every distinct order of their storage steps, on dynalite', { timeout: 300_000 }, () => {
  onTable(async () => {
    const dynalite: Dynalite = await startDynalite();
    return { table: await dynalite.newTable(), close: dynalite.close };
  });
});

const folder = dynamoDbLocalFolder();

describe.skipIf(folder === undefined)(
  'in every distinct order of their storage steps, on DynamoDB Local',
  { timeout: 300_000 },
  () => {
    onTable(async () => {
      const tables: LocalTables = await startLocalTables(folder as string);
      return { table: (await tables.newTable()).table, close: tables.close };
    });
  },
);

describe('a race finds the bug when', { timeout: 300_000 }, () => {
  const found: readonly { mutant: Mutant; by: string }[] = [
    { mutant: SESSION_MUTANTS.claimPoll, by: 'claim / claim of a poll' },
    { mutant: SESSION_MUTANTS.authorize, by: 'settle / cancel' },
    { mutant: SESSION_MUTANTS.claimTokens, by: 'claim / claim of the tokens' },
    { mutant: SESSION_MUTANTS.end, by: 'supersede / settle' },
    { mutant: KEEPING_MUTANTS.enrollment, by: 'enroll / enroll at the last use' },
    { mutant: KEEPING_MUTANTS.registrationLease, by: 'mint / mint' },
    { mutant: KEEPING_MUTANTS.grantLease, by: 'refresh / refresh' },
    { mutant: KEEPING_MUTANTS.custody, by: 'refresh / revoke' },
  ];

  it.each(found)('$mutant.name ($by)', async ({ mutant, by }) => {
    const race = RACES.find(({ name }) => name === by) as Race;
    await expect(run(race, 'distinct', () => mutated(makeMemoryTable(), mutant))).rejects.toThrow('in this order');
  });
});
