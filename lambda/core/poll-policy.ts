/**
 * When a session may be polled, and when it is worth it. Pure: the one place that knows the interval rule.
 *
 * The interval of RFC 8628 §3.2 is a minimum. `slow_down` adds 5 s for this and all later polls (§3.5).
 * Upstream trouble (429, 5xx, time-outs) means "still pending, wait longer".
 */

/** Seconds that one slow_down adds, for good (RFC 8628 §3.5). */
export const SLOW_DOWN_SECONDS = 5;

/** The longest wait that upstream trouble leads to, unless the interval is longer. */
const MAX_BACKOFF_SECONDS = 60;

/** The wait while upstream is at its quota, unless the interval is longer: few people approve sooner. */
const AT_QUOTA_SECONDS = 30;

/** The longest wait that age leads to, unless the interval is longer. */
const MAX_EASED_SECONDS = 30;

/** Seconds that the loop leaves a device that polls by itself: its own poll then finds the session due, not the loop's. */
const LOOP_SLACK_SECONDS = 2;

/** Seconds before the end of a session at which the loop looks once more, so that a late approval is not lost. */
const LAST_LOOK_SECONDS = 2;

/** Time that one upstream call may take; a claim is held at least this long. */
export const UPSTREAM_TIMEOUT_MS = 3_000;

/** Time that counting a call may take (paced-upstream.ts), between the claim and the call. */
export const PACE_TIMEOUT_MS = 1_000;

/** Time that a claim may take: the call comes after both, and the lease has room for both. */
export const CLAIM_TIMEOUT_MS = UPSTREAM_TIMEOUT_MS - PACE_TIMEOUT_MS;

interface Paced {
  readonly intervalSeconds: number;
  readonly slowDowns: number;
}

/** Least seconds between two upstream polls of a session. */
export function spacingSeconds(session: Paced): number {
  return Math.max(1, session.intervalSeconds) + SLOW_DOWN_SECONDS * session.slowDowns;
}

/**
 * Until when a claimed session is nobody else's: a claimer that dies has made its call within the time-out, so the
 * spacing is kept whatever happens to it.
 */
export function leaseUntilMs(session: Paced, claimedAtMs: number): number {
  return claimedAtMs + UPSTREAM_TIMEOUT_MS + spacingSeconds(session) * 1000;
}

/** Whether somebody is asking upstream about a session this moment, so that an answer is worth waiting for. */
export function isPollUnderWay(
  session: Paced & { nextPollAtMs: number; leaseUntilMs?: number },
  nowMs: number,
): boolean {
  const { leaseUntilMs } = session;
  return leaseUntilMs === session.nextPollAtMs && nowMs < leaseUntilMs - spacingSeconds(session) * 1000;
}

/**
 * The earliest first poll of a session.
 *
 * @param startedAtMs when upstream's answer was in
 * @param atQuota whether upstream is at its quota
 */
export function firstPollAtMs(intervalSeconds: number, startedAtMs: number, atQuota = false): number {
  return startedAtMs + Math.max(intervalSeconds, atQuota ? AT_QUOTA_SECONDS : 0) * 1000;
}

/**
 * The earliest next poll after one that left the session pending.
 *
 * @param answeredAtMs when upstream's answer was in, so that no delay on the wire can undercut the spacing
 * @param failedPolls polls in a row without an answer of the protocol, this one included
 * @param atQuota whether upstream is at its quota
 */
export function nextPollAtMs(session: Paced, answeredAtMs: number, failedPolls: number, atQuota = false): number {
  const spacing = spacingSeconds(session);
  const backoff = failedPolls === 0 ? 0 : Math.min(MAX_BACKOFF_SECONDS, spacing * 2 ** Math.min(failedPolls, 6));
  return answeredAtMs + Math.max(spacing, backoff, atQuota ? AT_QUOTA_SECONDS : 0) * 1000;
}

/** What the loop needs to know of a session. */
export interface LoopView extends Paced {
  readonly createdAtMs: number;
  readonly nextPollAtMs: number;
  readonly expiresAt: number;
  /** Of a deferred session: when its upstream code began and ends. */
  readonly activatedAtMs?: number;
  readonly activationExpiresAt?: number;
}

/**
 * When the polling loop takes a session: some slack after it may be polled, so that a device that polls by itself always
 * comes first, and later as the session ages; but once more just before the session ends, and at the end itself.
 */
export function loopDueAtMs(session: LoopView, nowMs: number): number {
  const ageSeconds = Math.max(0, nowMs - (session.activatedAtMs ?? session.createdAtMs)) / 1000;
  const eased = Math.min(MAX_EASED_SECONDS, Math.floor(ageSeconds / 8));
  const extraSeconds = Math.max(LOOP_SLACK_SECONDS, eased - spacingSeconds(session));
  const due = session.nextPollAtMs + extraSeconds * 1000;
  const endMs = endMsOf(session);
  const lastLookMs = endMs - LAST_LOOK_SECONDS * 1000;
  if (session.nextPollAtMs <= lastLookMs) return Math.min(due, lastLookMs);
  return Math.max(session.nextPollAtMs, endMs);
}

/**
 * Whether the loop, awake for whatever reason, takes a session along: once its device has had its slack. The sessions of a
 * cohort fall into step that way, and one tick serves them all.
 */
export function isLoopsTurn(session: LoopView, nowMs: number): boolean {
  return nowMs >= Math.min(loopDueAtMs(session, nowMs), session.nextPollAtMs + LOOP_SLACK_SECONDS * 1000);
}

/**
 * Whole seconds until the loop has something to do, rounded up: at least 1, as a Wait state takes integers.
 *
 * @param sessions the sessions still pending; not empty
 * @param gatherSeconds how much longer it waits for sessions that are due soon after the first, so that one tick polls them
 * all; never past the last look at any of them
 */
export function loopWaitSeconds(sessions: readonly LoopView[], nowMs: number, gatherSeconds = 0): number {
  const dueMs = sessions.map((session) => loopDueAtMs(session, nowMs));
  const latestMs = Math.min(
    ...sessions.map((session, place) => {
      const ownDueMs = dueMs[place] as number;
      const lastLookMs = endMsOf(session) - LAST_LOOK_SECONDS * 1000;
      return ownDueMs > lastLookMs ? ownDueMs : Math.min(ownDueMs + gatherSeconds * 1000, lastLookMs);
    }),
  );
  const wakeAtMs = Math.max(...dueMs.filter((atMs) => atMs <= latestMs));
  return Math.max(1, Math.ceil((wakeAtMs - nowMs) / 1000));
}

const endMsOf = (session: LoopView): number =>
  Math.min(session.expiresAt, session.activationExpiresAt ?? session.expiresAt) * 1000;
