import type { Client } from '../../lambda/core/client.ts';
import { SLOW_DOWN_SECONDS } from '../../lambda/core/poll-policy.ts';
import { epochSeconds } from '../../lambda/core/ports.ts';
import type { Session } from '../../lambda/core/session.ts';
import {
  ACTIVATION_FIELDS,
  type SessionStore,
  type Transition,
  UPSTREAM_FIELDS,
} from '../../lambda/core/session-store.ts';
import { type MemoryChange, type MemoryRecords, makeMemoryRecords, without } from './memory-records.ts';

/** Sessions in memory, with what tests may do behind the store's back. */
export interface MemorySessionStore extends SessionStore {
  readonly records: MemoryRecords<Session>;
}

function transitionOf({ done, now }: MemoryChange<Session>): Transition {
  if (done) return { done, session: now as Session };
  return now === undefined ? { done: false } : { done: false, session: now };
}

/** Makes the sessions. @param clients the clients beside them */
export function makeMemorySessionStore(clients: MemoryRecords<Client>): MemorySessionStore {
  const records = makeMemoryRecords<Session>();
  const living = (session: Session, nowMs: number): boolean => session.expiresAt > epochSeconds(nowMs);

  async function change(id: string, holds: (session: Session) => boolean, next: (session: Session) => Session) {
    return transitionOf(await records.change(id, holds, next));
  }

  return {
    records,
    read: records.read,

    async create(session) {
      if (!(await records.add(session.sessionId, session))) throw new Error('a session with this id exists already');
    },

    async readMany(sessionIds) {
      return (await Promise.all(sessionIds.map(records.read))).filter((session) => session !== undefined);
    },

    async readClientAndSession(clientId, sessionId) {
      const [client, session] = await Promise.all([clients.read(clientId), records.read(sessionId)]);
      return { ...(client && { client }), ...(session && { session }) };
    },

    claimPoll: ({ seen, nowMs, leaseUntilMs }) =>
      change(
        seen.sessionId,
        (session) =>
          session.phase === 'pending' &&
          session.nextPollAtMs === seen.nextPollAtMs &&
          session.slowDowns === seen.slowDowns &&
          session.nextPollAtMs <= nowMs &&
          living(session, nowMs) &&
          (session.activationExpiresAt ?? Number.POSITIVE_INFINITY) > epochSeconds(nowMs),
        (session) => ({ ...session, nextPollAtMs: leaseUntilMs, leaseUntilMs, polls: session.polls + 1 }),
      ),

    async recordPoll({ sessionId, leaseUntilMs, nextPollAtMs, slowDown, failedPolls, invalidGrants }) {
      const slowed = (session: Session): Session => ({ ...session, slowDowns: session.slowDowns + (slowDown ? 1 : 0) });
      const recorded = await change(
        sessionId,
        (session) => session.phase === 'pending' && session.nextPollAtMs === leaseUntilMs,
        (session) => ({ ...slowed(session), nextPollAtMs, failedPolls, invalidGrants }),
      );
      if (recorded.done || !slowDown) return;
      const later = (session: Session): number => session.nextPollAtMs + SLOW_DOWN_SECONDS * 1000;
      await change(
        sessionId,
        (session) => session.phase === 'pending',
        (session) => ({ ...slowed(session), nextPollAtMs: later(session) }),
      );
    },

    authorize: ({ sessionId, sealedTokens, expiresAt, portalSessionEndsAt, nowMs }) =>
      change(
        sessionId,
        (session) => session.phase === 'pending',
        (session) => ({
          ...without(session, ACTIVATION_FIELDS),
          phase: 'authorized',
          sealedTokens,
          expiresAt,
          ...(portalSessionEndsAt !== undefined && { portalSessionEndsAt }),
          authorizedAtMs: nowMs,
        }),
      ),

    claimTokens: (sessionId, nowMs) =>
      change(
        sessionId,
        (session) => session.phase === 'authorized' && living(session, nowMs),
        (session) => ({ ...session, phase: 'claimed', claimedAtMs: nowMs, lastDeliveredAtMs: nowMs, deliveries: 1 }),
      ),

    countDelivery: (sessionId, seenDeliveries, nowMs) =>
      change(
        sessionId,
        (session) => session.phase === 'claimed' && session.deliveries === seenDeliveries,
        (session) => ({ ...session, lastDeliveredAtMs: nowMs, deliveries: seenDeliveries + 1 }),
      ),

    activate: ({ sessionId, activation, nowMs, ...schedule }) =>
      change(
        sessionId,
        (session) => session.phase === 'awaiting_operator' && living(session, nowMs),
        (session) => ({
          ...session,
          ...schedule,
          phase: 'pending',
          upstreamDeviceCode: activation.upstreamDeviceCode,
          upstreamUserCode: activation.userCode,
          upstreamVerificationUriComplete: activation.verificationUriComplete,
          activatedAtMs: nowMs,
          activations: (session.activations ?? 0) + 1,
          slowDowns: 0,
          failedPolls: 0,
          invalidGrants: 0,
        }),
      ),

    deactivate: ({ seen, nowMs, onlyWhenDue }) =>
      change(
        seen.sessionId,
        (session) =>
          session.phase === 'pending' &&
          session.activations !== undefined &&
          session.activationExpiresAt === seen.activationExpiresAt &&
          (!onlyWhenDue || session.nextPollAtMs <= nowMs),
        (session) => ({ ...without(session, UPSTREAM_FIELDS), phase: 'awaiting_operator' }),
      ),

    end: ({ sessionId, phase, from, nowMs, reason, onlyWhenDue }) =>
      change(
        sessionId,
        (session) =>
          from.includes(session.phase) &&
          (phase === 'expired' || session.phase === 'claimed' || living(session, nowMs)) &&
          (!onlyWhenDue || session.nextPollAtMs <= nowMs),
        (session) => ({
          ...without(session, [...ACTIVATION_FIELDS, 'sealedTokens']),
          phase,
          endedAtMs: nowMs,
          ...(reason !== undefined && { endReason: reason }),
        }),
      ),
  };
}
