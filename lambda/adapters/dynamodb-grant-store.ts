import type { Grant, GrantStore } from '../core/grant.ts';
import { clientOf } from './dynamodb-client-store.ts';
import { clientKey, grantKey, withoutKeys } from './keys.ts';
import { absent, atMost, either, equals, type Item, present, type Table } from './table.ts';

/** The grant in an item. */
function grantOf(item: Item): Grant {
  return withoutKeys(item) as unknown as Grant;
}

/** Grants in the table. */
export function makeDynamoDbGrantStore(table: Table): GrantStore {
  const living = [present('pk'), absent('endedAtMs')];

  return {
    async create(grant) {
      await table.putNew({ ...grant, pk: grantKey(grant.grantId) });
    },

    async read(grantId) {
      const item = await table.get(grantKey(grantId));
      return item && grantOf(item);
    },

    async readClientAndGrant(clientId, grantId) {
      const items = await table.batchGet([clientKey(clientId), grantKey(grantId)]);
      const client = items.find((item) => item.pk === clientKey(clientId));
      const grant = items.find((item) => item.pk === grantKey(grantId));
      return { ...(client && { client: clientOf(client) }), ...(grant && { grant: grantOf(grant) }) };
    },

    async takeLease(seen, nowMs, untilMs) {
      const when = [...living, equals('version', seen.version), atMost('leaseUntilMs', nowMs)];
      return (await table.update(grantKey(seen.grantId), { set: { leaseUntilMs: untilMs }, when })).done;
    },

    async storeCustody(grantId, leaseUntilMs, sealedCustody) {
      const stored = await table.update(grantKey(grantId), {
        set: { sealedCustody, leaseUntilMs: 0 },
        add: { version: 1 },
        when: [...living, equals('leaseUntilMs', leaseUntilMs)],
      });
      return stored.done || stored.item?.sealedCustody === sealedCustody;
    },

    async releaseLease(grantId, leaseUntilMs) {
      await table.update(grantKey(grantId), {
        set: { leaseUntilMs: 0 },
        when: [...living, equals('leaseUntilMs', leaseUntilMs)],
      });
    },

    async takeCredentialsLease(seen, nowMs, untilMs) {
      const free = either(absent('credentialsLeaseUntilMs'), atMost('credentialsLeaseUntilMs', nowMs));
      const unchanged =
        seen.sealedCredentials === undefined
          ? absent('sealedCredentials')
          : equals('sealedCredentials', seen.sealedCredentials);
      const when = [...living, free, unchanged];
      return (await table.update(grantKey(seen.grantId), { set: { credentialsLeaseUntilMs: untilMs }, when })).done;
    },

    async storeCredentials(grantId, sealedCredentials) {
      await table.update(grantKey(grantId), {
        set: { sealedCredentials },
        remove: ['credentialsLeaseUntilMs'],
        when: living,
      });
    },

    async releaseCredentialsLease(grantId) {
      await table.update(grantKey(grantId), { remove: ['credentialsLeaseUntilMs'], when: living });
    },

    async end(grantId, reason, nowMs) {
      const ended = await table.update(grantKey(grantId), {
        set: { endedAtMs: nowMs, endReason: reason },
        remove: ['sealedCustody', 'sealedCredentials'],
        when: living,
      });
      if (!ended.done && reason === 'revoked') {
        await table.update(grantKey(grantId), { set: { endReason: reason }, when: [present('endedAtMs')] });
      }
      return ended.done;
    },
  };
}
