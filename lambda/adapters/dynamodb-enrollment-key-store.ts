import type { EnrollmentKey, EnrollmentKeyStore } from '../core/enrollment-key.ts';
import { epochSeconds } from '../core/ports.ts';
import { addOnce } from './add-once.ts';
import { createdOrderOf, ENROLLMENT_KEY_KIND, enrollmentKeyKey, withoutKeys } from './keys.ts';
import { above, absent, differs, either, type Item, lessThan, present, type Table } from './table.ts';

/** The enrollment key in an item. */
export function enrollmentKeyOf(item: Item): EnrollmentKey {
  return withoutKeys(item) as unknown as EnrollmentKey;
}

/** Enrollment keys in the table. */
export function makeDynamoDbEnrollmentKeyStore(table: Table): EnrollmentKeyStore {
  return {
    async create(key) {
      const { enrollmentKeyId, createdAtMs } = key;
      const pk = enrollmentKeyKey(enrollmentKeyId);
      const keys = { pk, kind: ENROLLMENT_KEY_KIND, createdOrder: createdOrderOf(createdAtMs, enrollmentKeyId) };
      await addOnce(table, { ...key, ...keys }, ['keyHash']);
    },

    async read(enrollmentKeyId) {
      const item = await table.get(enrollmentKeyKey(enrollmentKeyId));
      return item && enrollmentKeyOf(item);
    },

    async countUse(enrollmentKeyId, use, nowMs) {
      const counted = await table.update(enrollmentKeyKey(enrollmentKeyId), {
        set: { lastUse: use },
        add: { uses: 1 },
        when: [
          either(absent('lastUse'), differs('lastUse', use)),
          above('expiresAt', epochSeconds(nowMs)),
          absent('revokedAtMs'),
          either(absent('maxUses'), lessThan('uses', 'maxUses')),
        ],
      });
      return counted.done || counted.item?.lastUse === use;
    },

    async revoke(enrollmentKeyId, reason, nowMs) {
      const revoked = await table.update(enrollmentKeyKey(enrollmentKeyId), {
        set: { revokedAtMs: nowMs, revokeReason: reason },
        when: [present('pk'), absent('revokedAtMs')],
      });
      return revoked.item && enrollmentKeyOf(revoked.item);
    },
  };
}
