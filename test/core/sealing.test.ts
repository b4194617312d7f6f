import { describe, expect, it } from 'vitest';
import { makeDeviceCode, sessionIdOf } from '../../lambda/core/device-code.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import {
  openTokens,
  openWithHandle,
  refreshHandleOf,
  sealPublicKeyOf,
  sealTokens,
  sealWithHandle,
} from '../../lambda/core/sealing.ts';
import { START_SECONDS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';

const random = makeFakeRandom();
const code = makeDeviceCode(random, sha256('client secret'));
const otherCode = makeDeviceCode(random, sha256('client secret'));
const sessionId = sessionIdOf(code);
const tokens = { accessToken: 'aoa-access-ü', refreshToken: 'aor-refresh', expiresAt: START_SECONDS + 28_800 };

/** The same text with one bit of its last byte changed. */
function tampered(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes.toString('base64url');
}

describe('a token set sealed to a device code (RFC 9180)', () => {
  it('is opened by the code, to the byte', () => {
    const sealed = sealTokens(tokens, sealPublicKeyOf(code), sessionId);

    expect(openTokens(sealed, code, sessionId)).toEqual(tokens);
  });

  it('is not opened by another code', () => {
    const sealed = sealTokens(tokens, sealPublicKeyOf(code), sessionId);

    expect(() => openTokens(sealed, otherCode, sessionId)).toThrow();
  });

  it('is not opened when it was moved to another session', () => {
    const sealed = sealTokens(tokens, sealPublicKeyOf(code), sessionId);

    expect(() => openTokens(sealed, code, sessionIdOf(otherCode))).toThrow();
  });

  it('is not opened when a bit of it was changed', () => {
    const sealed = sealTokens(tokens, sealPublicKeyOf(code), sessionId);

    expect(() => openTokens(tampered(sealed), code, sessionId)).toThrow();
  });

  it('shows nothing of the tokens, and differs at each sealing', () => {
    const publicKey = sealPublicKeyOf(code);
    const [one, two] = [sealTokens(tokens, publicKey, sessionId), sealTokens(tokens, publicKey, sessionId)];

    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('aoa-access');
    expect(one).not.toBe(two);
  });

  it('is sealed to a public key of 32 bytes that is the same whenever it is derived', () => {
    const publicKey = sealPublicKeyOf(code);

    expect(Buffer.from(publicKey, 'base64url')).toHaveLength(32);
    expect(sealPublicKeyOf(code)).toBe(publicKey);
    expect(sealPublicKeyOf(otherCode)).not.toBe(publicKey);
  });
});

describe('the refresh handle of a device code', () => {
  it('is the same at every delivery: 43 characters', () => {
    expect(refreshHandleOf(code)).toBe(refreshHandleOf(code));
    expect(refreshHandleOf(code)).toMatch(/^[\w-]{43}$/);
  });

  it('is another code’s handle for no other code, and shows neither code nor session id', () => {
    expect(refreshHandleOf(code)).not.toBe(refreshHandleOf(otherCode));
    expect(code).not.toContain(refreshHandleOf(code));
    expect(refreshHandleOf(code)).not.toBe(sessionId);
  });
});

describe('a grant’s custody sealed under its handle', () => {
  const handle = refreshHandleOf(code);

  it('is opened by the handle', () => {
    expect(openWithHandle(sealWithHandle(tokens, handle, random), handle)).toEqual(tokens);
  });

  it('is not opened by another handle', () => {
    const sealed = sealWithHandle(tokens, handle, random);

    expect(() => openWithHandle(sealed, refreshHandleOf(otherCode))).toThrow();
  });

  it('is not opened when a bit of it was changed', () => {
    expect(() => openWithHandle(tampered(sealWithHandle(tokens, handle, random)), handle)).toThrow();
  });

  it('is not opened by the handle’s own hash, which is in the table', () => {
    expect(() => openWithHandle(sealWithHandle(tokens, handle, random), sha256(handle))).toThrow();
  });
});
