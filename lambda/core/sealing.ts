import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { opaqueText } from './opaque-text.ts';
import type { RandomBytes } from './ports.ts';

/**
 * Tokens are sealed to the device code: whoever polls upstream can lock them away, only the device can have them opened.
 * HPKE (RFC 9180) with a key pair derived from the device code; the broker keeps the public key and forgets the code.
 */
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

const SEAL_INFO = 'fleet-token-broker token set v1';

/** The token set that upstream gave for one approval. */
export interface TokenSet {
  readonly accessToken: string;
  /** Absent when the upstream registration has no refreshable scope. */
  readonly refreshToken?: string;
  /** When the access token ends, epoch seconds. */
  readonly expiresAt: number;
}

/** An ArrayBuffer with just these bytes, which is what WebCrypto's callers take. */
function exact(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

const utf8 = (text: string): ArrayBuffer => exact(Buffer.from(text));

function keyPairOf(deviceCode: string): Promise<CryptoKeyPair> {
  return suite.kem.deriveKeyPair(exact(Buffer.from(deviceCode, 'base64url')));
}

/** The public key that a device code's tokens are sealed to (base64url). */
export async function sealPublicKeyOf(deviceCode: string): Promise<string> {
  const { publicKey } = await keyPairOf(deviceCode);
  return Buffer.from(await suite.kem.serializePublicKey(publicKey)).toString('base64url');
}

/**
 * Seals a token set so that only the device code of its session opens it.
 *
 * @param sealPublicKey from `sealPublicKeyOf`
 * @param sessionId bound as additional data: a sealed set moved to another session does not open
 */
export async function sealTokens(tokens: TokenSet, sealPublicKey: string, sessionId: string): Promise<string> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(exact(Buffer.from(sealPublicKey, 'base64url')));
  const { ct, enc } = await suite.seal(
    { recipientPublicKey, info: utf8(SEAL_INFO) },
    utf8(JSON.stringify(tokens)),
    utf8(sessionId),
  );
  return Buffer.concat([Buffer.from(enc), Buffer.from(ct)]).toString('base64url');
}

/**
 * Opens a sealed token set with the device code.
 *
 * @throws when the code is another session's or the sealed set was changed
 */
export async function openTokens(sealedTokens: string, deviceCode: string, sessionId: string): Promise<TokenSet> {
  const sealed = Buffer.from(sealedTokens, 'base64url');
  const encSize = suite.kem.encSize;
  const plaintext = await suite.open(
    {
      recipientKey: (await keyPairOf(deviceCode)).privateKey,
      enc: exact(sealed.subarray(0, encSize)),
      info: utf8(SEAL_INFO),
    },
    exact(sealed.subarray(encSize)),
    utf8(sessionId),
  );
  return JSON.parse(Buffer.from(plaintext).toString()) as TokenSet;
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
  return Buffer.from(hkdfSync('sha256', secret, '', `fleet-token-broker ${info}`, byteCount));
}

/** Seals what a grant keeps under a key that only the holder of its handle can derive (AES-256-GCM). */
export function sealWithHandle(content: unknown, handle: string, randomBytes: RandomBytes): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', derive(Buffer.from(handle, 'base64url'), 'grant'), iv);
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
  const key = derive(Buffer.from(handle, 'base64url'), 'grant');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()) as T;
}
