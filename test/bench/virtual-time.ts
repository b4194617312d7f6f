import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Sleep } from '../../lambda/core/ports.ts';

/** Time that passes only when everybody waits: what takes hours in the field takes seconds here. */
export interface VirtualTime extends Clock {
  readonly sleep: Sleep;
  /** Does something at a time, epoch milliseconds; at once when the time has passed. */
  at(timeMs: number, work: () => void): void;
  /** Lets time pass until nobody waits any more, or until a time in epoch milliseconds. */
  run(untilMs?: number): Promise<void>;
}

/** Where every run starts. */
export const BENCH_START_MS = 1_800_000_000_000;

interface Appointment {
  readonly timeMs: number;
  /** Appointments of the same millisecond are kept in the order in which they were made. */
  readonly order: number;
  readonly work: () => void;
}

/** Makes a time. Works for code that waits by `sleep` alone: between two appointments only promises are settled. */
export function makeVirtualTime(startMs = BENCH_START_MS): VirtualTime {
  const heap: Appointment[] = [];
  let nowMs = startMs;
  let made = 0;

  const at = (timeMs: number, work: () => void): void => {
    if (!Number.isFinite(timeMs)) throw new Error(`nobody can wait until ${timeMs}`);
    made += 1;
    push(heap, { timeMs: Math.max(timeMs, nowMs), order: made, work });
  };

  return {
    nowMs: () => nowMs,
    sleep: (milliseconds) => new Promise((wake) => at(nowMs + milliseconds, wake)),
    at,
    async run(untilMs = Number.POSITIVE_INFINITY) {
      await turn();
      for (let next = heap[0]; next !== undefined && next.timeMs <= untilMs; next = heap[0]) {
        nowMs = next.timeMs;
        while (heap[0]?.timeMs === nowMs) pop(heap)?.work();
        await turn();
      }
    },
  };
}

const isBefore = (a: Appointment, b: Appointment): boolean =>
  a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

/** A binary heap, since a run makes tens of millions of appointments. */
function push(heap: Appointment[], added: Appointment): void {
  let place = heap.push(added) - 1;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above] as Appointment;
    if (!isBefore(added, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = added;
}

function pop(heap: Appointment[]): Appointment | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Appointment, heap[child] as Appointment)) child += 1;
    if (!isBefore(heap[child] as Appointment, last)) break;
    heap[place] = heap[child] as Appointment;
    place = child;
  }
  heap[place] = last;
  return first;
}
