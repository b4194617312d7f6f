import { makeMemoryTable } from '../faults/memory-table.ts';
import { explore } from './explore.ts';
import { KEEPING_RACES } from './races.ts';
import { SESSION_RACES } from './session-races.ts';
import { makeWorld } from './world.ts';

/** `node test/races/run.ts`: every race in every order on the table in memory, as a table for people. */

for (const race of [...SESSION_RACES, ...KEEPING_RACES]) {
  for (const orders of ['distinct', 'every'] as const) {
    const beganAtMs = performance.now();
    const { interleavings, steps } = await explore(
      async (scheduler) => race.prepare(await makeWorld(scheduler, makeMemoryTable())),
      { orders },
    );
    const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(1);
    console.log(`${race.name.padEnd(36)} ${orders.padEnd(8)} ${interleavings} orders of ${steps} steps, ${seconds} s`);
  }
}
