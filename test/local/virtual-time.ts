/** A clock that moves only when a test moves it. */

import { setImmediate as turn } from 'node:timers/promises';

/** Virtual time. */
export interface VirtualTime {
  /** Epoch milliseconds. */
  now(): number;
  /** Waits in virtual time, or returns at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Lets time pass; what becomes due runs in its order. */
  advance(milliseconds: number): Promise<void>;
}

interface Sleeper {
  readonly dueAtMs: number;
  readonly wake: () => void;
}

/** Makes a clock that begins at the given epoch milliseconds. */
export function makeVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => nowMs,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const sleeper: Sleeper = { dueAtMs: nowMs + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    advance: async (milliseconds) => {
      const endMs = nowMs + milliseconds;
      await turn();
      for (;;) {
        const [next] = [...sleepers].filter(({ dueAtMs }) => dueAtMs <= endMs).sort((a, b) => a.dueAtMs - b.dueAtMs);
        if (next === undefined) break;
        nowMs = next.dueAtMs;
        sleepers.delete(next);
        next.wake();
        await turn();
      }
      nowMs = endMs;
      await turn();
    },
  };
}
