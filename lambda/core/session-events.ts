import { isEnd, type Phase, phaseAt, type Session } from './session.ts';
import type { SessionEventDetail } from './session-event-schemas.ts';

/** Events for those who watch: one for each transition of a session, made of what the table's stream says of it. */

/** The `source` of every event. */
export const EVENT_SOURCE = 'fleet-token-broker';

/** The version of every event's `detail`. */
export const EVENT_VERSION = '1';

/** What the event of a session that came into this phase is called (`detail-type`). */
export const DETAIL_TYPES = {
  awaiting_operator: 'SessionAwaitingOperator',
  pending: 'SessionPending',
  authorized: 'SessionAuthorized',
  claimed: 'SessionClaimed',
  denied: 'SessionDenied',
  expired: 'SessionExpired',
  cancelled: 'SessionCancelled',
  superseded: 'SessionSuperseded',
  failed: 'SessionFailed',
} as const satisfies Record<Phase, string>;

/** An event, as it is put on the bus. */
export interface SessionEvent {
  readonly source: typeof EVENT_SOURCE;
  readonly detailType: (typeof DETAIL_TYPES)[Phase];
  readonly occurredAtMs: number;
  readonly detail: SessionEventDetail;
}

/** What an event may be made of: nothing that must not leave the table is among it. */
export type SessionFacts = Pick<
  Session,
  | 'sessionId'
  | 'clientId'
  | 'clientName'
  | 'fleet'
  | 'correlationId'
  | 'phase'
  | 'createdAtMs'
  | 'expiresAt'
  | 'activations'
  | 'activatedAtMs'
  | 'authorizedAtMs'
  | 'claimedAtMs'
  | 'endedAtMs'
  | 'endReason'
>;

/** One change of a session's item. */
export interface SessionChange {
  /** The same however often the change is delivered. */
  readonly changeId: string;
  readonly changedAtMs: number;
  /** Absent: the session is new. */
  readonly before?: SessionFacts;
  /** Absent: the item was deleted. */
  readonly now?: SessionFacts;
}

/** The event of a change, or undefined when the session stays in its phase. */
export function sessionEventOf({ changeId, changedAtMs, before, now }: SessionChange): SessionEvent | undefined {
  if (now === undefined) return before && expiryOf(changeId, changedAtMs, before);
  if (now.phase === before?.phase) return undefined;
  return eventOf(changeId, now, before?.phase, enteredAtMs(now, before) ?? changedAtMs);
}

/**
 * A session that nobody looked at any more is never written as expired: it is deleted with its item, some time after its
 * end. It expired when it expired.
 */
function expiryOf(changeId: string, deletedAtMs: number, before: SessionFacts): SessionEvent | undefined {
  if (isEnd(before.phase) || phaseAt(before, deletedAtMs) !== 'expired') return undefined;
  return eventOf(changeId, { ...before, phase: 'expired' }, before.phase, before.expiresAt * 1000);
}

/** When the session came into the phase that it is in, if its item says so. */
function enteredAtMs(now: SessionFacts, before: SessionFacts | undefined): number | undefined {
  if (before === undefined) return now.createdAtMs;
  if (isEnd(now.phase)) return now.endedAtMs;
  switch (now.phase) {
    case 'pending':
      return now.activatedAtMs;
    case 'authorized':
      return now.authorizedAtMs;
    case 'claimed':
      return now.claimedAtMs;
    default:
      return undefined;
  }
}

function eventOf(
  changeId: string,
  facts: SessionFacts,
  previousPhase: Phase | undefined,
  occurredAtMs: number,
): SessionEvent {
  const { sessionId, clientId, clientName, fleet, phase, activations, endReason } = facts;
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
  return {
    source: EVENT_SOURCE,
    detailType: DETAIL_TYPES[phase],
    occurredAtMs,
    detail: {
      metadata: { id: changeId, version: EVENT_VERSION, timestamp: iso(occurredAtMs) },
      data: {
        sessionId,
        clientId,
        clientName,
        fleet,
        phase,
        ...(previousPhase !== undefined && { previousPhase }),
        ...(endReason !== undefined && endReason !== '' && { reason: endReason }),
        ...(activations !== undefined && { activations }),
        createdAt: iso(facts.createdAtMs),
        expiresAt: iso(facts.expiresAt * 1000),
      },
    },
  };
}
