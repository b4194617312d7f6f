/** Sees to it that every local fleet has an enrollment key that works, through the operators' own API. */

import type { LocalFleet } from './broker-file.ts';

export interface EnrollmentOptions {
  /** Base address of the devices' API, without a trailing slash. */
  readonly api: string;
  /** That of the operators' routes. */
  readonly operatorsApi: string;
  readonly fleet: string;
  readonly startUrl: string;
  /** What an earlier start left: its key is kept while it works, so that devices may keep their endpoint. */
  readonly earlier?: Partial<LocalFleet> | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A key of an earlier start that would end sooner than this is replaced, in milliseconds. */
const LEAST_REMAINING_MS = 86_400_000;

/** The local API asks that a call is signed, and cannot check by whom: the form of a signature is enough. */
const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/**
 * Finds or makes the fleet's key.
 *
 * @throws Error when the API refuses to make one
 */
export async function enrollFleet(options: EnrollmentOptions): Promise<LocalFleet> {
  const { api, startUrl, earlier } = options;
  const known =
    earlier?.enrollmentKey !== undefined &&
    earlier.enrollmentKeyId !== undefined &&
    (await works(options, earlier.enrollmentKeyId))
      ? { enrollmentKey: earlier.enrollmentKey, enrollmentKeyId: earlier.enrollmentKeyId }
      : await makeKey(options);
  return { deviceEndpoint: `${api}/e/${known.enrollmentKey}`, ...known, startUrl };
}

async function works({ operatorsApi, fleet, now }: EnrollmentOptions, enrollmentKeyId: string): Promise<boolean> {
  const answer = await fetch(`${operatorsApi}/enrollment-keys/${encodeURIComponent(enrollmentKeyId)}`, {
    headers: SIGNED,
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    return false;
  }
  const key = (await answer.json()) as { fleet?: string; state?: string; expiresAt?: string };
  return key.fleet === fleet && key.state === 'active' && Date.parse(key.expiresAt ?? '') > now() + LEAST_REMAINING_MS;
}

async function makeKey({
  operatorsApi,
  fleet,
}: EnrollmentOptions): Promise<{ enrollmentKey: string; enrollmentKeyId: string }> {
  const answer = await fetch(`${operatorsApi}/enrollment-keys`, {
    method: 'POST',
    headers: { ...SIGNED, 'Content-Type': 'application/json' },
    body: JSON.stringify({ fleet, note: 'local quick start' }),
  });
  const made = (await answer.json()) as { enrollmentKey?: string; enrollmentKeyId?: string; detail?: string };
  if (made.enrollmentKey === undefined || made.enrollmentKeyId === undefined) {
    throw new Error(`The API made no enrollment key for ${fleet} (${answer.status} ${made.detail ?? ''}).`);
  }
  return { enrollmentKey: made.enrollmentKey, enrollmentKeyId: made.enrollmentKeyId };
}
