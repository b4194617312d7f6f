/** Stands in for the machine's clock, random source and patience: every request comes at the same moment, and waits for nothing. */
import type { Clock, RandomBytes, Sleep } from '../../../lambda/core/ports.ts';
import { makeFakeRandom } from '../../support/fake-random.ts';

let nowMs = Date.now();

export const systemClock: Clock = { nowMs: () => nowMs };

export const systemRandomBytes: RandomBytes = makeFakeRandom('fuzz');

/** Whoever sleeps is awake at once, and it is later. */
export const systemSleep: Sleep = async (milliseconds) => {
  nowMs += milliseconds;
};

/** Sets the clock, epoch milliseconds. */
export function setClock(epochMs: number): void {
  nowMs = epochMs;
}
