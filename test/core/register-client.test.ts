import { beforeEach, describe, expect, it } from 'vitest';
import { type EnrollmentKey, enrollmentKeyIdOf, makeEnrollmentKeyText } from '../../lambda/core/enrollment-key.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import type { RegisteredClient } from '../../lambda/core/register-client.ts';
import { type FakeBroker, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { makeFleet } from '../support/fake-records.ts';

const { enrollmentKeyId, text, keyHash } = makeEnrollmentKeyText(makeFakeRandom('enrollment'));

describe('registering a device', () => {
  let broker: FakeBroker;
  beforeEach(() => {
    broker = makeFakeBroker({ time: makeFakeClock() });
  });

  const key = (own: Partial<EnrollmentKey> = {}): Promise<void> =>
    broker.enrollmentKeys.create({
      enrollmentKeyId,
      keyHash,
      fleet: 'kiosks',
      createdAtMs: START_MS,
      expiresAt: START_SECONDS + 60,
      uses: 0,
      ...own,
    });

  const register = (enrollmentKey: string | undefined = text) =>
    broker.registerClient({ clientName: 'kiosk-7', enrollmentKey });

  it('gives it an id and a secret once, for 90 days (RFC 7591 §3.2.1)', async () => {
    await key();

    const registered = (await register()) as RegisteredClient;

    expect(registered).toEqual({
      clientId: expect.stringMatching(/^[\w-]{22}$/),
      clientSecret: expect.stringMatching(/^[\w-]{43}$/),
      clientIdIssuedAt: START_SECONDS,
      clientSecretExpiresAt: START_SECONDS + 7_776_000,
      fleet: 'kiosks',
    });
  });

  it('stores the client with its secret as a hash only, and that hash authenticates it', async () => {
    await key();

    const { clientId, clientSecret } = (await register()) as RegisteredClient;

    const client = await broker.clients.read(clientId);
    expect(client).toMatchObject({ clientName: 'kiosk-7', fleet: 'kiosks', enrollmentKeyId, createdAtMs: START_MS });
    expect(JSON.stringify(client)).not.toContain(clientSecret);
    expect(await broker.authenticate(client, { clientId, clientSecret })).toBe(client);
  });

  it('stores of it what it said, what let it in and its end, and no more', async () => {
    await key();

    const { clientId, clientSecret } = (await register()) as RegisteredClient;

    expect(broker.clients.records.all()).toEqual([
      {
        clientId,
        clientSecretHash: sha256(clientSecret),
        clientName: 'kiosk-7',
        fleet: 'kiosks',
        enrollmentKeyId,
        createdAtMs: START_MS,
        expiresAt: START_SECONDS + 7_776_000,
      },
    ]);
    expect(await broker.clients.read(clientId)).not.toHaveProperty('identity');
  });

  it('keeps what it will show instead of a secret', async () => {
    await key();
    const identity = { method: 'iam', principal: 'arn:aws:iam::111122223333:role/Kiosk' } as const;

    const { clientId } = (await broker.registerClient({
      clientName: 'kiosk-7',
      enrollmentKey: text,
      identity,
    })) as RegisteredClient;

    expect((await broker.clients.read(clientId))?.identity).toEqual(identity);
  });

  it('gives no two devices the same id or secret', async () => {
    await key();

    const [one, other] = [(await register()) as RegisteredClient, (await register()) as RegisteredClient];

    expect(one.clientId).not.toBe(other.clientId);
    expect(one.clientSecret).not.toBe(other.clientSecret);
  });

  it('takes the fleet from the key', async () => {
    const fleets = { kiosks: makeFleet(), robots: makeFleet({ name: 'robots' }) };
    broker = makeFakeBroker({ time: makeFakeClock(), settings: { fleets } });
    await key({ fleet: 'robots' });

    expect(await register()).toMatchObject({ fleet: 'robots' });
  });

  it('counts one use of the key', async () => {
    await key({ maxUses: 2 });

    await register();

    expect((await broker.enrollmentKeys.read(enrollmentKeyId))?.uses).toBe(1);
  });

  it('tells the observer who registered with which key, and no secret', async () => {
    await key();

    const { clientId } = (await register()) as RegisteredClient;

    expect(broker.events).toEqual([{ event: 'client_registered', clientId, fleet: 'kiosks', enrollmentKeyId }]);
  });

  it('lets in exactly as many of 20 devices at once as the key has uses', async () => {
    await key({ maxUses: 3 });

    const answers = await Promise.all(Array.from({ length: 20 }, () => register()));

    const refusals = answers.filter((answer) => 'refused' in answer);
    expect(broker.clients.records.all()).toHaveLength(3);
    expect(refusals).toHaveLength(17);
    expect(refusals[0]).toMatchObject({ refused: 'invalid_token', description: expect.stringContaining('used up') });
  });

  const wrongSecret = `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
  const refusals: readonly { what: string; own?: Partial<EnrollmentKey>; presented?: string; says: string }[] = [
    { what: 'no key', presented: '', says: 'needs an enrollment key' },
    { what: 'something that has not the form of a key', presented: 'letmein', says: 'needs an enrollment key' },
    { what: 'a key of the right id and a wrong secret', presented: wrongSecret, says: 'not known here' },
    { what: 'a revoked key', own: { revokedAtMs: START_MS }, says: 'was revoked' },
    { what: 'a key that expires this second', own: { expiresAt: START_SECONDS }, says: 'has expired' },
    { what: 'a key that is used up', own: { maxUses: 2, uses: 2 }, says: 'as often as it may be' },
    { what: 'a key of a fleet that is gone', own: { fleet: 'ghosts' }, says: 'not configured any more' },
  ];

  it.each(refusals)('with $what is refused as invalid_token, with what to do (RFC 6750 §3.1)', async (refusal) => {
    await key(refusal.own);

    const answer = await register(refusal.presented);

    expect(answer).toMatchObject({ refused: 'invalid_token', description: expect.stringContaining(refusal.says) });
    expect(answer).toMatchObject({ description: expect.stringContaining('Send a valid enrollment key') });
    expect(broker.clients.records.all()).toEqual([]);
    expect((await broker.enrollmentKeys.read(enrollmentKeyId))?.uses).toBe(refusal.own?.uses ?? 0);
  });

  it('with a key that nobody made is refused in the words for a wrong secret', async () => {
    const unknown = await register();
    await key();

    expect(unknown).toEqual(await register(wrongSecret));
  });

  it('without any key is refused', async () => {
    const answer = await broker.registerClient({ clientName: 'kiosk-7', enrollmentKey: undefined });

    expect(answer).toMatchObject({ refused: 'invalid_token' });
  });

  it('with a key that was revoked between look and count is refused', async () => {
    await key();
    const { countUse, revoke } = broker.enrollmentKeys;
    broker.enrollmentKeys.countUse = async (id, use, nowMs) => {
      await revoke(id, 'leaked', nowMs);
      return countUse(id, use, nowMs);
    };

    expect(await register()).toMatchObject({ description: expect.stringContaining('just been used up, revoked') });
    expect(broker.clients.records.all()).toEqual([]);
  });

  it('never tells a key back in a refusal', async () => {
    await key({ revokedAtMs: START_MS });

    expect(JSON.stringify([await register(), await register(wrongSecret)])).not.toMatch(/ftb-/);
  });
});

describe('the text of an enrollment key', () => {
  it('is safe in a URL path, carries its id and 256 random bits, and is known by its hash', () => {
    expect(text).toMatch(/^ftb-[\w-]{12}-[\w-]{43}$/);
    expect(enrollmentKeyIdOf(text)).toBe(enrollmentKeyId);
  });

  it.each([
    '',
    'ftb-',
    'ftb-short-secret',
    `${text} `,
    ` ${text}`,
    `${text}A`,
    text.replace('ftb', 'xyz'),
    `${text}\n`,
  ])('%j has not the form of a key', (other) => {
    expect(enrollmentKeyIdOf(other)).toBeUndefined();
  });
});
