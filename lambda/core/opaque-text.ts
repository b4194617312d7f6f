/**
 * Bytes as text that people and programs pass on: base64url, and never with a dash in front, which command lines take for an
 * option. That costs one bit of the first byte.
 */
export function opaqueText(bytes: Uint8Array): string {
  return Buffer.from(withoutDash(bytes)).toString('base64url');
}

/** The bytes that `opaqueText` writes: the first bit is 0, so the first character is one of `A` to `f`. */
export function withoutDash(bytes: Uint8Array): Uint8Array {
  const own = Uint8Array.from(bytes);
  own[0] = (own[0] ?? 0) & 0x7f;
  return own;
}
