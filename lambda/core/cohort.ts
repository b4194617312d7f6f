import { aboutSession, type Observe } from './events.ts';
import { isLoopsTurn, loopDueAtMs, loopWaitSeconds } from './poll-policy.ts';
import type { PollSession } from './poll-session.ts';
import type { Clock } from './ports.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

/**
 * One tick of the polling loop: polls what is due of a cohort (the sessions of one execution) and says how long to wait.
 * The state machine holds ids and numbers, nothing else.
 */

/** What travels through the state machine. */
export interface CohortState {
  /** Name of the cohort, derived from its first sessions. */
  readonly cohort: string;
  /** How many executions this cohort has been handed over to. */
  readonly generation: number;
  /** Ticks of this execution so far. */
  readonly tick: number;
  readonly sessionIds: readonly string[];
  readonly waitSeconds: number;
}

/** What a tick is called with; an Express workflow, whose executions end after minutes, says when its own is over. */
export interface TickInput extends CohortState {
  /** When the execution began, ISO 8601. */
  readonly startedAt?: string;
  /** Seconds from then on after which a fresh execution goes on. */
  readonly sliceSeconds?: number;
}

/** The state after a tick, and where the state machine goes with it. */
export interface TickResult extends CohortState {
  readonly next: 'wait' | 'hand-over' | 'done';
}

/**
 * Ticks after which an execution hands over to a fresh one. A tick is at most 24 history events (Wait 2, Choice 2, Task 5,
 * four retries of 3, a caught failure and its pause 3), so 700 ticks stay far below the limit of 25,000 (Step Functions quotas).
 */
export const MAX_TICKS = 700;

/** Sessions polled at the same time by one tick: 100 sessions with slow answers fit into the function's time. */
const CONCURRENT_POLLS = 25;

/** How long the first session that is due waits for others, so that a cohort is polled in one tick and not in five. */
const GATHER_SECONDS = 5;

/** Wait of a cohort whose sessions could not be looked at this time. */
const RETRY_WAIT_SECONDS = 5;

export interface TickDependencies {
  readonly store: SessionStore;
  readonly pollSession: PollSession;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Told of a session whose poll failed; the others go on. */
  readonly onFailure: (session: Session, error: unknown) => void;
}

/** Makes the tick. */
export function makeTick({ store, pollSession, clock, observe, onFailure }: TickDependencies) {
  async function pollIfDue(session: Session): Promise<Session> {
    const nowMs = clock.nowMs();
    if (!isLoopsTurn(session, nowMs)) return session;
    const lagMs = Math.max(0, nowMs - loopDueAtMs(session, nowMs));
    observe({ event: 'poll_taken', ...aboutSession(session), lagMs });
    try {
      return await pollSession(session);
    } catch (error) {
      observe({ event: 'poll_failed', ...aboutSession(session) });
      onFailure(session, error);
      return { ...session, nextPollAtMs: clock.nowMs() + RETRY_WAIT_SECONDS * 1000 };
    }
  }

  return async function tick(state: TickInput): Promise<TickResult> {
    const pending = (await store.readMany(state.sessionIds)).filter((session) => session.phase === 'pending');
    const polled = await mapConcurrently(pending, CONCURRENT_POLLS, pollIfDue);
    const left = polled.filter((session) => session.phase === 'pending');
    const { cohort, generation } = state;
    const sessionIds = left.map((session) => session.sessionId);
    if (left.length === 0)
      return { cohort, generation, tick: state.tick + 1, sessionIds, waitSeconds: 1, next: 'done' };
    const waitSeconds = loopWaitSeconds(left, clock.nowMs(), GATHER_SECONDS);
    return state.tick + 1 >= MAX_TICKS || isOver(state, clock.nowMs() + waitSeconds * 1000)
      ? { cohort, generation: generation + 1, tick: 0, sessionIds, waitSeconds, next: 'hand-over' }
      : { cohort, generation, tick: state.tick + 1, sessionIds, waitSeconds, next: 'wait' };
  };
}

/** Whether the next tick would come too late for this execution. */
function isOver({ startedAt, sliceSeconds }: TickInput, nextTickAtMs: number): boolean {
  if (startedAt === undefined || sliceSeconds === undefined) return false;
  return nextTickAtMs > Date.parse(startedAt) + sliceSeconds * 1000;
}

async function mapConcurrently<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
