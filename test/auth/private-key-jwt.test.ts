import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { isRefusal } from '../../lambda/core/oauth-error.ts';
import { BASE_URL, type FakeBroker, makeFakeBroker } from '../support/fake-broker.ts';
import { type FakeClock, makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient } from '../support/fake-records.ts';
import { type KeyedDevice, makeKeyedDevice } from './assertions.ts';

const AUDIENCES = [BASE_URL, `${BASE_URL}/token`];

describe('a client that signs assertions with its own key (RFC 7523 §3)', () => {
  let time: FakeClock;
  let broker: FakeBroker;
  let device: KeyedDevice;

  beforeEach(async () => {
    time = makeFakeClock();
    broker = makeFakeBroker({ time, settings: { deviceAuth: 'private_key_jwt' } });
    device = await makeKeyedDevice('EdDSA');
  });

  const clientOf = (...devices: readonly KeyedDevice[]) =>
    makeClient({
      clientId: 'kiosk-7',
      identity: { method: 'private_key_jwt', keys: devices.map(({ publicKey }) => publicKey) },
    } as never);

  const authenticated = async (jwt: string, client = clientOf(device)): Promise<string> => {
    const answer = await broker.authenticate(client, { clientId: 'kiosk-7', assertion: { jwt, audiences: AUDIENCES } });
    return isRefusal(answer) ? `${answer.refused}: ${answer.description}` : `is ${answer.clientId}`;
  };

  const careful = { iss: 'kiosk-7', sub: 'kiosk-7', aud: BASE_URL };

  it.each(['EdDSA', 'Ed25519', 'ES256', 'RS256'])('is authenticated by %s', async (alg) => {
    const own = await makeKeyedDevice(alg);

    expect(await authenticated(await own.sign(careful), clientOf(own))).toBe('is kiosk-7');
  });

  it.each(['ES384', 'PS256', 'RS512'])('is not authenticated by %s, whatever key it has', async (alg) => {
    const own = await makeKeyedDevice(alg);

    expect(await authenticated(await own.sign(careful), clientOf(own))).toContain('not signed with its key');
  });

  it.each([
    { what: 'the token endpoint', aud: `${BASE_URL}/token` },
    { what: 'several, the issuer among them', aud: ['https://other.example', BASE_URL] },
  ])('may address $what', async ({ aud }) => {
    expect(await authenticated(await device.sign({ ...careful, aud }))).toBe('is kiosk-7');
  });

  it.each([
    { what: 'another issuer', claims: { iss: 'kiosk-8' }, told: 'client_id as both iss and sub' },
    { what: 'another subject', claims: { sub: 'kiosk-8' }, told: 'client_id as both iss and sub' },
    { what: 'no issuer', claims: { iss: undefined }, told: 'client_id as both iss and sub' },
    { what: 'another audience', claims: { aud: 'https://other.example' }, told: `Write ${BASE_URL} as aud` },
    { what: 'a longer audience', claims: { aud: `${BASE_URL}/token/` }, told: `Write ${BASE_URL} as aud` },
    { what: 'no audience', claims: { aud: undefined }, told: `Write ${BASE_URL} as aud` },
    { what: 'no jti', claims: { jti: undefined }, told: 'needs a jti' },
    { what: 'an empty jti', claims: { jti: '' }, told: 'needs a jti' },
    { what: 'a jti that is no text', claims: { jti: 7 }, told: 'needs a jti' },
    { what: 'a jti without end', claims: { jti: 'x'.repeat(257) }, told: 'needs a jti' },
    { what: 'no end', claims: { exp: undefined }, told: 'needs exp' },
    { what: 'an end that is no time', claims: { exp: 'tomorrow' }, told: 'needs exp' },
    { what: 'an end that has passed', claims: { exp: START_SECONDS - 60 }, told: 'set the clock' },
    { what: 'an end too far away', claims: { exp: START_SECONDS + 361 }, told: 'lives too long' },
    { what: 'a beginning in the future', claims: { nbf: START_SECONDS + 61 }, told: 'Set the clock' },
    { what: 'a birth in the future', claims: { iat: START_SECONDS + 61 }, told: 'Set the clock' },
    { what: 'a birth that is no time', claims: { iat: 'now' }, told: 'Set the clock' },
  ])('is refused with $what, and told what to write', async ({ claims, told }) => {
    const answer = await authenticated(await device.sign({ ...careful, ...claims }));

    expect(answer).toMatch(/^invalid_client: /);
    expect(answer).toContain(told);
  });

  it.each([
    { what: 'a minute late', claims: { exp: START_SECONDS - 59 } },
    { what: 'a minute early', claims: { exp: START_SECONDS + 360, iat: START_SECONDS + 60, nbf: START_SECONDS + 60 } },
  ])('may have a clock that is $what', async ({ claims }) => {
    expect(await authenticated(await device.sign({ ...careful, ...claims }))).toBe('is kiosk-7');
  });

  it('cannot use one assertion twice, nor can who has caught it', async () => {
    const jwt = await device.sign(careful);

    expect(await authenticated(jwt)).toBe('is kiosk-7');
    expect(await authenticated(jwt)).toContain('used before');
    time.advance(90_000);
    expect(await authenticated(jwt)).toContain('used before');
  });

  it('of many requests with one assertion at once lets one through', async () => {
    const jwt = await device.sign(careful);

    const answers = await Promise.all(Array.from({ length: 20 }, () => authenticated(jwt)));

    expect(answers.filter((answer) => answer === 'is kiosk-7')).toHaveLength(1);
  });

  it('may use a jti that another client has used', async () => {
    const jti = 'the same';
    expect(await authenticated(await device.sign({ ...careful, jti }))).toBe('is kiosk-7');
    const other = { ...clientOf(device), clientId: 'kiosk-8' };

    const assertion = {
      jwt: await device.sign({ iss: 'kiosk-8', sub: 'kiosk-8', aud: BASE_URL, jti }),
      audiences: AUDIENCES,
    };

    expect(await broker.authenticate(other, { clientId: 'kiosk-8', assertion })).toBe(other);
  });

  it('does not use up an assertion that is refused for another reason', async () => {
    const jwt = await device.sign(careful);
    const locked = { ...clientOf(device), lockedAtMs: time.nowMs() };

    expect(await authenticated(jwt, locked)).toContain('locked by an operator');
    expect(await authenticated(jwt)).toBe('is kiosk-7');
  });

  it('may sign with either of two keys, and with neither of anybody else', async () => {
    const [next, stranger] = await Promise.all([makeKeyedDevice('ES256'), makeKeyedDevice('ES256')]);
    const client = clientOf(device, next);

    expect(await authenticated(await device.sign(careful), client)).toBe('is kiosk-7');
    expect(await authenticated(await next.sign(careful), client)).toBe('is kiosk-7');
    expect(await authenticated(await stranger.sign(careful), client)).toContain('not signed with its key');
  });

  const unsigned = (header: object): string =>
    [header, { ...careful, jti: 'x', exp: START_SECONDS + 60 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');

  it('cannot be impersonated without a signature, nor by one that takes the public key for a secret', async () => {
    const hs256 = unsigned({ alg: 'HS256' });
    const forgeries = [
      `${unsigned({ alg: 'none' })}.`,
      `${hs256}.${createHmac('sha256', JSON.stringify(device.publicKey)).update(hs256).digest('base64url')}`,
      `${hs256}.${createHmac('sha256', Buffer.from(device.publicKey.x ?? '', 'base64url'))
        .update(hs256)
        .digest('base64url')}`,
      `${unsigned({ alg: 'EdDSA', jwk: device.publicKey })}.AAAA`,
      'no.jwt',
      '',
      'a.b.c',
    ];

    for (const jwt of forgeries) expect(await authenticated(jwt)).toContain('not signed with its key');
  });

  it('cannot be impersonated by a key in the header', async () => {
    const stranger = await makeKeyedDevice('EdDSA');

    expect(await authenticated(await stranger.sign(careful, { jwk: stranger.publicKey }))).toContain('not signed with');
  });

  it('that is not known hears the same words as one with another key', async () => {
    const stranger = await makeKeyedDevice('EdDSA');
    const assertion = { jwt: await device.sign(careful), audiences: AUDIENCES };

    const unknown = await broker.authenticate(undefined, { clientId: 'kiosk-7', assertion });

    expect(isRefusal(unknown) && `invalid_client: ${unknown.description}`).toBe(
      await authenticated(await stranger.sign(careful)),
    );
  });

  it('is not authenticated by the secret of an earlier registration', async () => {
    const client = makeClient({ clientId: 'kiosk-7' });

    expect(await broker.authenticate(client, { clientId: 'kiosk-7', clientSecret: 'secret-of-kiosk-7' })).toMatchObject(
      {
        refused: 'invalid_client',
      },
    );
  });
});
