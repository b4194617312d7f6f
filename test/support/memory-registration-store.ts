import { setImmediate as turn } from 'node:timers/promises';
import type { RegistrationStore, StoredRegistration } from '../../lambda/core/registration.ts';

/** Upstream registrations in memory. */
export interface MemoryRegistrationStore extends RegistrationStore {
  readonly byRef: ReadonlyMap<string, StoredRegistration>;
}

/** Makes the registrations; every call takes a turn, as over a network. */
export function makeMemoryRegistrationStore(): MemoryRegistrationStore {
  const byRef = new Map<string, StoredRegistration>();
  const current = new Map<string, StoredRegistration>();
  const leases = new Map<string, number>();

  return {
    byRef,

    async readCurrent(name) {
      await turn();
      return current.get(name);
    },

    async read(registrationRef) {
      await turn();
      return byRef.get(registrationRef);
    },

    async takeLease(name, nowMs, untilMs) {
      await turn();
      if ((leases.get(name) ?? 0) >= nowMs) return false;
      leases.set(name, untilMs);
      return true;
    },

    async releaseLease(name, untilMs) {
      await turn();
      if (leases.get(name) === untilMs) leases.delete(name);
    },

    async store(name, registration) {
      await turn();
      if (!byRef.has(registration.registrationRef)) byRef.set(registration.registrationRef, registration);
      current.set(name, registration);
      leases.delete(name);
    },
  };
}
