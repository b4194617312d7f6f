/** Durations as people write them in the configuration: whole seconds, or a number with a unit. */

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads a duration and answers it in seconds, or undefined when it is none.
 *
 * @param value a whole number of seconds (`300`), or a whole number with a unit (`"300s"`, `"5m"`, `"24h"`, `"90d"`)
 */
export function durationSeconds(value: number | string): number | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  }
  const match = /^(\d{1,9})([smhd])$/.exec(value.trim());
  if (match === null) {
    return undefined;
  }
  const [, count = '', unit = ''] = match;
  return Number(count) * (SECONDS_PER_UNIT[unit] ?? Number.NaN);
}
