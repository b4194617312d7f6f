import { calculateJwkThumbprint } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPublicKeys, thumbprintOf } from '../../lambda/core/client-keys.ts';
import { isRefusal } from '../../lambda/core/oauth-error.ts';
import { makeKeyedDevice } from './assertions.ts';

type Key = Record<string, unknown>;

describe('a key’s thumbprint', () => {
  it.each(['EdDSA', 'ES256', 'RS256'])('of %s is that of RFC 7638', async (alg) => {
    const { publicKey } = await makeKeyedDevice(alg);

    expect(thumbprintOf(publicKey as never)).toBe(await calculateJwkThumbprint(publicKey));
  });
});

describe('the keys of a registration', () => {
  let ed25519: Key;
  let p256: Key;
  let rsa: Key;
  beforeAll(async () => {
    [ed25519, p256, rsa] = (await Promise.all(
      ['EdDSA', 'ES256', 'RS256'].map(async (alg) => (await makeKeyedDevice(alg)).publicKey),
    )) as [Key, Key, Key];
  });

  const told = (keys: unknown): string => {
    const read = readPublicKeys(keys);
    return isRefusal(read) ? `${read.refused}: ${read.description}` : `${read.length} read`;
  };

  it('are Ed25519, P-256 or RSA', () => {
    for (const key of [ed25519, p256, rsa]) expect(readPublicKeys({ keys: [key] })).toEqual([key]);
  });

  it('are kept without whatever else was sent along', () => {
    expect(readPublicKeys({ keys: [{ ...p256, kid: 'k1', use: 'sig', x5c: ['…'], __proto__x: 1 }] })).toEqual([
      { ...p256, kid: 'k1' },
    ]);
  });

  it('may be two, told apart by their kid', () => {
    expect(
      told({
        keys: [
          { ...ed25519, kid: 'old' },
          { ...p256, kid: 'new' },
        ],
      }),
    ).toBe('2 read');
    expect(
      told({
        keys: [
          { ...ed25519, kid: 'k' },
          { ...p256, kid: 'k' },
        ],
      }),
    ).toContain('not the same one');
    expect(told({ keys: [ed25519, p256] })).toContain('a kid each');
  });

  it.each([
    { what: 'nothing', jwks: undefined },
    { what: 'text', jwks: '{"keys":[]}' },
    { what: 'no keys', jwks: {} },
    { what: 'an empty list', jwks: { keys: [] } },
    { what: 'keys that are no objects', jwks: { keys: ['key'] } },
    { what: 'a bare list', jwks: [{}] },
    { what: 'three keys', jwks: { keys: [{}, {}, {}] } },
  ])('of $what are refused', ({ jwks }) => {
    expect(told(jwks)).toMatch(/^invalid_client_metadata: Send the public key/);
  });

  it.each(['d', 'k', 'p'])('with the private member %s are refused: that key is known now', (member) => {
    expect(told({ keys: [{ ...ed25519, [member]: 'AAAA' }] })).toContain('private no more');
  });

  it.each<{ what: string; change: (keys: { ed25519: Key; p256: Key; rsa: Key }) => Key }>([
    { what: 'another curve', change: (keys) => ({ ...keys.p256, crv: 'P-384' }) },
    { what: 'X25519', change: (keys) => ({ ...keys.ed25519, crv: 'X25519' }) },
    { what: 'half a point', change: ({ p256: { y: _y, ...rest } }) => rest },
    { what: 'a short key', change: (keys) => ({ ...keys.ed25519, x: 'AAAA' }) },
    { what: 'RSA of 1024 bits', change: (keys) => ({ ...keys.rsa, n: Buffer.alloc(128, 255).toString('base64url') }) },
    {
      what: 'RSA of 16384 bits',
      change: (keys) => ({ ...keys.rsa, n: Buffer.alloc(2048, 255).toString('base64url') }),
    },
    { what: 'base64 of another kind', change: (keys) => ({ ...keys.ed25519, x: `${'A'.repeat(42)}+` }) },
    { what: 'a kid that is no text', change: (keys) => ({ ...keys.ed25519, kid: 7 }) },
    { what: 'a symmetric key', change: () => ({ kty: 'oct' }) },
  ])('of $what are refused', ({ change }) => {
    expect(told({ keys: [change({ ed25519, p256, rsa })] })).toMatch(/^invalid_client_metadata: Every key must be/);
  });
});
