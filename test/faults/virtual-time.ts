import type { Clock, Sleep } from '../../lambda/core/ports.ts';

/** Discrete events on a clock that jumps from one to the next. The same events in the same order, every time. */
export interface VirtualTime extends Clock {
  readonly sleep: Sleep;
  /** Waits, or returns as soon as the signal is aborted. */
  sleepUnless(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Has something done at a time, epoch milliseconds. */
  at(atMs: number, act: () => void): void;
  /** Runs events until none is left, or until this time. */
  run(untilMs: number, onProgress?: (nowMs: number) => void, signal?: AbortSignal): Promise<void>;
}

interface Event {
  readonly atMs: number;
  /** Of events at the same time the one that was planned first comes first. */
  readonly order: number;
  readonly act: () => void;
}

/** Events between two reports of progress. */
const PROGRESS_EVERY = 20_000;

/** Until everybody who was woken waits again: promises have run out. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes a clock that begins at the given epoch milliseconds. */
export function makeVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let planned = 0;
  const events: Event[] = [];

  function at(atMs: number, act: () => void): void {
    push(events, { atMs: Math.max(nowMs, atMs), order: planned++, act });
  }

  return {
    nowMs: () => nowMs,
    at,
    sleep: (milliseconds) => new Promise((resolve) => at(nowMs + milliseconds, resolve)),
    sleepUnless: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
        at(nowMs + milliseconds, resolve);
      }),

    async run(untilMs, onProgress, signal) {
      await turn();
      for (let count = 1; ; count += 1) {
        const first = events[0];
        if (first === undefined || first.atMs > untilMs || signal?.aborted === true) return;
        pop(events);
        nowMs = first.atMs;
        first.act();
        await turn();
        if (count % PROGRESS_EVERY === 0) onProgress?.(nowMs);
      }
    },
  };
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Into a binary heap. */
function push(heap: Event[], event: Event): void {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent] as Event;
    if (isBefore(above, event)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = event;
}

/** Takes the first out of a binary heap. */
function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left;
    if (isBefore(last, heap[child] as Event)) break;
    heap[place] = heap[child] as Event;
    place = child;
  }
  heap[place] = last;
}
