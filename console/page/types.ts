/** What the ops API answers, as far as the console looks at it. Times are ISO 8601. */

import type { Phase } from '../../lambda/core/session.ts';

export type { Phase };

export interface SessionView {
  readonly sessionId: string;
  readonly phase: Phase;
  readonly fleet: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly sourceIp: string;
  /** While somebody may have to type it: the one that the device shows. */
  readonly userCode?: string;
  readonly verificationUriComplete?: string;
  readonly approval?: 'immediate' | 'deferred';
  /** How often a person has gone on to AWS; deferred approval alone. */
  readonly activations?: number;
  readonly activatedAt?: string;
  /** What AWS shows while a person is there; deferred approval alone. */
  readonly activation?: { readonly userCode?: string; readonly expiresAt?: string };
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly intervalSeconds: number;
  readonly slowDowns: number;
  readonly polls: number;
  readonly nextPollAt?: string;
  readonly authorizedAt?: string;
  readonly claimedAt?: string;
  readonly deliveries?: number;
  readonly endedAt?: string;
  readonly endReason?: string;
}

export type ClientState = 'active' | 'locked' | 'revoked' | 'expired';

export interface ClientView {
  readonly clientId: string;
  readonly state: ClientState;
  readonly clientName: string;
  readonly fleet: string;
  readonly enrollmentKeyId?: string;
  /** What it shows instead of a secret: a principal, a certificate's name, its keys' thumbprints. */
  readonly identity?: string;
  readonly createdAt: string;
  readonly registrationExpiresAt: string;
  readonly liveSessionId?: string;
  /** When a person last signed it in, and until when that holds as far as is known. */
  readonly signedInAt?: string;
  readonly signInEndsAt?: string;
  readonly signInEndedAt?: string;
  readonly signInEndReason?: string;
  /** Of a fleet that releases role credentials instead of tokens. */
  readonly accountId?: string;
  readonly roleName?: string;
  readonly lockedAt?: string;
  readonly lockReason?: string;
  readonly revokedAt?: string;
  readonly revokeReason?: string;
}

export type EnrollmentKeyState = 'active' | 'revoked' | 'expired' | 'used_up';

export interface EnrollmentKeyView {
  readonly enrollmentKeyId: string;
  readonly state: EnrollmentKeyState;
  readonly fleet: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly uses: number;
  readonly maxUses?: number;
  readonly note?: string;
  readonly revokedAt?: string;
  readonly revokeReason?: string;
}

/** The answer to `POST /enrollment-keys`: the one place where a key is told. */
export interface NewEnrollmentKey extends EnrollmentKeyView {
  readonly enrollmentKey: string;
}

export interface Summary {
  readonly counts: readonly { readonly phase: Phase; readonly fleet: string; readonly count: number }[];
  readonly oldestWaiting: {
    readonly sessionId: string;
    readonly fleet: string;
    readonly clientName: string;
    readonly createdAt: string;
  } | null;
  readonly updatedAt: string;
  readonly refreshAfterSeconds: number;
}

/** `GET /config.json` of the console's own server. */
export interface ConsoleConfig {
  readonly api: string;
  readonly region: string;
  readonly identity: string | null;
  /** Whether `/events` offers a session's events. */
  readonly events: boolean;
  /** Whether `/metrics.json` has the last hour. */
  readonly metrics: boolean;
}

/** One step of a session as `/events` tells it. */
export interface SessionEventView {
  readonly timestamp: string;
  readonly phase: string;
  readonly reason?: string;
}
