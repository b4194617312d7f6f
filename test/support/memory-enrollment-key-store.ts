import type { EnrollmentKey, EnrollmentKeyStore } from '../../lambda/core/enrollment-key.ts';
import { epochSeconds } from '../../lambda/core/ports.ts';
import { type MemoryRecords, makeMemoryRecords } from './memory-records.ts';

/** Enrollment keys in memory. */
export interface MemoryEnrollmentKeyStore extends EnrollmentKeyStore {
  readonly records: MemoryRecords<EnrollmentKey>;
}

/** Makes the enrollment keys. */
export function makeMemoryEnrollmentKeyStore(): MemoryEnrollmentKeyStore {
  const records = makeMemoryRecords<EnrollmentKey>();
  const notRevoked = (key: EnrollmentKey): boolean => key.revokedAtMs === undefined;

  return {
    records,
    read: records.read,

    async create(key) {
      if (!(await records.add(key.enrollmentKeyId, key)))
        throw new Error('an enrollment key with this id exists already');
    },

    async countUse(enrollmentKeyId, use, nowMs) {
      const good = (key: EnrollmentKey): boolean =>
        key.expiresAt > epochSeconds(nowMs) && notRevoked(key) && (key.maxUses === undefined || key.uses < key.maxUses);
      return (await records.change(enrollmentKeyId, good, (key) => ({ ...key, uses: key.uses + 1, lastUse: use })))
        .done;
    },

    async revoke(enrollmentKeyId, reason, nowMs) {
      const next = (key: EnrollmentKey): EnrollmentKey => ({ ...key, revokedAtMs: nowMs, revokeReason: reason });
      return (await records.change(enrollmentKeyId, notRevoked, next)).now;
    },
  };
}
