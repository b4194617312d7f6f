/** The sessions that wait, and those that have just stopped: an operator sees at once what became of each. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { read } from './api.ts';
import { forEachOfSeveral, type Listing, matchesText, readMany } from './lists.ts';
import { announce } from './parts/notices.tsx';
import { type Resource, useResource } from './resource.ts';
import type { SessionView } from './types.ts';
import { isWaiting, PHASE_WORDS, WAITING_PHASES } from './words.ts';

/** More than this of one phase is not shown: no person works through it, and reading it costs. */
const MAX_OF_A_PHASE = 1_000;

/** How many that left the queue are looked up after one beat. */
const MAX_LOOKED_UP = 60;
const LOOKUPS_AT_ONCE = 6;

/** More than this at once are not told one by one: the rows say it. */
const MAX_TOLD = 3;

/** How long what has left the queue stays in its place. */
export const LINGER_MS = 45_000;

/** How the queue can be ordered. */
export const ORDERS = {
  oldest: 'Longest waiting',
  newest: 'Newest',
  ending: 'Ending soonest',
  name: 'Device name',
} as const;

export type Order = keyof typeof ORDERS;

/** Whether a text names an order. */
export const isOrder = (text: string | undefined): text is Order => text !== undefined && Object.hasOwn(ORDERS, text);

const COMPARE: Readonly<Record<Order, (a: SessionView, b: SessionView) => number>> = {
  oldest: (a, b) => a.createdAt.localeCompare(b.createdAt),
  newest: (a, b) => b.createdAt.localeCompare(a.createdAt),
  ending: (a, b) => a.expiresAt.localeCompare(b.expiresAt),
  name: (a, b) => a.clientName.localeCompare(b.clientName, undefined, { numeric: true }),
};

/** What an operator looks for. */
export interface Wanted {
  readonly query: string;
  readonly fleet: string;
  readonly order: Order;
}

/** The rows to show: what waits and what has just left, in one order that does not move under the pointer. */
export function arrange(waiting: readonly SessionView[], left: readonly SessionView[], wanted: Wanted): SessionView[] {
  const known = new Set(waiting.map(({ sessionId }) => sessionId));
  return [...waiting, ...left.filter(({ sessionId }) => !known.has(sessionId))]
    .filter((session) => wanted.fleet === '' || session.fleet === wanted.fleet)
    .filter((session) => matchesText(wanted.query, searchTexts(session)))
    .sort((a, b) => COMPARE[wanted.order](a, b) || a.sessionId.localeCompare(b.sessionId));
}

/** What a session can be found by. */
export function searchTexts(session: SessionView): (string | undefined)[] {
  const { clientName, userCode, fleet, sourceIp, sessionId, clientId, activation } = session;
  return [clientName, userCode, fleet, sourceIp, sessionId, clientId, activation?.userCode];
}

async function readWaiting(fleet: string): Promise<Listing<SessionView>> {
  const lists = await Promise.all(
    WAITING_PHASES.map((phase) => readMany<SessionView>('sessions', { phase, fleet }, MAX_OF_A_PHASE)),
  );
  // A session that goes from one phase to the other between the two answers is in both: the later phase counts.
  const rows = [...new Map(lists.flatMap(({ rows }) => rows).map((row) => [row.sessionId, row])).values()];
  const nextCursor = lists.find((list) => list.nextCursor !== undefined)?.nextCursor;
  return nextCursor === undefined ? { rows } : { rows, nextCursor };
}

export interface WaitingList {
  readonly listing: Resource<Listing<SessionView>>;
  /** Sessions that waited a moment ago. */
  readonly left: readonly SessionView[];
  readonly forgetLeft: () => void;
}

/** Reads the queue of a fleet (all when empty) and follows what leaves it. */
export function useWaitingList(fleet: string): WaitingList {
  const listing = useResource(`waiting ${fleet}`, () => readWaiting(fleet));
  const [left, setLeft] = useState<readonly { session: SessionView; untilMs: number }[]>([]);
  const before = useRef<{ fleet: string; rows: readonly SessionView[] } | undefined>(undefined);
  const { data, isLoading } = listing;

  useEffect(() => {
    if (data === undefined || isLoading) return;
    const earlier = before.current?.fleet === fleet ? before.current.rows : [];
    before.current = { fleet, rows: data.rows };
    const known = new Set(data.rows.map(({ sessionId }) => sessionId));
    const gone = earlier.filter(({ sessionId }) => !known.has(sessionId)).slice(0, MAX_LOOKED_UP);
    void lookUp(gone).then((sessions) => {
      const nowMs = Date.now();
      const ids = new Set(sessions.map(({ sessionId }) => sessionId));
      const isKept = ({ session, untilMs }: (typeof left)[number]): boolean =>
        untilMs > nowMs && !ids.has(session.sessionId);
      const added = sessions.map((session) => ({ session, untilMs: nowMs + LINGER_MS }));
      setLeft((kept) => (added.length === 0 && kept.every(isKept) ? kept : [...kept.filter(isKept), ...added]));
      const ended = sessions.filter(({ phase }) => !isWaiting(phase));
      if (ended.length <= MAX_TOLD) ended.forEach(tell);
    });
  }, [data, isLoading, fleet]);

  return { listing, left: left.map(({ session }) => session), forgetLeft: () => setLeft([]) };
}

/** What became of sessions; those that are deleted already are missing. */
async function lookUp(gone: readonly SessionView[]): Promise<SessionView[]> {
  const found: SessionView[] = [];
  await forEachOfSeveral(gone, LOOKUPS_AT_ONCE, async ({ sessionId }) => {
    const session = await read<SessionView>(`/api/sessions/${sessionId}`).catch(() => undefined);
    if (session !== undefined) found.push(session);
  });
  return found;
}

function tell({ clientName, phase }: SessionView): void {
  announce(`${clientName}: ${PHASE_WORDS[phase].label.toLowerCase()}.`);
}
