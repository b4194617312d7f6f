import type { Operation } from './knobs.ts';

/** One call as it was answered. `codeHash` is the hex SHA-256 of the device code it was about; no secret is in it. */
export type CallRecord = {
  readonly operation: Operation | 'Approve' | 'Deny';
  /** When the request arrived, before any delay. */
  readonly atEpochMs: number;
  /** `ok`, the exception's name, or `hung`. */
  readonly outcome: string;
  readonly codeHash?: string;
  /** The call was done but its answer was destroyed on the way. */
  readonly dropped?: true;
};

/** Every call since the start, oldest first, and how many polls came before their interval was over. */
export type CallLog = CallRecord[] & { early: number };

/** The oldest calls are forgotten beyond this many, so that a long local run stays small. */
const KEPT_CALLS = 100_000;
const FORGOTTEN_AT_ONCE = 10_000;

/** An empty log. */
export function createCallLog(): CallLog {
  return Object.assign([], { early: 0 });
}

/** Adds one call. */
export function recordCall(calls: CallLog, call: CallRecord): void {
  calls.push(call);
  if (calls.length > KEPT_CALLS) calls.splice(0, FORGOTTEN_AT_ONCE);
}
