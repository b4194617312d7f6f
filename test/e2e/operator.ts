/** An operator who calls the ops API. The local run asks that calls are signed, and cannot check by whom. */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A header in the form of a signature. */
export const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** The id under which operators see the session of a device code. */
export function sessionIdOf(deviceCode: string): string {
  return createHash('sha256').update(deviceCode).digest('base64url');
}

/** Waits, without polling as the device would, until a session is in a phase. */
export async function sessionReaches(api: string, deviceCode: string, phase: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${api}/sessions/${sessionIdOf(deviceCode)}`, { headers: SIGNED });
    if (((await response.json()) as { phase?: string }).phase === phase) return;
    await sleep(100);
  }
}
