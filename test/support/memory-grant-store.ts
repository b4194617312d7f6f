import type { Client } from '../../lambda/core/client.ts';
import type { Grant, GrantStore } from '../../lambda/core/grant.ts';
import { type MemoryRecords, makeMemoryRecords, without } from './memory-records.ts';

/** Grants in memory. */
export interface MemoryGrantStore extends GrantStore {
  readonly records: MemoryRecords<Grant>;
}

/** Makes the grants. @param clients the clients beside them */
export function makeMemoryGrantStore(clients: MemoryRecords<Client>): MemoryGrantStore {
  const records = makeMemoryRecords<Grant>();
  const living = (grant: Grant): boolean => grant.endedAtMs === undefined;
  const leased =
    (leaseUntilMs: number) =>
    (grant: Grant): boolean =>
      living(grant) && grant.leaseUntilMs === leaseUntilMs;

  return {
    records,
    read: records.read,

    async create(grant) {
      await records.add(grant.grantId, grant);
    },

    async readClientAndGrant(clientId, grantId) {
      const [client, grant] = await Promise.all([clients.read(clientId), records.read(grantId)]);
      return { ...(client && { client }), ...(grant && { grant }) };
    },

    async takeLease(seen, nowMs, untilMs) {
      const free = (grant: Grant): boolean =>
        living(grant) && grant.version === seen.version && grant.leaseUntilMs <= nowMs;
      return (await records.change(seen.grantId, free, (grant) => ({ ...grant, leaseUntilMs: untilMs }))).done;
    },

    async storeCustody(grantId, leaseUntilMs, sealedCustody) {
      const next = (grant: Grant): Grant => ({
        ...grant,
        sealedCustody,
        leaseUntilMs: 0,
        version: grant.version + 1,
      });
      const stored = await records.change(grantId, leased(leaseUntilMs), next);
      return stored.done || stored.now?.sealedCustody === sealedCustody;
    },

    async releaseLease(grantId, leaseUntilMs) {
      await records.change(grantId, leased(leaseUntilMs), (grant) => ({ ...grant, leaseUntilMs: 0 }));
    },

    async takeCredentialsLease(seen, nowMs, untilMs) {
      const free = (grant: Grant): boolean =>
        living(grant) &&
        (grant.credentialsLeaseUntilMs ?? 0) <= nowMs &&
        grant.sealedCredentials === seen.sealedCredentials;
      const next = (grant: Grant): Grant => ({ ...grant, credentialsLeaseUntilMs: untilMs });
      return (await records.change(seen.grantId, free, next)).done;
    },

    async storeCredentials(grantId, sealedCredentials) {
      const next = (grant: Grant): Grant => ({ ...without(grant, ['credentialsLeaseUntilMs']), sealedCredentials });
      await records.change(grantId, living, next);
    },

    async releaseCredentialsLease(grantId) {
      await records.change(grantId, living, (grant) => without(grant, ['credentialsLeaseUntilMs']));
    },

    async end(grantId, reason, nowMs) {
      const next = (grant: Grant): Grant => ({
        ...without(grant, ['sealedCustody', 'sealedCredentials']),
        endedAtMs: nowMs,
        endReason: reason,
      });
      const ended = await records.change(grantId, living, next);
      const hadEnded = (grant: Grant): boolean => grant.endedAtMs !== undefined;
      if (!ended.done && reason === 'revoked')
        await records.change(grantId, hadEnded, (grant) => ({ ...grant, endReason: reason }));
      return ended.done;
    },
  };
}
