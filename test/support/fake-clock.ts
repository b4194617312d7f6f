import type { Clock, Sleep } from '../../lambda/core/ports.ts';

/** Where the tests' time starts: a whole second, far from every limit. */
export const START_MS = 1_800_000_000_000;

/** The same in epoch seconds, as an `expiresAt` has it. */
export const START_SECONDS = START_MS / 1000;

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
  advanceSeconds(seconds: number): void;
  /** Lets the time pass at once. */
  readonly sleep: Sleep;
  /** What was slept so far, in milliseconds. */
  readonly slept: readonly number[];
}

/** Makes a clock; whoever sleeps by it moves it. */
export function makeFakeClock(startMs = START_MS): FakeClock {
  let nowMs = startMs;
  const slept: number[] = [];
  const advance = (milliseconds: number): void => {
    nowMs += milliseconds;
  };
  return {
    nowMs: () => nowMs,
    advance,
    advanceSeconds: (seconds) => advance(seconds * 1000),
    async sleep(milliseconds) {
      slept.push(milliseconds);
      advance(milliseconds);
    },
    slept,
  };
}
