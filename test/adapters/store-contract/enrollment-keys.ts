import { beforeAll, describe, expect, it } from 'vitest';
import type { EnrollmentKey } from '../../../lambda/core/enrollment-key.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { freshId, makeEnrollmentKey } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores } from './stores.ts';

export function enrollmentKeyStore(open: OpenStores): void {
  describe('enrollment keys', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    async function made(own: Partial<EnrollmentKey> = {}): Promise<EnrollmentKey> {
      const key = makeEnrollmentKey(own);
      await stores.enrollmentKeys.create(key);
      return key;
    }

    const uses = async (id: string): Promise<number | undefined> => (await stores.enrollmentKeys.read(id))?.uses;

    it('a key is read as it was stored, and not added twice', async () => {
      const key = await made({ note: 'hall 3', maxUses: 7 });

      await expect(stores.enrollmentKeys.create({ ...key, keyHash: 'another' })).rejects.toThrow('exists already');
      expect(await stores.enrollmentKeys.read(key.enrollmentKeyId)).toEqual(key);
    });

    it('20 devices at once want the last use: one has it', async () => {
      const { enrollmentKeyId } = await made({ maxUses: 5, uses: 4 });

      const counted = await atOnce(20, (index) =>
        stores.enrollmentKeys.countUse(enrollmentKeyId, `use ${index}`, START_MS),
      );

      expect(counted.filter(Boolean)).toHaveLength(1);
      expect(await uses(enrollmentKeyId)).toBe(5);
    });

    it('a key without a limit counts every one of 20 uses at once', async () => {
      const { enrollmentKeyId } = await made();

      const counted = await atOnce(20, (index) =>
        stores.enrollmentKeys.countUse(enrollmentKeyId, `use ${index}`, START_MS),
      );

      expect(counted.every(Boolean)).toBe(true);
      expect(await uses(enrollmentKeyId)).toBe(20);
    });

    it('a key is not used from the second at which it expires, also while the item is still there', async () => {
      const { enrollmentKeyId } = await made({ expiresAt: START_SECONDS + 1 });

      expect(await stores.enrollmentKeys.countUse(enrollmentKeyId, 'use', START_MS + 1_000)).toBe(false);
      expect(await stores.enrollmentKeys.countUse(enrollmentKeyId, 'use', START_MS + 999)).toBe(true);
    });

    it('a revoked key is not used, and revoking it again changes nothing', async () => {
      const { enrollmentKeyId } = await made();
      const revoked = await stores.enrollmentKeys.revoke(enrollmentKeyId, 'leaked', START_MS);

      expect(await stores.enrollmentKeys.countUse(enrollmentKeyId, 'use', START_MS)).toBe(false);
      expect(await stores.enrollmentKeys.revoke(enrollmentKeyId, 'again', START_MS + 1)).toEqual(revoked);
      expect(revoked).toMatchObject({ revokedAtMs: START_MS, revokeReason: 'leaked', uses: 0 });
    });

    it('no act on a key that is not there adds one', async () => {
      const id = freshId();

      expect(await stores.enrollmentKeys.countUse(id, 'use', START_MS)).toBe(false);
      expect(await stores.enrollmentKeys.revoke(id, 'leaked', START_MS)).toBeUndefined();
      expect(await stores.enrollmentKeys.read(id)).toBeUndefined();
    });
  });
}
