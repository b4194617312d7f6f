import { beforeAll, describe, expect, it } from 'vitest';
import type { Grant } from '../../../lambda/core/grant.ts';
import { START_MS } from '../../support/fake-clock.ts';
import { makeGrant } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores } from './stores.ts';

const LEASE_MS = START_MS + 10_000;

export function grantStore(open: OpenStores): void {
  describe('grants', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    async function kept(own: Partial<Grant> = {}): Promise<Grant> {
      const grant = makeGrant(own);
      await stores.grants.create(grant);
      return grant;
    }

    const read = (grantId: string): Promise<Grant | undefined> => stores.grants.read(grantId);

    it('a grant that is there already stays as it is', async () => {
      const grant = await kept();

      await stores.grants.create({ ...grant, sealedCustody: 'older' });

      expect(await read(grant.grantId)).toEqual(grant);
    });

    it('20 callers at once want the lease: one has it', async () => {
      const grant = await kept();

      const taken = await atOnce(20, (index) => stores.grants.takeLease(grant, START_MS, LEASE_MS + index));

      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it('a lease is free again at its end', async () => {
      const grant = await kept({ leaseUntilMs: LEASE_MS });

      expect(await stores.grants.takeLease(grant, LEASE_MS - 1, LEASE_MS + 1)).toBe(false);
      expect(await stores.grants.takeLease(grant, LEASE_MS, LEASE_MS + 1)).toBe(true);
    });

    it('no lease is given to a caller that saw an older version', async () => {
      const grant = await kept({ version: 2 });

      expect(await stores.grants.takeLease({ ...grant, version: 1 }, START_MS, LEASE_MS)).toBe(false);
    });

    it('refreshed custody is stored under the lease, gives it back and moves the version', async () => {
      const grant = await kept();
      await stores.grants.takeLease(grant, START_MS, LEASE_MS);

      expect(await stores.grants.storeCustody(grant.grantId, LEASE_MS, 'newer')).toBe(true);
      expect(await read(grant.grantId)).toEqual({ ...grant, sealedCustody: 'newer', version: 2, leaseUntilMs: 0 });
    });

    it('custody that was stored although its answer was lost counts as stored, once', async () => {
      const grant = await kept({ leaseUntilMs: LEASE_MS });
      await stores.grants.storeCustody(grant.grantId, LEASE_MS, 'newer');

      expect(await stores.grants.storeCustody(grant.grantId, LEASE_MS, 'newer')).toBe(true);
      expect(await read(grant.grantId)).toMatchObject({ version: 2 });
    });

    it('custody is not stored under a lease that somebody else took over', async () => {
      const grant = await kept({ leaseUntilMs: LEASE_MS + 1 });

      expect(await stores.grants.storeCustody(grant.grantId, LEASE_MS, 'newer')).toBe(false);
      expect(await read(grant.grantId)).toEqual(grant);
    });

    it('only its holder gives a lease back', async () => {
      const grant = await kept({ leaseUntilMs: LEASE_MS });

      await stores.grants.releaseLease(grant.grantId, LEASE_MS - 1);
      expect(await read(grant.grantId)).toMatchObject({ leaseUntilMs: LEASE_MS });

      await stores.grants.releaseLease(grant.grantId, LEASE_MS);
      expect(await read(grant.grantId)).toMatchObject({ leaseUntilMs: 0 });
    });

    it('20 callers at once want to ask the portal: one may', async () => {
      const grant = await kept();

      const taken = await atOnce(20, () => stores.grants.takeCredentialsLease(grant, START_MS, LEASE_MS));

      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores.grants.takeCredentialsLease(grant, LEASE_MS - 1, LEASE_MS + 1)).toBe(false);
      expect(await stores.grants.takeCredentialsLease(grant, LEASE_MS, LEASE_MS + 1)).toBe(true);
    });

    it('role credentials are kept with the grant, and whoever did not see them does not ask the portal again', async () => {
      const grant = await kept();
      await stores.grants.takeCredentialsLease(grant, START_MS, LEASE_MS);

      await stores.grants.storeCredentials(grant.grantId, 'sealed-credentials');

      const now = (await read(grant.grantId)) as Grant;
      expect(now).toEqual({ ...grant, sealedCredentials: 'sealed-credentials' });
      expect(await stores.grants.takeCredentialsLease(grant, START_MS, LEASE_MS)).toBe(false);
      expect(await stores.grants.takeCredentialsLease(now, START_MS, LEASE_MS)).toBe(true);
    });

    it('the lease of a caller that the portal refused is free at once', async () => {
      const grant = await kept();
      await stores.grants.takeCredentialsLease(grant, START_MS, LEASE_MS);

      await stores.grants.releaseCredentialsLease(grant.grantId);

      expect(await read(grant.grantId)).toEqual(grant);
    });

    it('a grant ends once and forgets custody and credentials', async () => {
      const { grantId } = await kept({ sealedCredentials: 'sealed-credentials' });

      expect(await stores.grants.end(grantId, 'revoked', START_MS)).toBe(true);
      expect(await stores.grants.end(grantId, 'session_ended', START_MS + 1)).toBe(false);
      const ended = await read(grantId);
      expect(ended).toMatchObject({ endedAtMs: START_MS, endReason: 'revoked' });
      expect(ended).not.toHaveProperty('sealedCustody');
      expect(ended).not.toHaveProperty('sealedCredentials');
    });

    it('a grant that had ended for another reason is revoked all the same, and stays ended since then', async () => {
      const grant = await kept();
      await stores.grants.end(grant.grantId, 'session_ended', START_MS);

      expect(await stores.grants.end(grant.grantId, 'revoked', START_MS + 1)).toBe(false);

      const { sealedCustody: _custody, ...rest } = grant;
      expect(await read(grant.grantId)).toEqual({ ...rest, endedAtMs: START_MS, endReason: 'revoked' });
    });

    it('a grant that was revoked stays revoked, whatever else ends it', async () => {
      const { grantId } = await kept();
      await stores.grants.end(grantId, 'revoked', START_MS);

      for (const reason of ['session_ended', 'registration_expired', 'answer_lost', 'revoked'] as const) {
        expect(await stores.grants.end(grantId, reason, START_MS + 1)).toBe(false);
      }
      expect(await read(grantId)).toMatchObject({ endedAtMs: START_MS, endReason: 'revoked' });
    });

    it('a grant that has ended is neither leased nor given custody again', async () => {
      const grant = await kept({ leaseUntilMs: LEASE_MS });
      await stores.grants.end(grant.grantId, 'revoked', START_MS);

      expect(await stores.grants.takeLease(grant, LEASE_MS, LEASE_MS + 1)).toBe(false);
      expect(await stores.grants.takeCredentialsLease(grant, LEASE_MS, LEASE_MS + 1)).toBe(false);
      expect(await stores.grants.storeCustody(grant.grantId, LEASE_MS, 'newer')).toBe(false);
      await stores.grants.storeCredentials(grant.grantId, 'sealed-credentials');
      expect(await read(grant.grantId)).not.toHaveProperty('sealedCustody');
      expect(await read(grant.grantId)).not.toHaveProperty('sealedCredentials');
    });

    it('no act on a grant that is not there adds one', async () => {
      const grant = makeGrant();

      expect(await stores.grants.takeLease(grant, START_MS, LEASE_MS)).toBe(false);
      expect(await stores.grants.storeCustody(grant.grantId, 0, 'newer')).toBe(false);
      expect(await stores.grants.end(grant.grantId, 'revoked', START_MS)).toBe(false);
      expect(await stores.grants.takeCredentialsLease(grant, START_MS, LEASE_MS)).toBe(false);
      await stores.grants.storeCredentials(grant.grantId, 'sealed-credentials');
      await stores.grants.releaseCredentialsLease(grant.grantId);
      await stores.grants.releaseLease(grant.grantId, 0);
      expect(await read(grant.grantId)).toBeUndefined();
    });
  });
}
