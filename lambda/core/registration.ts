import type { Observe } from './events.ts';
import { sha256 } from './hashing.ts';
import { type Clock, epochSeconds, type Sleep } from './ports.ts';
import type { Secret } from './secret.ts';
import type { Upstream, UpstreamClient, UpstreamProblem, UpstreamTarget } from './upstream.ts';

/**
 * The broker's own upstream registrations: one per Region, scopes and endpoint, shared by all devices, renewed a day before
 * its 90 days by exactly one caller. An old one is kept to its end: sessions and grants that began with it depend on it.
 */
export interface Registrations {
  /**
   * The registration that new sessions use.
   *
   * @param spent a registration that upstream does not know any more: another one is made
   */
  current(target: UpstreamTarget, spent?: Registration): Promise<Registration | UpstreamProblem>;
  /** The registration that a session or grant began with, or undefined when it has ended. */
  byRef(registrationRef: string): Promise<Registration | undefined>;
}

/** An upstream registration, opened. */
export interface Registration extends UpstreamClient {
  /** Its name in the table; what sessions and grants remember. */
  readonly registrationRef: string;
}

/** A registration as the table holds it. */
export interface StoredRegistration {
  readonly registrationRef: string;
  readonly clientId: string;
  /** The client secret, encrypted by the vault under the context `{ purpose, registrationRef }`. */
  readonly encryptedSecret: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** Registrations, wherever they are kept. */
export interface RegistrationStore {
  /** The newest registration of this name. */
  readCurrent(name: string): Promise<StoredRegistration | undefined>;
  read(registrationRef: string): Promise<StoredRegistration | undefined>;
  /** Lets exactly one caller make a new registration until `untilMs`. @returns whether it is this one */
  takeLease(name: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** Gives the lease back without a registration, so that the next caller need not wait for its end. */
  releaseLease(name: string, untilMs: number): Promise<void>;
  /** Keeps a registration for good under its own name, then makes it the current one and gives the lease back. */
  store(name: string, registration: StoredRegistration): Promise<void>;
}

/** Encrypts and decrypts with a key that the table's readers do not have (KMS). */
export interface Vault {
  encrypt(plaintext: Secret, context: Readonly<Record<string, string>>): Promise<string>;
  decrypt(ciphertext: string, context: Readonly<Record<string, string>>): Promise<Secret>;
}

const RENEW_BEFORE_SECONDS = 86_400;
/** With less than this left a registration is not used for new sessions even if renewing fails. */
const USABLE_SECONDS = 3_600;
const LEASE_MS = 10_000;
const WAIT_FOR_LEASE_MS = 6_000;
const WAIT_STEP_MS = 200;

export interface RegistrationDependencies {
  readonly store: RegistrationStore;
  readonly upstream: Upstream;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly observe: Observe;
}

/** The name that all sessions with this target share. */
export function registrationName(target: UpstreamTarget): string {
  const endpoint = target.upstreamEndpoint === undefined ? '' : `@${sha256(target.upstreamEndpoint).slice(0, 12)}`;
  return `${target.region} ${[...target.scopes].sort().join(' ')}${endpoint}`;
}

/** The Region that a registration was made in. */
export function regionOfRegistration(registrationRef: string): string {
  return registrationRef.slice(0, registrationRef.indexOf(' '));
}

/** Makes the keeper of registrations; it remembers opened ones for as long as its environment lives. */
export function makeRegistrations(deps: RegistrationDependencies): Registrations {
  const { store, upstream, vault, clock, sleep, observe } = deps;
  const opened = new Map<string, Registration>();
  const currentRefs = new Map<string, string>();

  const secondsLeft = (registration: { expiresAt: number }): number =>
    registration.expiresAt - epochSeconds(clock.nowMs());

  async function open(stored: StoredRegistration): Promise<Registration> {
    const known = opened.get(stored.registrationRef);
    if (known !== undefined) return known;
    const clientSecret = await vault.decrypt(stored.encryptedSecret, contextOf(stored.registrationRef));
    const { registrationRef, clientId, expiresAt } = stored;
    const registration = { registrationRef, clientId, clientSecret, expiresAt };
    opened.set(registrationRef, registration);
    return registration;
  }

  async function mint(name: string, target: UpstreamTarget): Promise<Registration | UpstreamProblem> {
    const answer = await upstream.registerClient(target);
    if (answer.kind !== 'registered') return answer;
    const registration = {
      ...answer.registration,
      registrationRef: `${name}#${sha256(answer.registration.clientId).slice(0, 16)}`,
    };
    const { registrationRef, clientId, expiresAt } = registration;
    const encryptedSecret = await vault.encrypt(registration.clientSecret, contextOf(registrationRef));
    await store.store(name, { registrationRef, clientId, encryptedSecret, expiresAt });
    opened.set(registrationRef, registration);
    observe({ event: 'registration_renewed', region: target.region, expiresAt });
    return registration;
  }

  /** One look at the table: a good registration, a new one made here, or undefined when somebody else is making it. */
  async function attempt(
    name: string,
    target: UpstreamTarget,
    spentRef: string | undefined,
  ): Promise<Registration | UpstreamProblem | undefined> {
    const stored = await store.readCurrent(name);
    const usable = stored !== undefined && stored.registrationRef !== spentRef && secondsLeft(stored) > USABLE_SECONDS;
    if (usable && secondsLeft(stored) > RENEW_BEFORE_SECONDS) return open(stored);

    const nowMs = clock.nowMs();
    const leaseUntilMs = nowMs + LEASE_MS;
    if (!(await store.takeLease(name, nowMs, leaseUntilMs))) return usable ? open(stored) : undefined;
    // Whoever had the lease until now may have made one since the look above.
    const latest = await store.readCurrent(name);
    const isNew = latest !== undefined && ![stored?.registrationRef, spentRef].includes(latest.registrationRef);
    const minted = isNew ? undefined : await mint(name, target);
    if (minted !== undefined && !('kind' in minted)) return minted;
    await store.releaseLease(name, leaseUntilMs);
    if (isNew) return open(latest);
    return usable ? open(stored) : minted;
  }

  return {
    async current(target, spent) {
      const name = registrationName(target);
      const known = opened.get(currentRefs.get(name) ?? '');
      if (
        known !== undefined &&
        known.registrationRef !== spent?.registrationRef &&
        secondsLeft(known) > RENEW_BEFORE_SECONDS
      ) {
        return known;
      }
      const giveUpAtMs = clock.nowMs() + WAIT_FOR_LEASE_MS;
      for (;;) {
        const found = await attempt(name, target, spent?.registrationRef);
        if (found !== undefined) {
          if (!('kind' in found)) currentRefs.set(name, found.registrationRef);
          return found;
        }
        if (clock.nowMs() >= giveUpAtMs) return { kind: 'unavailable', cause: 'timeout' };
        await sleep(WAIT_STEP_MS);
      }
    },

    async byRef(registrationRef) {
      const known = opened.get(registrationRef);
      if (known !== undefined && secondsLeft(known) > 0) return known;
      const stored = await store.read(registrationRef);
      return stored === undefined || secondsLeft(stored) <= 0 ? undefined : open(stored);
    },
  };
}

/** The encryption context: a ciphertext copied to another item, or from another purpose, does not decrypt. */
function contextOf(registrationRef: string): Record<string, string> {
  return { purpose: 'registration', registrationRef };
}
