import { describe, expect, it } from 'vitest';
import { readPublicKeys } from '../../lambda/core/client-keys.ts';
import { isRefusal } from '../../lambda/core/oauth-error.ts';

const bytes = (count: number, fill = 7): string => Buffer.alloc(count, fill).toString('base64url');

const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: bytes(32) };
const P256 = { kty: 'EC', crv: 'P-256', x: bytes(32), y: bytes(32, 8) };
const rsa = (bits: number) => ({ kty: 'RSA', n: bytes(bits / 8), e: 'AQAB' });

const isRead = (...keys: unknown[]): boolean => !isRefusal(readPublicKeys({ keys }));
const told = (...keys: unknown[]): string => {
  const read = readPublicKeys({ keys });
  return isRefusal(read) ? read.description : 'read';
};

describe('one key', () => {
  it.each([2_048, 8_192])('of RSA may have %d bits', (bits) => {
    expect(isRead(rsa(bits))).toBe(true);
  });

  it.each([2_040, 8_200])('of RSA may not have %d bits', (bits) => {
    expect(isRead(rsa(bits))).toBe(false);
  });

  it.each([
    { what: 'Ed25519 that calls itself EC', key: { ...ED25519, kty: 'EC' } },
    { what: 'P-256 that calls itself OKP', key: { ...P256, kty: 'OKP' } },
    { what: 'RSA that calls itself oct', key: { ...rsa(2_048), kty: 'oct' } },
    { what: 'RSA without a modulus', key: { ...rsa(2_048), n: undefined } },
    { what: 'P-256 without y', key: { ...P256, y: undefined } },
    { what: 'a coordinate one byte short', key: { ...ED25519, x: bytes(31) } },
    { what: 'a coordinate with something before it', key: { ...ED25519, x: `!${bytes(32)}` } },
    { what: 'a coordinate with something behind it', key: { ...ED25519, x: `${bytes(32)}=` } },
    { what: 'an empty kid', key: { ...ED25519, kid: '' } },
    { what: 'a kid of 129 characters', key: { ...ED25519, kid: 'k'.repeat(129) } },
    { what: 'a kid that is no text', key: { ...ED25519, kid: 7 } },
  ])('is refused: $what', ({ key }) => {
    expect(told(key)).toContain('Every key must be Ed25519');
  });

  it('may have a kid of 128 characters, which is kept, and needs none', () => {
    const kid = 'k'.repeat(128);

    expect(readPublicKeys({ keys: [{ ...ED25519, kid }] })).toEqual([{ ...ED25519, kid }]);
    expect((readPublicKeys({ keys: [ED25519] }) as object[]).map(Object.keys)).toEqual([['kty', 'crv', 'x']]);
  });
});

describe('two keys', () => {
  it('are told apart by their kid; one of them may do without', () => {
    expect(isRead({ ...ED25519, kid: 'a' }, { ...P256, kid: 'b' })).toBe(true);
    expect(isRead({ ...ED25519, kid: 'a' }, P256)).toBe(true);
  });

  it.each([
    { what: 'neither has one', first: {}, second: {} },
    { what: 'they have the same', first: { kid: 'a' }, second: { kid: 'a' } },
  ])('are refused when $what', ({ first, second }) => {
    expect(told({ ...ED25519, ...first }, { ...P256, ...second })).toContain('need a kid each');
  });

  it('are refused when one of them is none, private, or of another kind', () => {
    expect(told({ ...ED25519, kid: 'a' }, null)).toContain('Send the public key');
    expect(told({ ...ED25519, kid: 'a' }, { ...P256, kid: 'b', d: bytes(32) })).toContain('private no more');
    expect(told({ ...ED25519, kid: 'a' }, { ...P256, kid: 'b', crv: 'P-384' })).toContain('Every key must be');
  });
});
