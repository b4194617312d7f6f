import type { Client } from './client.ts';
import type { Activation, DeferredActivation, EndPhase, FailureReason, Phase, Session } from './session.ts';

/**
 * The sessions, wherever they are kept. Every transition is one conditional write: it happens whole or not at all, and a
 * caller that came too late is given what is there now.
 */
export interface SessionStore {
  /** Adds a session that must not exist yet. */
  create(session: Session): Promise<void>;

  /** @returns the session, or undefined when there is none (any more) */
  read(sessionId: string): Promise<Session | undefined>;

  /** Reads up to 100 sessions in one call; those that are gone are missing from the answer. */
  readMany(sessionIds: readonly string[]): Promise<Session[]>;

  /** A client and one of its sessions in one read: what a polling device needs. */
  readClientAndSession(clientId: string, sessionId: string): Promise<{ client?: Client; session?: Session }>;

  /** Takes the session for one upstream poll, if it is pending, due and not expired. */
  claimPoll(claim: PollClaim): Promise<Transition>;

  /**
   * Writes down a poll that left the session pending; touches poll fields only, and the schedule only
   * while the claim holds; a slow_down that comes later moves it on by its 5 s, whoever holds the session now.
   */
  recordPoll(poll: PollRecord): Promise<void>;

  /** pending → authorized: stores the sealed tokens and forgets the activation. */
  authorize(authorization: Authorization): Promise<Transition>;

  /** authorized → claimed: the first delivery. */
  claimTokens(sessionId: string, nowMs: number): Promise<Transition>;

  /** claimed → claimed: counts a repeated delivery, if nobody else has counted one since. */
  countDelivery(sessionId: string, seenDeliveries: number, nowMs: number): Promise<Transition>;

  /** awaiting_operator → pending: a person has continued to AWS. */
  activate(start: ActivationStart): Promise<Transition>;

  /** pending → awaiting_operator: the upstream code of a deferred session is over, the session is not. */
  deactivate(over: ActivationEnd): Promise<Transition>;

  /**
   * Ends a session that is in one of the given phases, and forgets activation and tokens. One that is past its own end has
   * expired, and may be written down as nothing else.
   */
  end(ending: Ending): Promise<Transition>;
}

/** How a transition went: done, or too late, with the session as it is now (undefined: gone). */
export type Transition =
  | { readonly done: true; readonly session: Session }
  | { readonly done: false; readonly session?: Session };

export interface PollClaim {
  /** The session as its claimer saw it: a claim fails if anybody has polled it since. */
  readonly seen: Session;
  readonly nowMs: number;
  /** Until when nobody else may poll: becomes the session's `nextPollAtMs`. */
  readonly leaseUntilMs: number;
}

export interface PollRecord {
  readonly sessionId: string;
  /** The lease of the claim that this poll was made under. */
  readonly leaseUntilMs: number;
  readonly nextPollAtMs: number;
  /** Whether upstream said slow_down. */
  readonly slowDown: boolean;
  readonly failedPolls: number;
  readonly invalidGrants: number;
}

export interface Authorization {
  readonly sessionId: string;
  readonly sealedTokens: string;
  /** The access token's end, epoch seconds: from now on the item's. */
  readonly expiresAt: number;
  readonly portalSessionEndsAt: number | undefined;
  readonly nowMs: number;
}

export interface ActivationStart {
  readonly sessionId: string;
  readonly activation: Activation;
  readonly activationExpiresAt: number;
  readonly intervalSeconds: number;
  readonly nextPollAtMs: number;
  readonly registrationRef: string;
  readonly registrationExpiresAt: number;
  readonly nowMs: number;
}

export interface ActivationEnd {
  /** The session as it was seen: a newer activation is left alone. */
  readonly seen: Session;
  readonly nowMs: number;
  /** Only if no poll is under way: an approval on its way is not to be lost. */
  readonly onlyWhenDue: boolean;
}

export interface Ending {
  readonly sessionId: string;
  readonly phase: EndPhase;
  readonly from: readonly Phase[];
  readonly nowMs: number;
  readonly reason?: FailureReason | string;
  /** Only if no poll is under way or allowed yet: what expiry waits for, so that an answer on its way is not lost. */
  readonly onlyWhenDue?: boolean;
}

/** The fields that go when an upstream activation is over. */
export const UPSTREAM_FIELDS = [
  'upstreamDeviceCode',
  'upstreamUserCode',
  'upstreamVerificationUriComplete',
  'activationExpiresAt',
] as const satisfies readonly (keyof Activation | keyof DeferredActivation)[];

/** The fields that go when a session settles: also what the device showed. */
export const ACTIVATION_FIELDS = [
  ...UPSTREAM_FIELDS,
  'userCode',
  'verificationUri',
  'verificationUriComplete',
] as const;
