import { PHASES, type Phase, phaseAt, type Session } from './session.ts';
import type { SessionEntry } from './session-directory.ts';

/** What counting needs to know of a session. */
export type TallyEntry = Pick<SessionEntry, 'createdOrder' | 'phase' | 'fleet' | 'expiresAt' | 'activationExpiresAt'>;

/** All sessions, in no order. */
export interface SessionTally {
  /** Shows every session that is stored in these phases, once. */
  visit(phases: readonly Phase[], see: (entry: TallyEntry) => void): Promise<void>;
}

/** How many sessions of one fleet stand in one phase. */
export interface SessionCount {
  readonly phase: Phase;
  readonly fleet: string;
  readonly count: number;
}

/** How many sessions stand where. */
export interface SessionSummary {
  /** In the order of the phases, then of the fleets' names; no zeros. */
  readonly counts: readonly SessionCount[];
  /** The session that has waited longest for a person. */
  readonly oldestWaiting?: Session;
  readonly countedAtMs: number;
  /** When to count again: many sessions cost more to count, and change more evenly. */
  readonly refreshAfterSeconds: number;
}

export interface SummaryDependencies {
  readonly tally: SessionTally;
  readonly readMany: (sessionIds: readonly string[]) => Promise<Session[]>;
  readonly nowMs: () => number;
}

/** The oldest that are read again: an index lags behind, and the first of them may just have settled. */
const OLDEST_CANDIDATES = 25;

const isWaiting = (phase: Phase): boolean => phase === 'awaiting_operator' || phase === 'pending';

/** Counts sessions by the phase that holds now, which is the one that lists show them in. */
export function makeSummarize({ tally, readMany, nowMs }: SummaryDependencies) {
  return async function summarize(): Promise<SessionSummary> {
    const countedAtMs = nowMs();
    const counted = new Map<string, SessionCount>();
    const oldest = makeOldest();
    let sessions = 0;
    await tally.visit(PHASES, (entry) => {
      const phase = phaseAt(entry, countedAtMs);
      const key = `${PHASES.indexOf(phase)} ${entry.fleet}`;
      counted.set(key, { phase, fleet: entry.fleet, count: (counted.get(key)?.count ?? 0) + 1 });
      sessions += 1;
      if (isWaiting(phase)) oldest.add(entry.createdOrder);
    });
    const oldestWaiting = await firstWaiting(oldest.ids());
    return {
      counts: [...counted.keys()].sort().map((key) => counted.get(key) as SessionCount),
      ...(oldestWaiting && { oldestWaiting }),
      countedAtMs,
      refreshAfterSeconds: refreshAfterSeconds(sessions),
    };
  };

  async function firstWaiting(sessionIds: readonly string[]): Promise<Session | undefined> {
    if (sessionIds.length === 0) return undefined;
    const waiting = (await readMany(sessionIds)).filter((session) => isWaiting(phaseAt(session, nowMs())));
    return waiting.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.sessionId < b.sessionId ? -1 : 1))[0];
  }
}

/** Remembers the first few in the order of creation. */
function makeOldest() {
  const orders: string[] = [];
  return {
    add(createdOrder: string): void {
      if (orders.length === OLDEST_CANDIDATES && createdOrder > (orders.at(-1) as string)) return;
      orders.push(createdOrder);
      orders.sort();
      orders.length = Math.min(orders.length, OLDEST_CANDIDATES);
    },
    /** Their session ids: an order is `<createdAt ms, 13 digits>#<session id>`. */
    ids: (): string[] => orders.map((createdOrder) => createdOrder.slice(14)),
  };
}

/** The pace at which it makes sense to count so many sessions. */
function refreshAfterSeconds(sessions: number): number {
  if (sessions <= 2_000) return 5;
  return sessions <= 20_000 ? 15 : 60;
}
