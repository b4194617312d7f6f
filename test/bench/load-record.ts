import type { Clock } from '../../lambda/core/ports.ts';

/** What is watched, second by second. */
export const SERIES = [
  'arrived',
  'apiRequests',
  'apiRefused',
  'told to slow down',
  'upstreamServed',
  'upstreamRefused',
  'writeUnits',
  'writesWaiting',
  'executionsStarted',
  'startsWaiting',
  'transitions',
  'concurrent',
  'concurrentRefused',
  'done',
] as const;

export type Series = (typeof SERIES)[number];

/** Load over time. */
export interface LoadRecord {
  add(series: Series, by?: number): void;
  /** Keeps the highest value of a second. */
  peak(series: Series, value: number): void;
  /** A value for each second from the start. */
  of(series: Series): readonly number[];
}

/** Makes a record that starts now. */
export function makeLoadRecord(clock: Clock): LoadRecord {
  const startMs = clock.nowMs();
  const seconds = new Map<Series, number[]>(SERIES.map((series) => [series, []]));
  const second = (): number => Math.floor((clock.nowMs() - startMs) / 1000);

  function change(series: Series, next: (before: number) => number): void {
    const values = seconds.get(series) as number[];
    const now = second();
    while (values.length <= now) values.push(0);
    values[now] = next(values[now] ?? 0);
  }

  return {
    add: (series, by = 1) => change(series, (before) => before + by),
    peak: (series, value) => change(series, (before) => Math.max(before, value)),
    of: (series) => seconds.get(series) ?? [],
  };
}

/** The longest run of seconds in a row in which something holds. */
export function longestRun(values: readonly number[], holds: (value: number) => boolean): number {
  let [longest, current] = [0, 0];
  for (const value of values) {
    current = holds(value) ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}
