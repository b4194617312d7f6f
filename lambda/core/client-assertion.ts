import type { JWTPayload } from 'jose';
import { type PublicKey, SIGNING_ALGORITHMS } from './client-keys.ts';
import { sha256 } from './hashing.ts';
import { type Refusal, refuse } from './oauth-error.ts';
import { epochSeconds } from './ports.ts';

/** A signed statement of a device about itself (RFC 7523 §2.2), as it came. */
export interface ClientAssertion {
  /** The JWT, in compact form. */
  readonly jwt: string;
  /** Who it may be addressed to, any of them: the issuer first, which is what a device should write. */
  readonly audiences: readonly string[];
}

/** What is left of an assertion once it has been verified: how to know it again, and for how long that is needed. */
export interface VerifiedAssertion {
  readonly assertionId: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** The assertions that have been used, wherever they are remembered. */
export interface AssertionStore {
  /**
   * Uses an assertion up, in one conditional write.
   *
   * @returns false when it was used before
   */
  useOnce(assertion: VerifiedAssertion): Promise<boolean>;
}

/** How long an assertion may live at most, in seconds: it is made for one request. */
const MAX_LIFETIME_SECONDS = 300;
/** How far a device's clock may be off, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;
const MAX_JTI = 256;

/**
 * Verifies an assertion (RFC 7523 §3): signed by one of the client's keys, about the client, addressed to this broker, alive
 * and short-lived. Whether it was used before is the store's to say.
 *
 * @param keys the client's registered keys; none of an unknown client
 * @returns invalid_client with what to mend; nothing about keys and client is told apart
 */
export async function verifyAssertion(
  { jwt, audiences }: ClientAssertion,
  clientId: string,
  keys: readonly PublicKey[],
  nowMs: number,
): Promise<VerifiedAssertion | Refusal> {
  const claims = await signedClaims(jwt, keys);
  if (claims === undefined) {
    return invalid(
      'Unknown client, or the assertion is not signed with its key. Sign with the key that was registered, or register again.',
    );
  }
  const problem = problemOf(claims, clientId, audiences, nowMs);
  if (problem !== undefined) return invalid(problem);
  return {
    // Two clients may come upon the same jti.
    assertionId: sha256(JSON.stringify([clientId, claims.jti])),
    // For as long as it would be let through.
    expiresAt: Math.ceil(claims.exp as number) + CLOCK_TOLERANCE_SECONDS,
  };
}

/** The claims, if one of the keys signed them. */
async function signedClaims(jwt: string, keys: readonly PublicKey[]): Promise<JWTPayload | undefined> {
  // Loaded when first needed: deployments with client secrets start without it.
  const { compactVerify, importJWK } = await import('jose');
  for (const key of keys) {
    try {
      const keyOf = async ({ alg, kid }: { alg?: string; kid?: string }) => {
        if (kid !== undefined && key.kid !== undefined && kid !== key.kid) throw new Error('the kid is of another key');
        return importJWK({ ...key }, alg);
      };
      const { payload } = await compactVerify(jwt, keyOf, { algorithms: [...SIGNING_ALGORITHMS] });
      const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
      return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? { ...claims } : undefined;
    } catch {
      // Not a JWT, of an algorithm that this key is not for, or signed with another.
    }
  }
  return undefined;
}

/** What is wrong with signed claims, as a sentence that says what to write (RFC 7523 §3). */
function problemOf(
  { iss, sub, aud, exp, nbf, iat, jti }: JWTPayload,
  clientId: string,
  audiences: readonly string[],
  nowMs: number,
): string | undefined {
  const now = epochSeconds(nowMs);
  if (iss !== clientId || sub !== clientId) return 'The assertion must have the client_id as both iss and sub.';
  if (![aud].flat().some((one) => typeof one === 'string' && audiences.includes(one))) {
    return `The assertion is for somebody else. Write ${audiences[0]} as aud.`;
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) {
    return `The assertion needs a jti of at most ${MAX_JTI} characters, a new one for every request.`;
  }
  if (!isTime(exp)) return 'The assertion needs exp, its end in seconds since 1970.';
  if (exp <= now - CLOCK_TOLERANCE_SECONDS) {
    return 'The assertion has expired. Sign a new one; if it is new, set the clock of the device: the Date of this answer is the time.';
  }
  if (exp > now + MAX_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) {
    return `The assertion lives too long. Let exp be at most ${MAX_LIFETIME_SECONDS} seconds ahead; the Date of this answer is the time.`;
  }
  const starts = [nbf, iat].filter((time) => time !== undefined);
  if (!starts.every((time) => isTime(time) && time <= now + CLOCK_TOLERANCE_SECONDS)) {
    return 'The assertion is from the future. Set the clock of the device: the Date of this answer is the time.';
  }
  return undefined;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function invalid(description: string): Refusal {
  return refuse('invalid_client', description);
}
