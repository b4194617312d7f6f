/**
 * A session: one device authorization at the broker (RFC 8628), from the device's request to the delivered token.
 *
 *   awaiting_operator ⇄ pending → authorized → claimed
 *   ends: denied, expired, cancelled, superseded, failed: once in an end, a session never leaves it
 *
 * Attribute names here are those of the table, the state machine and the ops API.
 */

/** The phases of a session that can still lead to a token. */
export const LIVE_PHASES = ['awaiting_operator', 'pending', 'authorized', 'claimed'] as const;

/** The phases that are never left. */
export const END_PHASES = ['denied', 'expired', 'cancelled', 'superseded', 'failed'] as const;

/** All phases. */
export const PHASES = [...LIVE_PHASES, ...END_PHASES] as const;

export type EndPhase = (typeof END_PHASES)[number];
export type Phase = (typeof PHASES)[number];

/** Why a session failed; shown to the device and to operators. */
export type FailureReason = 'upstream_refused' | 'registration_lost' | 'fleet_removed' | 'answer_lost';

/** What upstream answered to StartDeviceAuthorization. */
export interface Activation {
  /** The Identity Center device code: a secret. */
  readonly upstreamDeviceCode: string;
  /** What the person types or compares: a secret while it lives. */
  readonly userCode: string;
  /** Relayed byte for byte: AWS changes the form of its links. */
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
}

/** Attributes of an upstream activation under a deferred session, beside the broker's own code and link. */
export interface DeferredActivation {
  readonly upstreamUserCode: string;
  readonly upstreamVerificationUriComplete: string;
  /** The upstream code's end, epoch seconds: then the session waits for an operator again. */
  readonly activationExpiresAt: number;
  /** When a person continued to AWS. */
  readonly activatedAtMs: number;
}

/**
 * A session as the table holds it. Code and link are what the device shows: upstream's own when approval is immediate, the
 * broker's when it is deferred.
 */
export interface Session extends Partial<Activation>, Partial<DeferredActivation> {
  /** base64url SHA-256 of the device code. */
  readonly sessionId: string;
  readonly phase: Phase;
  readonly clientId: string;
  readonly fleet: string;
  /** The name that the device registered under. */
  readonly clientName: string;
  /** Where the device's request came from, by the gateway's word. */
  readonly sourceIp: string;
  /** The API request that started it, by the gateway's word: every later step logs it. */
  readonly correlationId?: string;
  readonly createdAtMs: number;
  /** Epoch seconds, the table's TTL: the device code's end while pending, the token's end once tokens are in it. */
  readonly expiresAt: number;
  /** Least seconds between two upstream polls, before slow_downs. */
  readonly intervalSeconds: number;
  /** How often upstream said slow_down: each adds 5 s for good (RFC 8628 §3.5). */
  readonly slowDowns: number;
  /** The earliest time of the next upstream poll; a claim moves it forward, so it is a lease too. */
  readonly nextPollAtMs: number;
  /** The lease of the last claim: as long as it is `nextPollAtMs` too, nobody has written down what became of that poll. */
  readonly leaseUntilMs?: number;
  /** Upstream polls so far. */
  readonly polls: number;
  /** Upstream polls in a row that got no answer of the protocol (throttled, 5xx, time-out). */
  readonly failedPolls: number;
  /** InvalidGrant answers in a row: one may be transient. */
  readonly invalidGrants: number;
  /** Which upstream registration the activation belongs to. */
  readonly registrationRef?: string;
  /** That registration's end, epoch seconds: no refresh is possible after it. */
  readonly registrationExpiresAt?: number;
  /** Upstream activations of a deferred session so far; absent when approval is immediate. */
  readonly activations?: number;
  /** X25519 public key that tokens are sealed to, derived from the device code (base64url). */
  readonly sealPublicKey: string;
  /** The sealed token set (base64url). */
  readonly sealedTokens?: string;
  /** When the portal session behind the tokens ends at the latest, epoch seconds; only where its length is configured. */
  readonly portalSessionEndsAt?: number;
  readonly authorizedAtMs?: number;
  readonly claimedAtMs?: number;
  /** Deliveries of the token set, repeats in the redelivery window included. */
  readonly deliveries?: number;
  readonly lastDeliveredAtMs?: number;
  readonly endedAtMs?: number;
  /** Why it ended, for people. */
  readonly endReason?: string;
}

/** Whether a person approves at the broker's own pace, and upstream knows nothing until then. */
export function isDeferred(session: Session): boolean {
  return session.activations !== undefined;
}

/** Whether a phase is an end. */
export function isEnd(phase: Phase): phase is EndPhase {
  return (END_PHASES as readonly Phase[]).includes(phase);
}

/**
 * The phase that holds now. The table deletes expired items days late, so a stored phase is never trusted alone:
 * past `expiresAt` a session that has not ended is expired (RFC 8628 §3.5).
 *
 * @param nowMs epoch milliseconds
 */
export function phaseAt(session: Pick<Session, 'phase' | 'expiresAt' | 'activationExpiresAt'>, nowMs: number): Phase {
  if (isEnd(session.phase) || session.phase === 'claimed') return session.phase;
  if (session.expiresAt * 1000 <= nowMs) return 'expired';
  const activationIsOver = (session.activationExpiresAt ?? Number.POSITIVE_INFINITY) * 1000 <= nowMs;
  return session.phase === 'pending' && activationIsOver ? 'awaiting_operator' : session.phase;
}
