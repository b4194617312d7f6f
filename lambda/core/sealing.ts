import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { contextOf, deriveKeyPair, open, seal } from './hpke.ts';
import { opaqueText } from './opaque-text.ts';
import type { RandomBytes } from './ports.ts';

/**
 * Tokens are sealed to the device code: whoever polls upstream can lock them away, only the device can have them opened.
 * HPKE (RFC 9180) with a key pair derived from the device code; the broker keeps the public key and forgets the code.
 */
const SEAL_CONTEXT = contextOf(Buffer.from('fleet-token-broker token set v1'));

/** The token set that upstream gave for one approval. */
export interface TokenSet {
  readonly accessToken: string;
  /** Absent when the upstream registration has no refreshable scope. */
  readonly refreshToken?: string;
  /** When the access token ends, epoch seconds. */
  readonly expiresAt: number;
}

const keyPairOf = (deviceCode: string) => deriveKeyPair(Buffer.from(deviceCode, 'base64url'));

/** What binds a sealed set to its session: moved to another one it does not open. */
const bindingTo = (sessionId: string) => ({ context: SEAL_CONTEXT, additionalData: Buffer.from(sessionId) });

/** The public key that a device code's tokens are sealed to (base64url). */
export function sealPublicKeyOf(deviceCode: string): string {
  return keyPairOf(deviceCode).publicKey.toString('base64url');
}

/**
 * Seals a token set so that only the device code of its session opens it.
 *
 * @param sealPublicKey from `sealPublicKeyOf`
 */
export function sealTokens(tokens: TokenSet, sealPublicKey: string, sessionId: string): string {
  const recipient = Buffer.from(sealPublicKey, 'base64url');
  return seal(Buffer.from(JSON.stringify(tokens)), recipient, bindingTo(sessionId)).toString('base64url');
}

/**
 * Opens a sealed token set with the device code.
 *
 * @throws when the code is another session's or the sealed set was changed
 */
export function openTokens(sealedTokens: string, deviceCode: string, sessionId: string): TokenSet {
  const sealed = Buffer.from(sealedTokens, 'base64url');
  return JSON.parse(open(sealed, keyPairOf(deviceCode), bindingTo(sessionId)).toString()) as TokenSet;
}

/** The refresh handle of a device code: the same at every repeated delivery, 43 characters. */
export function refreshHandleOf(deviceCode: string): string {
  return opaqueText(derive(Buffer.from(deviceCode, 'base64url'), 'refresh'));
}

/** Bytes for the device code of the session that follows a grant's: only the holder of the handle can have them made. */
export function successorBytesOf(handle: string, byteCount: number): Uint8Array {
  return derive(Buffer.from(handle, 'base64url'), 'successor', byteCount);
}

function derive(secret: Buffer, info: string, byteCount = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', createSecretKey(secret), '', `fleet-token-broker ${info}`, byteCount));
}

const grantKeyOf = (handle: string): KeyObject => createSecretKey(derive(Buffer.from(handle, 'base64url'), 'grant'));

/** Seals what a grant keeps under a key that only the holder of its handle can derive (AES-256-GCM). */
export function sealWithHandle(content: unknown, handle: string, randomBytes: RandomBytes): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', grantKeyOf(handle), iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

/**
 * Opens what `sealWithHandle` sealed.
 *
 * @throws when the handle is another grant's or the content was changed
 */
export function openWithHandle<T>(sealed: string, handle: string): T {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', grantKeyOf(handle), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()) as T;
}
