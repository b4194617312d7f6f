/** How long answers took. */

/** Collects durations in milliseconds. */
export interface Latencies {
  add(milliseconds: number): void;
  readonly count: number;
  /** @param share such as 0.99 */
  at(share: number): number;
  /** `p50 3 ms, p99 12 ms, slowest 40 ms (1,000 answers)` */
  text(): string;
}

/** Makes an empty collection. */
export function makeLatencies(): Latencies {
  const values: number[] = [];
  const at = (share: number): number => {
    const sorted = values.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  };
  return {
    add: (milliseconds) => void values.push(milliseconds),
    get count() {
      return values.length;
    },
    at,
    text: () =>
      `p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, slowest ${at(1).toFixed(0)} ms (${values.length} answers)`,
  };
}
