/** The edges of the core that are not storage or upstream: time and randomness, so that tests can hold both. */

/** Where the core reads the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** A cryptographically secure source of random bytes. */
export type RandomBytes = (byteCount: number) => Uint8Array;

/** Waits; the core's only way to let time pass. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** Whole seconds since the epoch, rounded down: what an `expiresAt` is compared with. */
export function epochSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
