import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyAssertion } from '../../lambda/core/client-assertion.ts';
import type { PublicKey } from '../../lambda/core/client-keys.ts';
import { isRefusal } from '../../lambda/core/oauth-error.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';

const ISSUER = 'https://broker.example/v1';

/** Signs whatever it is given, claims or not. */
async function makeSigner() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const sign = (payload: string, header: object = {}) =>
    new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey);
  return { key: (await exportJWK(publicKey)) as PublicKey, sign };
}

const claims = (own: object = {}): string =>
  JSON.stringify({ iss: 'kiosk-7', sub: 'kiosk-7', aud: ISSUER, jti: '1', exp: START_SECONDS + 60, ...own });

describe('the keys of a client, while it changes from one to the next', () => {
  let old: Awaited<ReturnType<typeof makeSigner>>;
  let current: Awaited<ReturnType<typeof makeSigner>>;
  beforeAll(async () => {
    [old, current] = [await makeSigner(), await makeSigner()];
  });

  async function verified(jwt: string, keys: readonly PublicKey[]): Promise<boolean> {
    return !isRefusal(await verifyAssertion({ jwt, audiences: [ISSUER] }, 'kiosk-7', keys, START_MS));
  }
  const both = (): PublicKey[] => [
    { ...old.key, kid: 'old' },
    { ...current.key, kid: 'current' },
  ];

  it.each([
    { what: 'the kid of the key that signed', header: { kid: 'current' }, expected: true },
    { what: 'no kid', header: {}, expected: true },
    { what: 'the kid of the other key', header: { kid: 'old' }, expected: false },
    { what: 'the kid of no key', header: { kid: 'stolen' }, expected: false },
  ])('with $what in the assertion it is verified: $expected', async ({ header, expected }) => {
    expect(await verified(await current.sign(claims(), header), both())).toBe(expected);
  });

  it('a key without a kid verifies what it signed, whatever kid the assertion names', async () => {
    expect(await verified(await current.sign(claims(), { kid: 'any' }), [current.key])).toBe(true);
  });

  it('a client without keys is authenticated by nothing', async () => {
    expect(await verified(await current.sign(claims()), [])).toBe(false);
  });

  it.each(['null', '[]', '7', '"kiosk-7"', 'no JSON'])(
    'what is signed, but is no claims, is refused: %s',
    async (payload) => {
      const answer = verifyAssertion(
        { jwt: await current.sign(payload), audiences: [ISSUER] },
        'kiosk-7',
        [current.key],
        START_MS,
      );

      expect(await answer).toMatchObject({
        refused: 'invalid_client',
        description: expect.stringContaining('not signed'),
      });
    },
  );

  it.each([
    { what: 'a jti of 256 characters', own: { jti: 'x'.repeat(256) }, expected: true },
    { what: 'a jti of 257', own: { jti: 'x'.repeat(257) }, expected: false },
    { what: 'an audience that is a number, beside the right one', own: { aud: [7, ISSUER] }, expected: true },
  ])('with $what it is verified: $expected', async ({ own, expected }) => {
    expect(await verified(await current.sign(claims(own)), [current.key])).toBe(expected);
  });

  it('is remembered for as long as it would be let through, the tolerance of clocks included', async () => {
    const jwt = await current.sign(claims({ exp: START_SECONDS + 59.5 }));
    const answer = await verifyAssertion({ jwt, audiences: [ISSUER] }, 'kiosk-7', [current.key], START_MS);

    expect(answer).toMatchObject({ expiresAt: START_SECONDS + 60 + 60 });
  });
});
