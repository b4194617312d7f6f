import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 in base64url: how the table knows a secret that it must not hold. All secrets here carry 256 bits or more. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/**
 * Compares a presented secret with a stored hash in constant time.
 *
 * @param secret what the caller presented
 * @param secretHash `sha256` of the real one
 */
export function matchesHash(secret: string, secretHash: string): boolean {
  const presented = Buffer.from(sha256(secret));
  const expected = Buffer.from(secretHash);
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
