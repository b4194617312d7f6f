import { epochSeconds } from '../core/ports.ts';
import type { RegistrationStore, StoredRegistration } from '../core/registration.ts';
import { registrationKey } from './keys.ts';
import { absent, below, either, equals, type Item, present, type Table } from './table.ts';

/**
 * The broker's upstream registrations in the table: an item for each, never changed, and one item a name that says which is
 * current and who may make the next.
 */

/** How long an item that is a lease and nothing else stays, in seconds. */
const LEASE_ITEM_SECONDS = 3_600;

function storedOf(item: Item | undefined): StoredRegistration | undefined {
  if (item?.encryptedSecret === undefined) return undefined;
  const { registrationRef, clientId, encryptedSecret, expiresAt } = item as unknown as StoredRegistration;
  return { registrationRef, clientId, encryptedSecret, expiresAt };
}

/** Registrations in the table. */
export function makeDynamoDbRegistrationStore(table: Table): RegistrationStore {
  return {
    async readCurrent(name) {
      return storedOf(await table.get(registrationKey(name)));
    },

    async read(registrationRef) {
      return storedOf(await table.get(registrationKey(registrationRef)));
    },

    async takeLease(name, nowMs, untilMs) {
      const pk = registrationKey(name);
      const free = either(absent('leaseUntilMs'), below('leaseUntilMs', nowMs));
      const lease = { set: { leaseUntilMs: untilMs } };
      if ((await table.update(pk, { ...lease, when: [present('pk'), free] })).done) return true;
      return table.putNew({ pk, leaseUntilMs: untilMs, expiresAt: epochSeconds(untilMs) + LEASE_ITEM_SECONDS });
    },

    async releaseLease(name, untilMs) {
      await table.update(registrationKey(name), { remove: ['leaseUntilMs'], when: [equals('leaseUntilMs', untilMs)] });
    },

    async store(name, registration) {
      await table.putNew({ ...registration, pk: registrationKey(registration.registrationRef) });
      await table.update(registrationKey(name), { set: { ...registration }, remove: ['leaseUntilMs'], when: [] });
    },
  };
}
