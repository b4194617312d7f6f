import { PHASES, type Phase, phaseAt, type Session } from './session.ts';

/** What an index knows of a session: enough to filter by, no secret, nothing that polling touches. */
export interface SessionEntry {
  readonly sessionId: string;
  readonly createdOrder: string;
  readonly phase: Phase;
  readonly clientId: string;
  readonly fleet: string;
  readonly expiresAt: number;
  readonly activationExpiresAt?: number;
}

/** The lists that operators read, wherever they are kept. */
export interface SessionDirectory {
  /**
   * The sessions stored in these phases, newest first in one total order over all partitions.
   *
   * @param after the `createdOrder` of the last entry already seen
   */
  newestFirst(phases: readonly Phase[], after: string | undefined): AsyncIterable<SessionEntry>;
}

/** Which sessions an operator asks for. */
export interface SessionFilter {
  readonly phase?: Phase;
  readonly fleet?: string;
  readonly clientId?: string;
  readonly sinceMs?: number;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Where the next page starts; absent on the last. */
  readonly after?: string;
}

/** Entries looked at for one page before it is given out short: a rare filter must not read for ever. */
const MAX_ENTRIES_A_PAGE = 2_000;

export interface ListDependencies {
  readonly directory: SessionDirectory;
  readonly readMany: (sessionIds: readonly string[]) => Promise<Session[]>;
  readonly nowMs: () => number;
}

/**
 * Lists sessions by the phase that holds now: an item past its end counts as expired whatever it says.
 *
 * @returns a page of at most `limit` sessions as they are in the table now
 */
export function makeListSessions({ directory, readMany, nowMs }: ListDependencies) {
  return async function listSessions(filter: SessionFilter, limit: number, after?: string): Promise<SessionPage> {
    const now = nowMs();
    const found: SessionEntry[] = [];
    let looked = 0;
    let last: string | undefined;
    for await (const entry of directory.newestFirst(storedPhases(filter.phase), after)) {
      if (filter.sinceMs !== undefined && createdAtMsOf(entry) < filter.sinceMs) return page(undefined);
      if (found.length === limit || looked === MAX_ENTRIES_A_PAGE) return page(last);
      // An index moves an entry from one partition to another in two steps: for a moment it is in both.
      if (entry.createdOrder === last) continue;
      looked += 1;
      last = entry.createdOrder;
      if (matches(entry, filter, now)) found.push(entry);
    }
    return page(undefined);

    async function page(next: string | undefined): Promise<SessionPage> {
      const byId = new Map(
        (await readMany(found.map((entry) => entry.sessionId))).map((session) => [session.sessionId, session]),
      );
      const sessions = found
        .map((entry) => byId.get(entry.sessionId))
        .filter((session) => session !== undefined)
        .filter((session) => filter.phase === undefined || phaseAt(session, now) === filter.phase);
      return next === undefined ? { sessions } : { sessions, after: next };
    }
  };
}

/** The stored phases in which sessions of this phase are found: time alone makes some of one into another. */
function storedPhases(phase: Phase | undefined): readonly Phase[] {
  if (phase === undefined) return PHASES;
  if (phase === 'expired') return ['expired', 'awaiting_operator', 'pending', 'authorized'];
  return phase === 'awaiting_operator' ? ['awaiting_operator', 'pending'] : [phase];
}

/** When the session of an entry began, in epoch milliseconds: its place in the order says so. */
export function createdAtMsOf({ createdOrder }: Pick<SessionEntry, 'createdOrder'>): number {
  return Number(createdOrder.slice(0, 13));
}

function matches(entry: SessionEntry, filter: SessionFilter, nowMs: number): boolean {
  if (filter.fleet !== undefined && entry.fleet !== filter.fleet) return false;
  if (filter.clientId !== undefined && entry.clientId !== filter.clientId) return false;
  return filter.phase === undefined || phaseAt(entry, nowMs) === filter.phase;
}
