import type { PublicKey } from './client-keys.ts';
import { type Refusal, refuse } from './oauth-error.ts';
import { epochSeconds } from './ports.ts';

/** What a client shows instead of a secret, as it was registered. */
export type ClientIdentity =
  | { readonly method: 'private_key_jwt'; readonly keys: readonly PublicKey[] }
  /** An IAM principal, by its ARN; of an assumed role the session's name is part of it. */
  | { readonly method: 'iam'; readonly principal: string }
  /** A name in the certificate: `DNS:…` or `URI:…`. */
  | { readonly method: 'mtls'; readonly certificateName: string };

/** A client: one device's registration at the broker (RFC 6749 §2, RFC 7591). */
export interface Client extends Partial<SignIn> {
  readonly clientId: string;
  /** SHA-256 of the client secret; the secret itself is told once, if at all, and kept nowhere. */
  readonly clientSecretHash: string;
  /** Absent: the client secret is all it has. */
  readonly identity?: ClientIdentity;
  readonly clientName: string;
  readonly fleet: string;
  /** The enrollment key that let it in. */
  readonly enrollmentKeyId: string;
  readonly createdAtMs: number;
  /** The registration's end (`clientSecretExpiresAt`), epoch seconds. */
  readonly expiresAt: number;
  /** The session that a new device authorization supersedes. */
  readonly liveSessionId?: string;
  /** When and why the sign-in ended before its time, or at it. */
  readonly signInEndedAtMs?: number;
  readonly signInEndReason?: string;
  /** The end that operators have been told of. */
  readonly endAnnouncedFor?: number;
  /** The account and role that an operator gave this client instead of its fleet's. */
  readonly accountId?: string;
  readonly roleName?: string;
  readonly lockedAtMs?: number;
  readonly lockReason?: string;
  readonly revokedAtMs?: number;
  readonly revokeReason?: string;
}

/** A client's present sign-in: since when, and until when at the latest. */
export interface SignIn {
  readonly signInSessionId: string;
  readonly signInAtMs: number;
  /** The end of the upstream registration, or of the portal session if its length is known: epoch seconds. */
  readonly signInEndsAt: number;
}

/** The clients, wherever they are kept. */
export interface ClientStore {
  /** Adds a client that must not exist yet. */
  create(client: Client): Promise<void>;
  read(clientId: string): Promise<Client | undefined>;
  /**
   * Makes a session the client's live one, once: a repeated call, after an answer that got lost, answers the same.
   *
   * @param seen the id of the live session when the client was read
   * @returns the id of the session that was it before: now the caller's to supersede
   */
  swapLiveSession(clientId: string, sessionId: string, seen?: string): Promise<string | undefined>;
  /** Writes down that a client has signed in. */
  recordSignIn(clientId: string, signIn: SignIn): Promise<void>;
  /** Writes down that this sign-in, if it is still the client's, has ended. */
  recordSignInEnd(clientId: string, sessionId: string, reason: string, nowMs: number): Promise<void>;
  /** Writes down that operators have been told of this end, if it still is the end. */
  recordEndAnnouncement(clientId: string, signInEndsAt: number): Promise<void>;
  /** Locks a client until it is unlocked. @returns the client as it is now, undefined when there is none */
  lock(clientId: string, reason: string, nowMs: number): Promise<Client | undefined>;
  unlock(clientId: string): Promise<Client | undefined>;
  /** Gives a client a role of its own, or with undefined its fleet's again. */
  setRole(clientId: string, pin: { accountId: string; roleName: string } | undefined): Promise<Client | undefined>;
  /** Revokes a client for good; revoking again changes nothing. */
  revoke(clientId: string, reason: string, nowMs: number): Promise<Client | undefined>;
}

/**
 * Whether a client's sign-in, still going on, ends soon.
 *
 * @param withinSeconds what is soon
 */
export function endsWithin(client: Client, withinSeconds: number, nowMs: number): boolean {
  const { signInEndsAt, signInEndedAtMs } = client;
  const isOn = signInEndsAt !== undefined && signInEndedAtMs === undefined && signInEndsAt > epochSeconds(nowMs);
  return isOn && signInEndsAt - epochSeconds(nowMs) <= withinSeconds;
}

/** Life of a client's registration in seconds: 90 days, as at AWS. */
export const CLIENT_LIFETIME_SECONDS = 7_776_000;

/** A registration with less than this left starts nothing new: clients renew theirs when 15 minutes are left. */
export const MINIMUM_REMAINING_SECONDS = 900;

/**
 * Whether a client, whoever asks for it, may act now.
 *
 * @returns the client, or invalid_client with what to do
 */
export function inGoodStanding(client: Client, nowMs: number): Client | Refusal {
  if (client.revokedAtMs !== undefined) {
    return refuse(
      'invalid_client',
      'This client was revoked. Ask an operator for a new enrollment key and register again.',
    );
  }
  if (client.lockedAtMs !== undefined) {
    return refuse('invalid_client', 'This client is locked by an operator. Ask an operator to unlock it.');
  }
  if (client.expiresAt <= epochSeconds(nowMs)) {
    return refuse(
      'invalid_client',
      'This client registration has expired. Register this device again with its enrollment key.',
    );
  }
  return client;
}
