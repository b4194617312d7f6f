import { describe, expect, it } from 'vitest';
import { isDeviceCodeOf, makeDeviceCode, sessionIdOf } from '../../lambda/core/device-code.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { makeFakeRandom } from '../support/fake-random.ts';

const OWNER = sha256('the owner’s client secret');
const STRANGER = sha256('a stranger’s client secret');
const code = makeDeviceCode(makeFakeRandom(), OWNER);

describe('the device code', () => {
  it('is 86 characters of base64url like AWS’s, 383 of its bits random (RFC 8628 §5.2)', () => {
    expect(code).toMatch(/^[\w-]{86}$/);
    const random = Buffer.from(makeFakeRandom()(48));
    random[0] = (random[0] as number) & 0x7f;
    expect(Buffer.from(code, 'base64url').subarray(0, 48)).toEqual(random);
  });

  it('is another one each time', () => {
    const random = makeFakeRandom();

    expect(makeDeviceCode(random, OWNER)).not.toBe(makeDeviceCode(random, OWNER));
  });

  it('is known as its client’s without any storage', () => {
    expect(isDeviceCodeOf(code, OWNER)).toBe(true);
  });

  it('is not another client’s', () => {
    expect(isDeviceCodeOf(code, STRANGER)).toBe(false);
  });

  it.each([
    { what: 'empty', text: '' },
    { what: 'too short', text: code.slice(0, -2) },
    { what: 'too long', text: `${code}AAAA` },
    { what: 'padded', text: `${code}==` },
    { what: 'in the other base64 alphabet', text: Buffer.from(code, 'base64url').toString('base64') },
    { what: 'with a space', text: `${code} ` },
    { what: 'of the right length and no code', text: 'A'.repeat(86) },
    {
      what: 'with other trailing bits in its last character',
      text: `${code.slice(0, -1)}${nextLetter(code.slice(-1))}`,
    },
    { what: 'not ASCII', text: 'ü'.repeat(86) },
  ])('a text that is $what is nobody’s code', ({ text }) => {
    expect(isDeviceCodeOf(text, OWNER)).toBe(false);
  });

  it('with any one byte changed is nobody’s code', () => {
    const bytes = Buffer.from(code, 'base64url');
    const changed = [...bytes.keys()].map((index) => {
      const other = Buffer.from(bytes);
      other[index] = (other[index] as number) ^ 1;
      return other.toString('base64url');
    });

    expect(changed.filter((text) => isDeviceCodeOf(text, OWNER))).toEqual([]);
  });

  it('is not in the id of its session', () => {
    expect(sessionIdOf(code)).toBe(sha256(code));
    expect(sessionIdOf(code)).toMatch(/^[\w-]{43}$/);
  });
});

/** The next letter of the alphabet: the last of 86 characters carries 4 bits that mean something and 2 that do not. */
function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(letter) + 1] as string;
}
