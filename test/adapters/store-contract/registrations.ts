import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredRegistration } from '../../../lambda/core/registration.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { freshId } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores } from './stores.ts';

const LEASE_MS = START_MS + 10_000;

function registration(name: string, number: number): StoredRegistration {
  return {
    registrationRef: `${name}#${number}`,
    clientId: `upstream-client-${number}`,
    encryptedSecret: `encrypted-${number}`,
    expiresAt: START_SECONDS + 7_776_000,
  };
}

export function registrationStore(open: OpenStores): void {
  describe('upstream registrations', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });
    const freshName = (): string => `eu-central-1 ${freshId()}`;

    it('20 callers at once want to make the first registration: one may', async () => {
      const name = freshName();

      const taken = await atOnce(20, () => stores.registrations.takeLease(name, START_MS, LEASE_MS));

      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores.registrations.readCurrent(name)).toBeUndefined();
    });

    it('20 callers at once want to make the next registration: one may, and the current one stays readable', async () => {
      const name = freshName();
      await stores.registrations.store(name, registration(name, 1));

      const taken = await atOnce(20, () => stores.registrations.takeLease(name, START_MS, LEASE_MS));

      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores.registrations.readCurrent(name)).toEqual(registration(name, 1));
    });

    it('the lease of a maker that died runs out', async () => {
      const name = freshName();
      await stores.registrations.takeLease(name, START_MS, LEASE_MS);

      expect(await stores.registrations.takeLease(name, LEASE_MS, LEASE_MS + 10_000)).toBe(false);
      expect(await stores.registrations.takeLease(name, LEASE_MS + 1, LEASE_MS + 10_000)).toBe(true);
    });

    it('a lease that its holder gives back is free at once', async () => {
      const name = freshName();
      await stores.registrations.takeLease(name, START_MS, LEASE_MS);

      await stores.registrations.releaseLease(name, LEASE_MS);

      expect(await stores.registrations.takeLease(name, START_MS, LEASE_MS + 5)).toBe(true);
    });

    it('only its holder gives a lease back', async () => {
      const name = freshName();
      await stores.registrations.takeLease(name, START_MS, LEASE_MS);

      await stores.registrations.releaseLease(name, LEASE_MS - 1);

      expect(await stores.registrations.takeLease(name, START_MS, LEASE_MS + 5)).toBe(false);
    });

    it('giving back a lease of a name that is not there adds nothing', async () => {
      const name = freshName();

      await stores.registrations.releaseLease(name, LEASE_MS);

      expect(await stores.registrations.readCurrent(name)).toBeUndefined();
      expect(await stores.registrations.takeLease(name, START_MS, LEASE_MS)).toBe(true);
    });

    it('storing a registration makes it current and gives the lease back', async () => {
      const name = freshName();
      await stores.registrations.takeLease(name, START_MS, LEASE_MS);

      await stores.registrations.store(name, registration(name, 1));

      expect(await stores.registrations.readCurrent(name)).toEqual(registration(name, 1));
      expect(await stores.registrations.takeLease(name, START_MS, LEASE_MS)).toBe(true);
    });

    it('an older registration is kept under its own name when a newer one becomes current', async () => {
      const name = freshName();
      await stores.registrations.store(name, registration(name, 1));
      await stores.registrations.store(name, registration(name, 2));

      expect(await stores.registrations.readCurrent(name)).toEqual(registration(name, 2));
      expect(await stores.registrations.read(`${name}#1`)).toEqual(registration(name, 1));
      expect(await stores.registrations.read(`${name}#2`)).toEqual(registration(name, 2));
    });

    it('leases and registrations of one name do not touch those of another', async () => {
      const [one, other] = [freshName(), freshName()];
      await stores.registrations.store(one, registration(one, 1));
      await stores.registrations.takeLease(one, START_MS, LEASE_MS);

      expect(await stores.registrations.readCurrent(other)).toBeUndefined();
      expect(await stores.registrations.takeLease(other, START_MS, LEASE_MS)).toBe(true);
    });
  });
}
