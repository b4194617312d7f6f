import type { Clock } from '../../lambda/core/ports.ts';

/** A quota of so many a second: a token bucket, as AWS's are. */
export interface Bucket {
  /** Whether there is room for so many. */
  has(units?: number): boolean;
  take(units?: number): void;
  /** When there will be room again for what was taken beyond it, in milliseconds from now: 0 when there is. */
  debtMs(): number;
}

/**
 * Makes a bucket, full.
 *
 * @param perSecond how fast it fills
 * @param size how much it holds. @default - one second's worth
 */
export function makeBucket(clock: Clock, perSecond: number, size = perSecond): Bucket {
  let units = size;
  let filledAtMs = clock.nowMs();
  const fill = (): void => {
    units = Math.min(size, units + ((clock.nowMs() - filledAtMs) * perSecond) / 1000);
    filledAtMs = clock.nowMs();
  };
  return {
    has(wanted = 1) {
      fill();
      return units >= wanted;
    },
    take(wanted = 1) {
      fill();
      units -= wanted;
    },
    debtMs() {
      fill();
      return units >= 0 ? 0 : Math.ceil((-units * 1000) / perSecond);
    },
  };
}
