import { setImmediate } from 'node:timers/promises';
import type { Clock, Sleep } from '../../lambda/core/ports.ts';
import { START_MS } from './fake-clock.ts';

/** Time for callers that run side by side: who sleeps is parked, and wakes when the test lets the time pass. */
export interface Timeline extends Clock {
  readonly sleep: Sleep;
  /** Starts a caller and lets it run until it sleeps or is done. */
  start<T>(work: () => Promise<T>): Promise<{ readonly result: Promise<T> }>;
  /** Lets time pass; sleepers wake in the order of their times, each running on before the next wakes. */
  elapse(milliseconds: number): Promise<void>;
  /** Lets time pass until nobody is running any more. */
  finish(): Promise<void>;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** Turns of the event loop without a new sleeper after which everybody who can sleep does. */
const QUIET_TURNS = 5;

/** Real time after which a caller that neither sleeps nor ends is a mistake in the test. */
const PATIENCE_MS = 10_000;

/** Makes a timeline that starts at `START_MS`. */
export function makeTimeline(): Timeline {
  let nowMs = START_MS;
  let running = 0;
  let sleepers: Sleeper[] = [];

  async function settle(): Promise<void> {
    let quiet = 0;
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (running > sleepers.length || quiet < QUIET_TURNS) {
      if (performance.now() > giveUpAt) throw new Error('somebody waits for something that is not on the timeline');
      const before = sleepers.length;
      await setImmediate();
      quiet = sleepers.length === before ? quiet + 1 : 0;
    }
  }

  async function wakeNext(untilMs: number): Promise<boolean> {
    const next = sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.wakeAtMs < first.wakeAtMs ? sleeper : first),
      undefined,
    );
    if (next === undefined || next.wakeAtMs > untilMs) return false;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    nowMs = Math.max(nowMs, next.wakeAtMs);
    next.wake();
    await settle();
    return true;
  }

  async function elapse(milliseconds: number): Promise<void> {
    const untilMs = nowMs + milliseconds;
    while (await wakeNext(untilMs));
    nowMs = untilMs;
  }

  return {
    nowMs: () => nowMs,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ wakeAtMs: nowMs + milliseconds, wake });
      }),
    async start(work) {
      running += 1;
      const result = work().finally(() => {
        running -= 1;
      });
      result.catch(() => undefined);
      await settle();
      return { result };
    },
    elapse,
    async finish() {
      while (running > 0 && (await wakeNext(Number.POSITIVE_INFINITY)));
      await settle();
    },
  };
}
