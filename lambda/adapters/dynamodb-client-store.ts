import type { Client, ClientStore } from '../core/client.ts';
import { addOnce } from './add-once.ts';
import { clientKey, clientKindOf, createdOrderOf, withoutKeys } from './keys.ts';
import { absent, equals, type Item, present, type Table } from './table.ts';

/** The client in an item. */
export function clientOf(item: Item): Client {
  return withoutKeys(item) as unknown as Client;
}

/** Clients in the table. */
export function makeDynamoDbClientStore(table: Table): ClientStore {
  return {
    async create(client) {
      const { clientId, createdAtMs } = client;
      const keys = {
        pk: clientKey(clientId),
        kind: clientKindOf(clientId),
        createdOrder: createdOrderOf(createdAtMs, clientId),
      };
      await addOnce(table, { ...client, ...keys }, ['clientSecretHash']);
    },

    async read(clientId) {
      const item = await table.get(clientKey(clientId));
      return item && clientOf(item);
    },

    async swapLiveSession(clientId, sessionId, seen) {
      for (let before = seen; ; ) {
        const isBefore = before === undefined ? absent('liveSessionId') : equals('liveSessionId', before);
        const swapped = await table.update(clientKey(clientId), {
          set: { liveSessionId: sessionId },
          when: [present('pk'), isBefore],
        });
        if (swapped.done) return before;
        if (swapped.item === undefined) return undefined;
        const { liveSessionId } = clientOf(swapped.item);
        // It is already: the answer to this very write got lost.
        if (liveSessionId === sessionId) return before;
        before = liveSessionId;
      }
    },

    async recordSignIn(clientId, signIn) {
      const forgotten = ['signInEndedAtMs', 'signInEndReason'];
      await table.update(clientKey(clientId), { set: { ...signIn }, remove: forgotten, when: [present('pk')] });
    },

    async recordSignInEnd(clientId, sessionId, reason, nowMs) {
      await table.update(clientKey(clientId), {
        set: { signInEndedAtMs: nowMs, signInEndReason: reason },
        when: [equals('signInSessionId', sessionId)],
      });
    },

    async recordEndAnnouncement(clientId, signInEndsAt) {
      await table.update(clientKey(clientId), {
        set: { endAnnouncedFor: signInEndsAt },
        when: [equals('signInEndsAt', signInEndsAt)],
      });
    },

    async lock(clientId, reason, nowMs) {
      const locked = await table.update(clientKey(clientId), {
        set: { lockedAtMs: nowMs, lockReason: reason },
        when: [present('pk'), absent('revokedAtMs')],
      });
      return locked.item && clientOf(locked.item);
    },

    async unlock(clientId) {
      const unlocked = await table.update(clientKey(clientId), {
        remove: ['lockedAtMs', 'lockReason'],
        when: [present('pk')],
      });
      return unlocked.item && clientOf(unlocked.item);
    },

    async setRole(clientId, pin) {
      const change = pin === undefined ? { remove: ['accountId', 'roleName'] } : { set: pin };
      const changed = await table.update(clientKey(clientId), { ...change, when: [present('pk')] });
      return changed.item && clientOf(changed.item);
    },

    async revoke(clientId, reason, nowMs) {
      const revoked = await table.update(clientKey(clientId), {
        set: { revokedAtMs: nowMs, revokeReason: reason },
        when: [present('pk'), absent('revokedAtMs')],
      });
      return revoked.item && clientOf(revoked.item);
    },
  };
}
