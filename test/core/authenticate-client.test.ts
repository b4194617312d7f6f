import { describe, expect, it } from 'vitest';
import type { ClientProof } from '../../lambda/core/authenticate-client.ts';
import type { Client, ClientIdentity } from '../../lambda/core/client.ts';
import { makeEnrollmentKeyText } from '../../lambda/core/enrollment-key.ts';
import { isRefusal, orThrow } from '../../lambda/core/oauth-error.ts';
import { makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { clientSecretOf, makeClient, makeEnrollmentKey } from '../support/fake-records.ts';

const PRINCIPAL = 'arn:aws:sts::123456789012:assumed-role/KioskDevice/kiosk-7';
const IAM: ClientIdentity = { method: 'iam', principal: PRINCIPAL };
const MTLS: ClientIdentity = { method: 'mtls', certificateName: 'DNS:kiosk-7.example.com' };
const SECRET = clientSecretOf('kiosk-7');

const clientWith = (own: Partial<Client> = {}): Client => makeClient({ clientId: 'kiosk-7', ...own });

/** `kiosk-7`, or why it is not. */
async function authenticated(
  deviceAuth: 'client_secret' | 'iam' | 'mtls',
  client: Client | undefined,
  proof: Omit<ClientProof, 'clientId'>,
): Promise<string> {
  const { authenticate } = makeFakeBroker({ time: makeFakeClock(), settings: { deviceAuth } });
  const answer = await authenticate(client, { clientId: 'kiosk-7', ...proof });
  return isRefusal(answer) ? `${answer.refused}: ${answer.description}` : answer.clientId;
}

const ANOTHER_IDENTITY = expect.stringMatching(/^invalid_client: Unknown client, or it belongs to another identity/);
const WRONG_SECRET = expect.stringMatching(/^invalid_client: Unknown client or wrong client secret/);

describe('a client that has a secret', () => {
  it('is authenticated by it', async () => {
    expect(await authenticated('client_secret', clientWith(), { clientSecret: SECRET })).toBe('kiosk-7');
  });

  it.each([
    { what: 'another one', clientSecret: `${SECRET}x` },
    { what: 'none', clientSecret: undefined },
    { what: 'an empty one', clientSecret: '' },
  ])('is refused with $what, in the words that an unknown client gets', async ({ clientSecret }) => {
    expect(await authenticated('client_secret', clientWith(), { clientSecret })).toEqual(WRONG_SECRET);
    expect(await authenticated('client_secret', undefined, { clientSecret })).toEqual(WRONG_SECRET);
  });
});

describe('a client that signs with AWS credentials', () => {
  const iam = (proof: Omit<ClientProof, 'clientId'>, client: Client | undefined = clientWith({ identity: IAM })) =>
    authenticated('iam', client, proof);

  it('is authenticated by its principal, without a secret', async () => {
    expect(await iam({ principal: PRINCIPAL })).toBe('kiosk-7');
  });

  it.each([
    { what: 'another session of the same role', principal: `${PRINCIPAL}8` },
    { what: 'no principal', principal: undefined },
  ])('is refused with $what', async ({ principal }) => {
    expect(await iam({ principal })).toEqual(ANOTHER_IDENTITY);
  });

  it('is refused with a certificate instead', async () => {
    expect(await iam({ certificateNames: [PRINCIPAL] })).toEqual(ANOTHER_IDENTITY);
  });

  it('may send its secret too, but not a wrong one', async () => {
    expect(await iam({ principal: PRINCIPAL, clientSecret: SECRET })).toBe('kiosk-7');
    expect(await iam({ principal: PRINCIPAL, clientSecret: 'wrong' })).toEqual(WRONG_SECRET);
  });

  it.each([
    { what: 'no identity was bound', own: {} },
    { what: 'a certificate was bound', own: { identity: MTLS } },
  ])('is refused when at its registration $what, whatever it shows now', async ({ own }) => {
    const proof = { principal: PRINCIPAL, certificateNames: ['DNS:kiosk-7.example.com'], clientSecret: SECRET };

    expect(await iam(proof, clientWith(own))).toEqual(ANOTHER_IDENTITY);
  });

  it('is refused when it is unknown', async () => {
    expect(await authenticated('iam', undefined, { principal: PRINCIPAL })).toEqual(ANOTHER_IDENTITY);
  });
});

describe('a client that has a certificate', () => {
  const mtls = (proof: Omit<ClientProof, 'clientId'>, identity: ClientIdentity = MTLS) =>
    authenticated('mtls', clientWith({ identity }), proof);

  it('is authenticated by its name, also among others', async () => {
    expect(await mtls({ certificateNames: ['URI:spiffe://fleet/kiosk-7', 'DNS:kiosk-7.example.com'] })).toBe('kiosk-7');
  });

  it.each([
    { what: 'another name', certificateNames: ['DNS:kiosk-8.example.com'] },
    { what: 'no names', certificateNames: [] },
    { what: 'no certificate', certificateNames: undefined },
  ])('is refused with $what', async ({ certificateNames }) => {
    expect(await mtls({ certificateNames })).toEqual(ANOTHER_IDENTITY);
  });

  it('is refused with its secret alone', async () => {
    expect(await mtls({ clientSecret: SECRET })).toEqual(ANOTHER_IDENTITY);
  });

  it('is refused when a principal was bound', async () => {
    expect(await mtls({ principal: PRINCIPAL, certificateNames: ['DNS:kiosk-7.example.com'] }, IAM)).toEqual(
      ANOTHER_IDENTITY,
    );
  });
});

describe.each([
  { deviceAuth: 'client_secret' as const, own: {}, proof: { clientSecret: SECRET } },
  { deviceAuth: 'iam' as const, own: { identity: IAM }, proof: { principal: PRINCIPAL } },
  { deviceAuth: 'mtls' as const, own: { identity: MTLS }, proof: { certificateNames: ['DNS:kiosk-7.example.com'] } },
])('a client that proves who it is by $deviceAuth', ({ deviceAuth, own, proof }) => {
  it.each([
    { what: 'locked', standing: { lockedAtMs: START_MS }, told: 'locked' },
    { what: 'revoked', standing: { revokedAtMs: START_MS }, told: 'revoked' },
    { what: 'expired this second', standing: { expiresAt: START_SECONDS }, told: 'has expired' },
  ])('is refused when it is $what', async ({ standing, told }) => {
    const answer = await authenticated(deviceAuth, clientWith({ ...own, ...standing }), proof);

    expect(answer).toMatch(/^invalid_client: /);
    expect(answer).toContain(told);
  });

  it('is let in in the last second of its registration', async () => {
    const client = clientWith({ ...own, expiresAt: START_SECONDS + 1 });

    expect(await authenticated(deviceAuth, client, proof)).toBe('kiosk-7');
  });
});

describe('an identity that is shown at the registration', () => {
  it('is bound to the client, which is authenticated by it from then on', async () => {
    const broker = makeFakeBroker({ time: makeFakeClock(), settings: { deviceAuth: 'iam' } });
    const { enrollmentKeyId, text, keyHash } = makeEnrollmentKeyText(makeFakeRandom('binding'));
    await broker.enrollmentKeys.create(makeEnrollmentKey({ enrollmentKeyId, keyHash }));

    const registered = await broker.registerClient({ clientName: 'kiosk-7', enrollmentKey: text, identity: IAM });

    const { clientId } = orThrow(registered);
    const client = await broker.clients.read(clientId);
    expect(client).toMatchObject({ identity: IAM });
    expect(await broker.authenticate(client, { clientId, principal: PRINCIPAL })).toMatchObject({ clientId });
  });
});
