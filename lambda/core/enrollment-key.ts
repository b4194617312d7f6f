import { matchesHash, sha256 } from './hashing.ts';
import { epochSeconds, type RandomBytes } from './ports.ts';

/** An enrollment key: the initial access token (RFC 7591 §1.2) that lets devices of one fleet register. */
export interface EnrollmentKey {
  readonly enrollmentKeyId: string;
  /** SHA-256 of the whole key; the key itself is told once and kept nowhere. */
  readonly keyHash: string;
  readonly fleet: string;
  readonly createdAtMs: number;
  /** The key's own end, epoch seconds. */
  readonly expiresAt: number;
  /** How many devices may register with it; absent: any number. */
  readonly maxUses?: number;
  readonly uses: number;
  /** The latest use. */
  readonly lastUse?: string;
  readonly note?: string;
  readonly revokedAtMs?: number;
  readonly revokeReason?: string;
}

/** The enrollment keys, wherever they are kept. */
export interface EnrollmentKeyStore {
  /** Adds a key that must not exist yet. */
  create(key: EnrollmentKey): Promise<void>;
  read(enrollmentKeyId: string): Promise<EnrollmentKey | undefined>;
  /**
   * Counts one use in one conditional write, if the key is still good at that moment. A use is counted once, also when the
   * answer to the write got lost and the SDK repeats it.
   *
   * @param use what tells this use from any other: the id of the client to be
   * @returns whether it was counted
   */
  countUse(enrollmentKeyId: string, use: string, nowMs: number): Promise<boolean>;
  /** Revokes the key; revoking again changes nothing. @returns the key as it is now, undefined when there is none */
  revoke(enrollmentKeyId: string, reason: string, nowMs: number): Promise<EnrollmentKey | undefined>;
}

/** Life of a key whose maker names none: 30 days in seconds. */
export const DEFAULT_ENROLLMENT_LIFETIME_SECONDS = 2_592_000;

const ID_BYTES = 9;
const SECRET_BYTES = 32;
const KEY_FORM = /^ftb-([A-Za-z0-9_-]{12})-[A-Za-z0-9_-]{43}$/;

/** Makes a key: its text (safe in a URL path) and the id inside it. */
export function makeEnrollmentKeyText(randomBytes: RandomBytes): {
  enrollmentKeyId: string;
  text: string;
  keyHash: string;
} {
  const enrollmentKeyId = Buffer.from(randomBytes(ID_BYTES)).toString('base64url');
  const text = `ftb-${enrollmentKeyId}-${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')}`;
  return { enrollmentKeyId, text, keyHash: sha256(text) };
}

/** The id inside a key's text, or undefined when it has not the form of a key. */
export function enrollmentKeyIdOf(text: string): string | undefined {
  return KEY_FORM.exec(text)?.[1];
}

/** Why a key opens nothing now, or undefined when it does. */
export function enrollmentProblem(key: EnrollmentKey | undefined, text: string, nowMs: number): string | undefined {
  if (key === undefined || !matchesHash(text, key.keyHash)) return 'This enrollment key is not known here.';
  if (key.revokedAtMs !== undefined) return 'This enrollment key was revoked.';
  if (key.expiresAt <= epochSeconds(nowMs)) return 'This enrollment key has expired.';
  if (key.maxUses !== undefined && key.uses >= key.maxUses)
    return 'This enrollment key has been used as often as it may be.';
  return undefined;
}
