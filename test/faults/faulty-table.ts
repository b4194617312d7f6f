import type { Table } from '../../lambda/adapters/table.ts';
import type { Dice } from './dice.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a storage call came to when its trouble outlasted the SDK's tries; only the name says which trouble. */
export class TableTrouble extends Error {
  constructor(name: string) {
    super('the table is in trouble');
    this.name = name;
  }
}

/** Tries of the SDK in its standard mode, and the longest pause before the next: 50 ms, then 100 ms, … */
const SDK_TRIES = 3;
const SDK_PAUSE_MS = 50;

/**
 * The way between a function and its table: it takes time, and things go wrong on it. What the SDK does about them it does
 * here too: it repeats, also what was done already and only its answer was lost.
 */
export function faultyTable(table: Table, faults: FaultPlan, time: VirtualTime, dice: Dice): Table {
  /** One try over the network. */
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    await time.sleep(faults.strikes('table slow') ? dice.between(300, 1_500) : dice.between(2, 8));
    if (faults.isDown('table throttled for 30 s', time.nowMs())) throw new TableTrouble('ThrottlingException');
    if (faults.strikes('table throttle')) throw new TableTrouble('ThrottlingException');
    if (faults.strikes('table reset')) throw new TableTrouble('ECONNRESET');
    if (faults.strikes('table 5xx')) throw new TableTrouble('InternalServerError');
    const answer = await work();
    await time.sleep(dice.between(1, 4));
    if (faults.strikes('table answer lost after commit')) throw new TableTrouble('TimeoutError');
    return answer;
  }

  async function call<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(work);
      } catch (error) {
        if (!(error instanceof TableTrouble) || tries === SDK_TRIES) throw error;
        await time.sleep(dice.between(0, SDK_PAUSE_MS * 2 ** (tries - 1)));
      }
    }
  }

  return {
    get: (pk) => call(() => table.get(pk)),
    batchGet: (pks) => call(() => table.batchGet(pks)),
    putNew: (item) => call(() => table.putNew(item)),
    async update(pk, change) {
      const updated = await call(() => table.update(pk, change));
      if (updated.done) return updated;
      // A condition that failed is followed by a look, a call of its own.
      const item = await call(() => table.get(pk));
      return item === undefined ? { done: false } : { done: false, item };
    },
    queryIndex: (query) => call(() => table.queryIndex(query)),
  };
}
