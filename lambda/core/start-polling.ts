import type { CohortState } from './cohort.ts';
import { sha256 } from './hashing.ts';
import type { Clock } from './ports.ts';

/**
 * Starts the polling of a batch of sessions that have just become pending: one execution a batch. Its name comes from the
 * batch, so a batch that the stream delivers again starts nothing twice.
 */

/** Starts one execution. @returns false when one of this name has been started before */
export type StartLoop = (state: CohortState) => Promise<boolean>;

/** What the stream says of a session that became pending. */
export interface PendingSession {
  readonly sessionId: string;
  readonly nextPollAtMs: number;
  /** Of the API request that started it; the log's, not the loop's. */
  readonly correlationId?: string;
}

/** @returns the cohort that was started, or undefined when the batch held no pending session */
export function makeStartPolling({ startLoop, clock }: { startLoop: StartLoop; clock: Clock }) {
  return async function startPolling(pending: readonly PendingSession[]): Promise<string | undefined> {
    if (pending.length === 0) return undefined;
    const sessionIds = [...new Set(pending.map((session) => session.sessionId))].sort();
    // With the time of the first poll, so that a session that becomes pending a second time is another batch.
    const cohort = sha256(
      pending
        .map((session) => `${session.sessionId}@${session.nextPollAtMs}`)
        .sort()
        .join(' '),
    );
    const firstDueMs = Math.min(...pending.map((session) => session.nextPollAtMs));
    const waitSeconds = Math.max(1, Math.ceil((firstDueMs - clock.nowMs()) / 1000));
    await startLoop({ cohort, generation: 0, tick: 0, sessionIds, waitSeconds });
    return cohort;
  };
}
