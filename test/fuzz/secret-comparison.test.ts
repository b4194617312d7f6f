import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

const compared = vi.hoisted(() => [] as { readonly lengths: readonly number[] }[]);

// Not a stand-in: every comparison is made as it is, this only listens.
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    compared.push({ lengths: [a.byteLength, b.byteLength] });
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, default: { ...crypto, timingSafeEqual }, timingSafeEqual };
});

const { matchesHash, sha256 } = await import('../../lambda/core/hashing.ts');

const SECRET = 'S'.repeat(43);
/** Where presented secrets are looked at. */
const FOLDERS = ['core', 'http'].map((name) => join(import.meta.dirname, '../../lambda', name));

describe('the comparison of a secret', () => {
  it.each([
    ['the right one', SECRET, true],
    ['one that differs in its last character', `${SECRET.slice(0, -1)}T`, false],
    ['one that differs from its first character on', 'T'.repeat(43), false],
    ['one that is shorter', 'S', false],
    ['one that is longer', SECRET.repeat(1_000), false],
    ['none', '', false],
  ])('takes one path for %s: constant time, over hashes of equal length', (_which, presented, expected) => {
    compared.length = 0;

    expect(matchesHash(presented, sha256(SECRET))).toBe(expected);
    expect(compared).toEqual([{ lengths: [43, 43] }]);
  });

  it('is nowhere made by other means: no code of the functions compares a secret, a hash of one or a key with === or !==', () => {
    const files = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
    const suspicious =
      /\b\w*(?:secret|hash|csrfToken|handle|password)\w*\)?\s*(?:===|!==)|(?:===|!==)\s*\w*\.?\w*(?:secret|hash|csrfToken|handle)\b/i;
    const lines = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => suspicious.test(line) && !/(?:===|!==) (?:undefined|'')/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );

    expect(lines).toEqual([]);
  });
});
