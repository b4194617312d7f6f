import type { Client } from './client.ts';
import type { TokenSet } from './sealing.ts';

/** A grant: what an approved session leaves behind, so that the device can refresh without holding the refresh token. */
export interface Grant {
  /** base64url SHA-256 of the refresh handle. */
  readonly grantId: string;
  readonly clientId: string;
  readonly fleet: string;
  readonly sessionId: string;
  /** Of the API request that started the session, for the log. */
  readonly correlationId?: string;
  readonly registrationRef: string;
  readonly createdAtMs: number;
  /** The registration's end, epoch seconds, the table's TTL: a refresh is impossible after it. */
  readonly expiresAt: number;
  /** `Custody`, sealed under a key derived from the handle; gone once the grant has ended. */
  readonly sealedCustody?: string;
  /** Counts what was stored: who waits for another's refresh sees it move. */
  readonly version: number;
  /** Until when one caller alone may refresh upstream. */
  readonly leaseUntilMs: number;
  /** Role credentials that were fetched with it, sealed under the handle. */
  readonly sealedCredentials?: string;
  /** Until when one caller alone may ask the portal for them. */
  readonly credentialsLeaseUntilMs?: number;
  readonly endedAtMs?: number;
  readonly endReason?: GrantEndReason;
}

/** Why a grant ended; told to the device in words. */
export type GrantEndReason = 'session_ended' | 'registration_expired' | 'wrong_region' | 'answer_lost' | 'revoked';

/** What a grant keeps: the newest upstream tokens. */
export interface Custody extends TokenSet {
  /** When upstream gave the access token, epoch seconds. */
  readonly issuedAt: number;
}

/** The grants, wherever they are kept; every change is one conditional write. */
export interface GrantStore {
  /** Adds a grant; when it is there already it stays as it is (a repeated delivery finds it refreshed, perhaps). */
  create(grant: Grant): Promise<void>;
  read(grantId: string): Promise<Grant | undefined>;
  /** A client and a grant in one read. */
  readClientAndGrant(clientId: string, grantId: string): Promise<{ client?: Client; grant?: Grant }>;
  /** Takes the lease of a living grant that nobody has changed since. @returns whether it was taken */
  takeLease(seen: Grant, nowMs: number, untilMs: number): Promise<boolean>;
  /** Stores refreshed custody under the lease and gives the lease back. @returns whether the grant was still there to take it */
  storeCustody(grantId: string, leaseUntilMs: number, sealedCustody: string): Promise<boolean>;
  /** Gives the lease back without a change. */
  releaseLease(grantId: string, leaseUntilMs: number): Promise<void>;
  /** Lets one caller ask the portal, if nobody else is at it. @returns whether it is this one */
  takeCredentialsLease(seen: Grant, nowMs: number, untilMs: number): Promise<boolean>;
  /** Keeps role credentials with a living grant and gives the lease back. */
  storeCredentials(grantId: string, sealedCredentials: string): Promise<void>;
  /** Gives the lease back without credentials. */
  releaseCredentialsLease(grantId: string): Promise<void>;
  /**
   * Ends a living grant and forgets its custody. Revoking also takes one that had ended for another reason, so that nothing
   * follows it.
   *
   * @returns whether it was living
   */
  end(grantId: string, reason: GrantEndReason, nowMs: number): Promise<boolean>;
}
