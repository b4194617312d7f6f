import type { JWK } from 'jose';
import { sha256 } from './hashing.ts';
import { type Refusal, refuse } from './oauth-error.ts';

/** The public keys that a device registers to sign its assertions with (RFC 7591 §2, `jwks`; RFC 7517). */

/** One public key: only what verification needs, whatever else the device sent along. */
export type PublicKey = Readonly<Pick<JWK, 'kty' | 'crv' | 'x' | 'y' | 'n' | 'e' | 'kid'>>;

/** How a device may sign (RFC 8037 and RFC 9864, RFC 7518 §3.3 and §3.4). */
export const SIGNING_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256'] as const;

/** Two: the old one and the new one, while a device changes its key. */
const MAX_KEYS = 2;
const LEAST_RSA_BITS = 2_048;
const MAX_RSA_BITS = 8_192;
const MAX_KEY_ID = 128;
/** Members that only a private or a symmetric key has (RFC 7518 §6, RFC 8037 §2). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads the keys of a registration.
 *
 * @param jwks what the device sent as `jwks`
 * @returns the keys, or invalid_client_metadata
 */
export function readPublicKeys(jwks: unknown): readonly PublicKey[] | Refusal {
  const keys = isRecord(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS || !keys.every(isRecord)) {
    return wrong('Send the public key of this device as jwks: an object with keys, a list of one or two JWKs.');
  }
  if (keys.some((key) => SECRET_MEMBERS.some((member) => member in key))) {
    return wrong(
      'The jwks hold a private key, which is private no more. Make a new one and send its public part only.',
    );
  }
  const read = keys.map(publicKeyOf);
  if (!read.every((key) => key !== undefined)) {
    return wrong(
      `Every key must be Ed25519 (OKP), P-256 (EC) or RSA of ${LEAST_RSA_BITS} to ${MAX_RSA_BITS} bits, as a JWK.`,
    );
  }
  if (read.length > 1 && new Set(read.map(({ kid }) => kid ?? '')).size !== read.length) {
    return wrong('Two keys need a kid each, and not the same one.');
  }
  return read;
}

/** A key's thumbprint: SHA-256 over its required members in the order of their names (RFC 7638 §3). */
export function thumbprintOf({ kty, crv, x, y, n, e }: PublicKey): string {
  const required = { OKP: { crv, kty, x }, EC: { crv, kty, x, y }, RSA: { e, kty, n } }[kty as 'OKP' | 'EC' | 'RSA'];
  return sha256(JSON.stringify(required));
}

function publicKeyOf(key: Readonly<Record<string, unknown>>): PublicKey | undefined {
  const { kty, crv, x, y, n, e, kid } = key;
  const own = kid === undefined ? {} : { kid };
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID)) return undefined;
  if (kty === 'OKP' && crv === 'Ed25519' && isBytes(x, 32)) return { kty, crv, x, ...own } as PublicKey;
  if (kty === 'EC' && crv === 'P-256' && isBytes(x, 32) && isBytes(y, 32))
    return { kty, crv, x, y, ...own } as PublicKey;
  if (kty === 'RSA' && isModulus(n) && isText(e)) return { kty, n, e, ...own } as PublicKey;
  return undefined;
}

function isModulus(n: unknown): boolean {
  const bits = isText(n) ? Buffer.from(n, 'base64url').length * 8 : 0;
  return bits >= LEAST_RSA_BITS && bits <= MAX_RSA_BITS;
}

const isText = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value);
const isBytes = (value: unknown, length: number): boolean =>
  isText(value) && Buffer.from(value, 'base64url').length === length;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(description: string): Refusal {
  return refuse('invalid_client_metadata', description);
}
