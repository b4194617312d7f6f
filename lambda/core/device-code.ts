import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from './hashing.ts';
import { withoutDash } from './opaque-text.ts';
import type { RandomBytes } from './ports.ts';

/**
 * The broker's own device code (RFC 8628 §3.2): 48 random bytes and a 16-byte tag, 86 characters of base64url like AWS's.
 *
 * The tag binds the code to its client without any storage: a code that carries it was issued to this client, so when its
 * session is gone from the table the broker still knows "expired" from "never was".
 */

const RANDOM_BYTES = 48;
const TAG_BYTES = 16;

function tagOf(random: Uint8Array, clientSecretHash: string): Buffer {
  return createHmac('sha256', clientSecretHash).update('device-code').update(random).digest().subarray(0, TAG_BYTES);
}

/** Makes a device code for a client. */
export function makeDeviceCode(randomBytes: RandomBytes, clientSecretHash: string): string {
  const random = withoutDash(randomBytes(RANDOM_BYTES));
  return Buffer.concat([random, tagOf(random, clientSecretHash)]).toString('base64url');
}

/** Whether this code was issued to the client with this secret hash. */
export function isDeviceCodeOf(deviceCode: string, clientSecretHash: string): boolean {
  const bytes = Buffer.from(deviceCode, 'base64url');
  if (bytes.length !== RANDOM_BYTES + TAG_BYTES || bytes.toString('base64url') !== deviceCode) return false;
  return timingSafeEqual(bytes.subarray(RANDOM_BYTES), tagOf(bytes.subarray(0, RANDOM_BYTES), clientSecretHash));
}

/** The id of the session that a device code opens: its hash, so that the table never holds the code. */
export function sessionIdOf(deviceCode: string): string {
  return sha256(deviceCode);
}
