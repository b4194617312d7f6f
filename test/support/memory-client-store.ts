import type { Client, ClientStore } from '../../lambda/core/client.ts';
import { type MemoryRecords, makeMemoryRecords, without } from './memory-records.ts';

/** Clients in memory. */
export interface MemoryClientStore extends ClientStore {
  readonly records: MemoryRecords<Client>;
}

/** Makes the clients. */
export function makeMemoryClientStore(): MemoryClientStore {
  const records = makeMemoryRecords<Client>();
  const always = (): boolean => true;
  const notRevoked = (client: Client): boolean => client.revokedAtMs === undefined;

  return {
    records,
    read: records.read,

    async create(client) {
      if (!(await records.add(client.clientId, client))) throw new Error('a client with this id exists already');
    },

    async swapLiveSession(clientId, sessionId) {
      const next = (client: Client): Client => ({ ...client, liveSessionId: sessionId });
      return (await records.change(clientId, always, next)).before?.liveSessionId;
    },

    async recordSignIn(clientId, signIn) {
      const next = (client: Client): Client => ({
        ...without(client, ['signInEndedAtMs', 'signInEndReason']),
        ...signIn,
      });
      await records.change(clientId, always, next);
    },

    async recordSignInEnd(clientId, sessionId, reason, nowMs) {
      const isPresent = (client: Client): boolean => client.signInSessionId === sessionId;
      const next = (client: Client): Client => ({ ...client, signInEndedAtMs: nowMs, signInEndReason: reason });
      await records.change(clientId, isPresent, next);
    },

    async recordEndAnnouncement(clientId, signInEndsAt) {
      const same = (client: Client): boolean => client.signInEndsAt === signInEndsAt;
      await records.change(clientId, same, (client) => ({ ...client, endAnnouncedFor: signInEndsAt }));
    },

    async lock(clientId, reason, nowMs) {
      const next = (client: Client): Client => ({ ...client, lockedAtMs: nowMs, lockReason: reason });
      return (await records.change(clientId, notRevoked, next)).now;
    },

    async unlock(clientId) {
      return (await records.change(clientId, always, (client) => without(client, ['lockedAtMs', 'lockReason']))).now;
    },

    async setRole(clientId, pin) {
      const next = (client: Client): Client => ({ ...without(client, ['accountId', 'roleName']), ...pin });
      return (await records.change(clientId, always, next)).now;
    },

    async revoke(clientId, reason, nowMs) {
      const next = (client: Client): Client => ({ ...client, revokedAtMs: nowMs, revokeReason: reason });
      return (await records.change(clientId, notRevoked, next)).now;
    },
  };
}
