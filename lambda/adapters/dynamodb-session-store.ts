import { SLOW_DOWN_SECONDS } from '../core/poll-policy.ts';
import { epochSeconds } from '../core/ports.ts';
import type { Phase, Session } from '../core/session.ts';
import { ACTIVATION_FIELDS, type SessionStore, type Transition, UPSTREAM_FIELDS } from '../core/session-store.ts';
import { addOnce } from './add-once.ts';
import { clientOf } from './dynamodb-client-store.ts';
import { clientKey, createdOrderOf, phaseShardOf, sessionKey, withoutKeys } from './keys.ts';
import {
  above,
  absent,
  atMost,
  type Clause,
  either,
  equals,
  type Item,
  oneOf,
  present,
  type Table,
  type UpdateResult,
} from './table.ts';

/**
 * Sessions in the table, one item each.
 *
 *   activate     awaiting_operator ──▶ pending     deactivate  pending ──▶ awaiting_operator
 *   claimPoll    pending ──(due, unchanged since read)──▶ pending, leased
 *   recordPoll   pending ──(still this lease)──▶ pending, next poll time
 *   authorize    pending ──▶ authorized      claimTokens  authorized ──▶ claimed
 *   end          named phases ──▶ an end
 */

/** The session in an item. */
export function sessionOf(item: Item): Session {
  return withoutKeys(item) as unknown as Session;
}

function transitionOf(result: UpdateResult): Transition {
  if (result.done) return { done: true, session: sessionOf(result.item) };
  return result.item === undefined ? { done: false } : { done: false, session: sessionOf(result.item) };
}

const is = (phase: Phase): Clause => equals('phase', phase);

/** The session store behind the table. */
export function makeDynamoDbSessionStore(table: Table): SessionStore {
  const update = async (sessionId: string, change: Parameters<Table['update']>[1]): Promise<Transition> =>
    transitionOf(await table.update(sessionKey(sessionId), change));

  const phaseFields = (phase: Phase, sessionId: string) => ({ phase, phaseShard: phaseShardOf(phase, sessionId) });

  return {
    async create(session) {
      const { sessionId, phase, createdAtMs } = session;
      const keys = {
        pk: sessionKey(sessionId),
        phaseShard: phaseShardOf(phase, sessionId),
        createdOrder: createdOrderOf(createdAtMs, sessionId),
      };
      await addOnce(table, { ...session, ...keys }, ['createdAtMs', 'userCode']);
    },

    async read(sessionId) {
      const item = await table.get(sessionKey(sessionId));
      return item && sessionOf(item);
    },

    async readMany(sessionIds) {
      return (await table.batchGet(sessionIds.map(sessionKey))).map(sessionOf);
    },

    async readClientAndSession(clientId, sessionId) {
      const items = await table.batchGet([clientKey(clientId), sessionKey(sessionId)]);
      const client = items.find((item) => item.pk === clientKey(clientId));
      const session = items.find((item) => item.pk === sessionKey(sessionId));
      return { ...(client && { client: clientOf(client) }), ...(session && { session: sessionOf(session) }) };
    },

    claimPoll({ seen, nowMs, leaseUntilMs }) {
      return update(seen.sessionId, {
        set: { nextPollAtMs: leaseUntilMs, leaseUntilMs },
        add: { polls: 1 },
        when: [
          is('pending'),
          equals('nextPollAtMs', seen.nextPollAtMs),
          equals('slowDowns', seen.slowDowns),
          atMost('nextPollAtMs', nowMs),
          above('expiresAt', epochSeconds(nowMs)),
          either(absent('activationExpiresAt'), above('activationExpiresAt', epochSeconds(nowMs))),
        ],
      });
    },

    async recordPoll({ sessionId, leaseUntilMs, nextPollAtMs, slowDown, failedPolls, invalidGrants }) {
      const add = slowDown ? { add: { slowDowns: 1 } } : {};
      const set = { nextPollAtMs, failedPolls, invalidGrants };
      const recorded = await update(sessionId, {
        set,
        ...add,
        when: [is('pending'), equals('nextPollAtMs', leaseUntilMs)],
      });
      // Whoever holds the session now schedules it; but upstream's slow_down counts for good, from the next poll on.
      if (!recorded.done && slowDown) {
        const late = { slowDowns: 1, nextPollAtMs: SLOW_DOWN_SECONDS * 1000 };
        await update(sessionId, { add: late, when: [is('pending')] });
      }
    },

    authorize({ sessionId, nowMs, ...tokens }) {
      return update(sessionId, {
        set: { ...phaseFields('authorized', sessionId), ...tokens, authorizedAtMs: nowMs },
        remove: ACTIVATION_FIELDS,
        when: [is('pending')],
      });
    },

    claimTokens(sessionId, nowMs) {
      return update(sessionId, {
        set: { ...phaseFields('claimed', sessionId), claimedAtMs: nowMs, lastDeliveredAtMs: nowMs, deliveries: 1 },
        when: [is('authorized'), above('expiresAt', epochSeconds(nowMs))],
      });
    },

    countDelivery(sessionId, seenDeliveries, nowMs) {
      return update(sessionId, {
        set: { lastDeliveredAtMs: nowMs, deliveries: seenDeliveries + 1 },
        when: [is('claimed'), equals('deliveries', seenDeliveries)],
      });
    },

    activate({ sessionId, activation, nowMs, ...schedule }) {
      return update(sessionId, {
        set: {
          ...phaseFields('pending', sessionId),
          ...schedule,
          upstreamDeviceCode: activation.upstreamDeviceCode,
          upstreamUserCode: activation.userCode,
          upstreamVerificationUriComplete: activation.verificationUriComplete,
          activatedAtMs: nowMs,
          slowDowns: 0,
          failedPolls: 0,
          invalidGrants: 0,
        },
        add: { activations: 1 },
        when: [is('awaiting_operator'), above('expiresAt', epochSeconds(nowMs))],
      });
    },

    deactivate({ seen, nowMs, onlyWhenDue }) {
      return update(seen.sessionId, {
        set: phaseFields('awaiting_operator', seen.sessionId),
        remove: UPSTREAM_FIELDS,
        when: [
          is('pending'),
          present('activations'),
          equals('activationExpiresAt', seen.activationExpiresAt),
          ...(onlyWhenDue ? [atMost('nextPollAtMs', nowMs)] : []),
        ],
      });
    },

    async end({ sessionId, phase, from, nowMs, reason, onlyWhenDue }) {
      const inTime = either(above('expiresAt', epochSeconds(nowMs)), is('claimed'));
      const ended = await update(sessionId, {
        set: { ...phaseFields(phase, sessionId), endedAtMs: nowMs, endReason: reason },
        remove: [...ACTIVATION_FIELDS, 'sealedTokens'],
        when: [
          present('pk'),
          oneOf('phase', from),
          ...(phase === 'expired' ? [] : [inTime]),
          ...(onlyWhenDue ? [atMost('nextPollAtMs', nowMs)] : []),
        ],
      });
      // The SDK repeats a write whose answer got lost: then this very end is there already.
      const { session } = ended;
      const isOurs = session?.phase === phase && session.endedAtMs === nowMs && session.endReason === reason;
      return isOurs ? { done: true, session } : ended;
    },
  };
}
