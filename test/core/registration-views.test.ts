import { describe, expect, it } from 'vitest';
import type { Client, ClientIdentity } from '../../lambda/core/client.ts';
import type { PublicKey } from '../../lambda/core/client-keys.ts';
import type { EnrollmentKey } from '../../lambda/core/enrollment-key.ts';
import { clientView, enrollmentKeyView } from '../../lambda/core/registration-views.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient, makeEnrollmentKey } from '../support/fake-records.ts';

const clientSeen = (own: Partial<Client> = {}) => clientView(makeClient(own), START_MS);
const keySeen = (own: Partial<EnrollmentKey> = {}) => enrollmentKeyView(makeEnrollmentKey(own), START_MS);

const ENDED = { expiresAt: START_SECONDS };
const LOCKED = { lockedAtMs: START_MS };
const REVOKED = { revokedAtMs: START_MS };

describe('a client, for operators', () => {
  it.each([
    { own: {}, state: 'active' },
    { own: LOCKED, state: 'locked' },
    { own: ENDED, state: 'expired' },
    { own: { expiresAt: START_SECONDS + 1 }, state: 'active' },
    { own: REVOKED, state: 'revoked' },
    { own: { ...LOCKED, ...ENDED }, state: 'expired' },
    { own: { ...LOCKED, ...ENDED, ...REVOKED }, state: 'revoked' },
  ])('with $own is $state', ({ own, state }) => {
    expect(clientSeen(own).state).toBe(state);
  });

  it('shows nothing of its secret, not even the hash', () => {
    const client = makeClient();

    expect(JSON.stringify(clientView(client, START_MS))).not.toContain(client.clientSecretHash);
  });

  it('that has a secret has no identity', () => {
    expect(clientSeen()).toMatchObject({ authentication: 'client_secret', identity: undefined });
  });

  const KEY: PublicKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  it.each<{ identity: ClientIdentity; told: string }>([
    { identity: { method: 'iam', principal: 'arn:aws:iam::1:role/Kiosk' }, told: 'arn:aws:iam::1:role/Kiosk' },
    { identity: { method: 'mtls', certificateName: 'DNS:kiosk-7.example.com' }, told: 'DNS:kiosk-7.example.com' },
    // RFC 8037, appendix A.3.
    {
      identity: { method: 'private_key_jwt', keys: [KEY, KEY] },
      told: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    },
  ])('that authenticates by $identity.method shows as what', ({ identity, told }) => {
    expect(clientSeen({ identity })).toMatchObject({ authentication: identity.method, identity: told });
  });

  it('tells its times as ISO 8601, those in seconds and those in milliseconds', () => {
    const times = {
      signInAtMs: START_MS,
      signInEndsAt: START_SECONDS,
      signInEndedAtMs: START_MS,
      ...LOCKED,
      ...REVOKED,
    };
    const iso = new Date(START_MS).toISOString();

    expect(clientSeen({ createdAtMs: START_MS, expiresAt: START_SECONDS, ...times })).toMatchObject({
      createdAt: iso,
      registrationExpiresAt: iso,
      signedInAt: iso,
      signInEndsAt: iso,
      signInEndedAt: iso,
      lockedAt: iso,
      revokedAt: iso,
    });
  });

  it('leaves out the times that have not come', () => {
    const { signedInAt, signInEndsAt, signInEndedAt, lockedAt, revokedAt } = clientSeen();

    expect([signedInAt, signInEndsAt, signInEndedAt, lockedAt, revokedAt]).toEqual(Array(5).fill(undefined));
  });
});

describe('an enrollment key, for operators', () => {
  it.each([
    { own: {}, state: 'active' },
    { own: { uses: 99 }, state: 'active' },
    { own: { maxUses: 2, uses: 1 }, state: 'active' },
    { own: { maxUses: 2, uses: 2 }, state: 'used_up' },
    { own: { maxUses: 2, uses: 2, ...ENDED }, state: 'expired' },
    { own: { expiresAt: START_SECONDS + 1 }, state: 'active' },
    { own: { ...ENDED, ...REVOKED }, state: 'revoked' },
  ])('with $own is $state', ({ own, state }) => {
    expect(keySeen(own).state).toBe(state);
  });

  it('shows nothing of the key, not even the hash', () => {
    const key = makeEnrollmentKey();

    expect(JSON.stringify(enrollmentKeyView(key, START_MS))).not.toContain(key.keyHash);
  });
});
