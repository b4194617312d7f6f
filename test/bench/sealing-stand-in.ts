import { createHash, hkdfSync } from 'node:crypto';
import type { TokenSet } from '../../lambda/core/sealing.ts';

/**
 * Sealing without the arithmetic: texts of the very length that HPKE gives, for runs with hundreds of thousands of sessions.
 * It costs time alone, no request, and the tests of `sealing.ts` prove it; here only the size of what is stored counts.
 */

/** Bytes that HPKE adds to a plaintext: the encapsulated key (32) and the authentication tag (16). */
const OVERHEAD_BYTES = 48;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

export async function sealPublicKeyOf(deviceCode: string): Promise<string> {
  return digest(`public ${deviceCode}`);
}

export async function sealTokens(tokens: TokenSet, _sealPublicKey: string, _sessionId: string): Promise<string> {
  return Buffer.concat([Buffer.alloc(OVERHEAD_BYTES), Buffer.from(JSON.stringify(tokens))]).toString('base64url');
}

export async function openTokens(sealedTokens: string, _deviceCode: string, _sessionId: string): Promise<TokenSet> {
  return JSON.parse(Buffer.from(sealedTokens, 'base64url').subarray(OVERHEAD_BYTES).toString()) as TokenSet;
}

const derive = (secret: string, info: string, byteCount = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', info, byteCount));

export const refreshHandleOf = (deviceCode: string): string => digest(`refresh ${deviceCode}`);
export const successorBytesOf = (handle: string, byteCount: number): Uint8Array =>
  derive(handle, 'successor', byteCount);

/** Initialization vector (12), tag (16) and the content. */
export function sealWithHandle(content: unknown): string {
  return Buffer.concat([Buffer.alloc(28), Buffer.from(JSON.stringify(content))]).toString('base64url');
}

export function openWithHandle<T>(sealed: string): T {
  return JSON.parse(Buffer.from(sealed, 'base64url').subarray(28).toString()) as T;
}
