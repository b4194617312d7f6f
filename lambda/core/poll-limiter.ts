import type { Clock } from './ports.ts';

/**
 * Tells a device that polls far too often to slow down, from the memory of one function environment: a pending poll costs
 * one read and no write, and moderate haste (the AWS CLI polls twice within 3 ms at every login) is not an offence.
 *
 * A bucket of polls per session, refilled at the session's interval: a client that waits its interval always finds a poll in
 * it, so after a slow_down it recovers at once (RFC 8628 §3.5).
 */
export interface PollLimiter {
  /** Counts a poll. @returns whether it is one too many */
  isAbuse(sessionId: string, intervalSeconds: number): boolean;
}

const BURST_POLLS = 5;
const MAX_SESSIONS = 10_000;

/** Makes a limiter that remembers the 10,000 sessions that polled last. */
export function makePollLimiter(clock: Clock): PollLimiter {
  const buckets = new Map<string, { polls: number; atMs: number }>();

  return {
    isAbuse(sessionId, intervalSeconds) {
      const nowMs = clock.nowMs();
      const bucket = buckets.get(sessionId) ?? { polls: BURST_POLLS, atMs: nowMs };
      const refilled = Math.min(
        BURST_POLLS,
        bucket.polls + Math.max(0, nowMs - bucket.atMs) / (intervalSeconds * 1000),
      );
      const isAbuse = refilled < 1;
      buckets.delete(sessionId);
      buckets.set(sessionId, { polls: isAbuse ? refilled : refilled - 1, atMs: nowMs });
      const oldest = buckets.keys().next();
      if (buckets.size > MAX_SESSIONS && !oldest.done) buckets.delete(oldest.value);
      return isAbuse;
    },
  };
}
