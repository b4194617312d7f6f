import { createHash } from 'node:crypto';
import type { RandomBytes } from '../../lambda/core/ports.ts';

/** Chance that is the same in every run of a seed. Who needs chance of its own forks: its draws then disturb nobody's. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  next(): number;
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  fork(name: string): Dice;
  readonly bytes: RandomBytes;
}

/** Makes the dice of a seed (mulberry32). */
export function makeDice(seed: string): Dice {
  const digest = createHash('sha256').update(seed).digest();
  let state = digest.readUInt32LE(0);
  let draws = 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    next,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick: (choices) => choices[Math.floor(next() * choices.length)] as (typeof choices)[0],
    fork: (name) => makeDice(`${seed}/${name}`),
    bytes: (byteCount) => createHash('shake256', { outputLength: byteCount }).update(`${seed} ${draws++}`).digest(),
  };
}
