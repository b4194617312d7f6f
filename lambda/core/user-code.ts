import type { RandomBytes } from './ports.ts';

/**
 * The broker's own user code (deferred approval): 8 letters without vowels, so that none is a word and none is confused
 * with a digit; 20^8 codes, 34.5 bits (RFC 8628 §6.1).
 */

const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
/** The largest multiple of 20 in a byte: bytes from there on are thrown away, or the first letters would be likelier. */
const UNBIASED_BELOW = 240;

/** Makes a user code, `XXXX-XXXX`. */
export function makeUserCode(randomBytes: RandomBytes): string {
  let letters = '';
  while (letters.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      if (byte < UNBIASED_BELOW && letters.length < LENGTH) letters += ALPHABET[byte % ALPHABET.length];
    }
  }
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/**
 * What a person typed, as a user code: case, dashes and spaces do not matter.
 *
 * @returns undefined when it can be no user code
 */
export function normaliseUserCode(typed: string): string | undefined {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const isCode = letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter));
  return isCode ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined;
}

/** The living user codes of the broker, and who guessed wrong; wherever they are kept. */
export interface UserCodes {
  /** Takes a code for a session, if no living session has it. @returns whether it was free */
  reserve(userCode: string, sessionId: string, expiresAt: number, nowMs: number): Promise<boolean>;
  /** @returns the id of the session that has this code */
  find(userCode: string, nowMs: number): Promise<string | undefined>;
  /** Takes one of an address's tries in the current window, before the code is looked at. @returns false: there is none left */
  takeTry(sourceIp: string, nowMs: number): Promise<boolean>;
  /** Gives a try back: the code was right. */
  giveTryBack(sourceIp: string, nowMs: number): Promise<void>;
}

/** The window in which wrong codes are counted, seconds. */
export const WRONG_CODE_WINDOW_SECONDS = 600;
/** Wrong codes that one address may try in a window: far more than people mistype, far too few to find one of 20^8. */
export const MAX_WRONG_CODES = 20;
