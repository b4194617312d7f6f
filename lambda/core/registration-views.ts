import type { Client, ClientIdentity } from './client.ts';
import { thumbprintOf } from './client-keys.ts';
import type { EnrollmentKey } from './enrollment-key.ts';
import { epochSeconds } from './ports.ts';
import { isoOf } from './session-view.ts';

/** Clients and enrollment keys as operators see them: allow-lists, without any hash. */

/** Whether a client's requests are answered now. */
function clientState(client: Client, nowMs: number): 'active' | 'locked' | 'revoked' | 'expired' {
  if (client.revokedAtMs !== undefined) return 'revoked';
  if (client.expiresAt <= epochSeconds(nowMs)) return 'expired';
  return client.lockedAtMs === undefined ? 'active' : 'locked';
}

/** A client for operators. */
export function clientView(client: Client, nowMs: number) {
  return {
    clientId: client.clientId,
    state: clientState(client, nowMs),
    clientName: client.clientName,
    fleet: client.fleet,
    enrollmentKeyId: client.enrollmentKeyId,
    authentication: client.identity?.method ?? ('client_secret' as const),
    identity: client.identity && identityText(client.identity),
    createdAt: isoOf(client.createdAtMs),
    registrationExpiresAt: isoOf(client.expiresAt * 1000),
    liveSessionId: client.liveSessionId,
    signedInAt: isoOf(client.signInAtMs),
    signInEndsAt: isoOf(client.signInEndsAt === undefined ? undefined : client.signInEndsAt * 1000),
    signInEndedAt: isoOf(client.signInEndedAtMs),
    signInEndReason: client.signInEndReason,
    accountId: client.accountId,
    roleName: client.roleName,
    lockedAt: isoOf(client.lockedAtMs),
    lockReason: client.lockReason,
    revokedAt: isoOf(client.revokedAtMs),
    revokeReason: client.revokeReason,
  };
}

function identityText(identity: ClientIdentity): string {
  switch (identity.method) {
    case 'private_key_jwt':
      return identity.keys.map(thumbprintOf).join(' ');
    case 'iam':
      return identity.principal;
    case 'mtls':
      return identity.certificateName;
    default:
      return identity satisfies never;
  }
}

function enrollmentKeyState(key: EnrollmentKey, nowMs: number): 'active' | 'revoked' | 'expired' | 'used_up' {
  if (key.revokedAtMs !== undefined) return 'revoked';
  if (key.expiresAt <= epochSeconds(nowMs)) return 'expired';
  return key.maxUses !== undefined && key.uses >= key.maxUses ? 'used_up' : 'active';
}

/** An enrollment key for operators; the key itself is told once, when it is made. */
export function enrollmentKeyView(key: EnrollmentKey, nowMs: number) {
  return {
    enrollmentKeyId: key.enrollmentKeyId,
    state: enrollmentKeyState(key, nowMs),
    fleet: key.fleet,
    createdAt: isoOf(key.createdAtMs),
    expiresAt: isoOf(key.expiresAt * 1000),
    uses: key.uses,
    maxUses: key.maxUses,
    note: key.note,
    revokedAt: isoOf(key.revokedAtMs),
    revokeReason: key.revokeReason,
  };
}
