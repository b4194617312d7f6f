/** One call to a service whose clock is right, by the caller's clock and by the service's own. */
export interface TimedCall {
  /** By the caller's clock, epoch milliseconds. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** The `Date` of the answer (RFC 9110 §6.6.1), epoch milliseconds: a whole second, some time during which it was made. */
  readonly dateMs: number;
}

/** What a clock may be off, and a `Date` be old, in milliseconds. Clocks that are kept right are off by a few. */
const TOLERANCE_MS = 2_000;
const DATE_RESOLUTION_MS = 1_000;

/**
 * Whether the caller's clock must be wrong. Intervals, leases and ends are compared with it, and written by it for others to
 * compare: two environments whose clocks disagree by minutes would poll too early and take the living for expired.
 *
 * @returns false when the call alone, however slow, may explain the difference
 */
export function isClockWrong({ sentAtMs, receivedAtMs, dateMs }: TimedCall): boolean {
  return receivedAtMs < dateMs - TOLERANCE_MS || sentAtMs > dateMs + DATE_RESOLUTION_MS + TOLERANCE_MS;
}
