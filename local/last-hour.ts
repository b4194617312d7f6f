/** The last hour, minute by minute, for the console's overview. */

import type { CountedHour, LastHour, MeasuredHour } from '../console/server/metrics-source.ts';
import type { Measurement } from '../lambda/core/measurements.ts';
import { METRICS, type MetricName } from '../lambda/core/metrics.ts';

/** Keeps what happened in the last hour, and forgets what is older. */
export interface LastHourKeeper {
  add(measurement: Measurement): void;
  read(): LastHour;
}

const MINUTES = 60;
const MINUTE_MS = 60_000;

/** Of each metric; in a run that is busier, medians are those of the newest. */
const MAX_DURATIONS = 1_000;

/** What a metric counted in one minute, by fleet or outcome. */
interface CountedMinute {
  readonly minute: number;
  readonly by: Map<string, number>;
}

interface Duration {
  readonly atMs: number;
  readonly seconds: number;
}

/**
 * Makes a keeper that has seen nothing.
 *
 * @param now epoch milliseconds
 */
export function makeLastHour(now: () => number): LastHourKeeper {
  const counts = new Map<MetricName, CountedMinute[]>();
  const durations = new Map<MetricName, Duration[]>();
  const minuteNow = (): number => Math.floor(now() / MINUTE_MS);

  function count(metric: MetricName, value: number, label: string): void {
    const minute = minuteNow();
    const kept = (counts.get(metric) ?? []).filter((one) => one.minute > minute - MINUTES);
    const current = kept.at(-1)?.minute === minute ? kept.pop() : undefined;
    const by = current?.by ?? new Map<string, number>();
    by.set(label, (by.get(label) ?? 0) + value);
    counts.set(metric, [...kept, { minute, by }]);
  }

  return {
    add({ metric, value, dimensions }) {
      const { unit } = METRICS[metric];
      if (unit === 'Count') return count(metric, value, Object.values(dimensions).join(' '));
      const seconds = unit === 'Milliseconds' ? value / 1000 : value;
      const kept = durations.get(metric) ?? [];
      durations.set(metric, kept);
      kept.push({ atMs: now(), seconds });
      if (kept.length > MAX_DURATIONS) kept.shift();
    },
    read: () => ({
      counted: present(counts, (minutes) => countedHour(minutes, minuteNow())),
      measured: present(durations, (kept) => measuredHour(kept, (minuteNow() - MINUTES + 1) * MINUTE_MS)),
    }),
  };
}

function present<T, R>(
  kept: ReadonlyMap<MetricName, T>,
  read: (one: T) => R | undefined,
): Partial<Record<MetricName, R>> {
  const entries = [...kept].map(([metric, one]) => [metric, read(one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function countedHour(minutes: readonly CountedMinute[], lastMinute: number): CountedHour | undefined {
  const perMinute = Array.from({ length: MINUTES }, () => 0);
  const by: Record<string, number> = {};
  let total = 0;
  for (const one of minutes) {
    const place = MINUTES - 1 - (lastMinute - one.minute);
    if (place < 0) continue;
    for (const [label, value] of one.by) {
      perMinute[place] = (perMinute[place] ?? 0) + value;
      if (label !== '') by[label] = (by[label] ?? 0) + value;
      total += value;
    }
  }
  return total === 0 ? undefined : { total, perMinute, by };
}

function measuredHour(kept: readonly Duration[], sinceMs: number): MeasuredHour | undefined {
  const seconds = kept
    .filter(({ atMs }) => atMs >= sinceMs)
    .map((one) => one.seconds)
    .sort((a, b) => a - b);
  if (seconds.length === 0) return undefined;
  return { count: seconds.length, medianSeconds: rankOf(seconds, 0.5), p90Seconds: rankOf(seconds, 0.9) };
}

/** The smallest value that this share of all does not exceed (nearest rank). */
function rankOf(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}
