import type { Client, ClientStore } from './client.ts';
import type { EnrollmentKey, EnrollmentKeyStore } from './enrollment-key.ts';
import { aboutSession, type Observe } from './events.ts';
import type { Refusal } from './oauth-error.ts';
import { type Clock, epochSeconds } from './ports.ts';
import { phaseAt, type Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Settings } from './settings.ts';
import { refusalOfUpstream } from './start-session.ts';
import type { StartUpstream } from './start-upstream.ts';
import { normaliseUserCode, type UserCodes } from './user-code.ts';

/**
 * Deferred approval: a person brings a user code, sees who is asking, and goes on to AWS or says that it is not theirs.
 * Nothing is asked of upstream before that (RFC 8628 §5.4: show what is being authorized; §3.3.1: approving takes a decision).
 */

/** Who is asking, for the person to recognise. */
export interface Asking {
  readonly session: Session;
  readonly client: Client | undefined;
  readonly enrollmentKey: EnrollmentKey | undefined;
}

/** What a user code came to. */
export type CodeAnswer =
  | { readonly kind: 'asking'; readonly asking: Asking }
  /** Not a code of a waiting device: mistyped, over, or guessed. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'settled'; readonly session: Session }
  | { readonly kind: 'too_many_wrong_codes' };

/** What continuing came to. */
export type ContinueAnswer =
  | Exclude<CodeAnswer, { kind: 'asking' }>
  | { readonly kind: 'continue'; readonly verificationUriComplete: string }
  /** An AWS code of this device is about to end; another one can be had then. */
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface ActivateDependencies {
  readonly settings: Settings;
  readonly sessions: SessionStore;
  readonly clients: ClientStore;
  readonly enrollmentKeys: EnrollmentKeyStore;
  readonly userCodes: UserCodes;
  readonly startUpstream: StartUpstream;
  readonly clock: Clock;
  readonly observe: Observe;
}

/** An upstream code with less than this left, or half its life if that is less, is not handed out: nobody approves that fast. */
const USABLE_ACTIVATION_SECONDS = 60;

/** Makes the acts of the activation page. */
export function makeActivateSession(deps: ActivateDependencies) {
  const { settings, sessions, clients, enrollmentKeys, userCodes, startUpstream, clock, observe } = deps;

  /** Finds the session of a user code; a wrong one counts against the address that it came from. */
  async function find(typed: string, sourceIp: string): Promise<CodeAnswer> {
    const nowMs = clock.nowMs();
    if (!(await userCodes.takeTry(sourceIp, nowMs))) return { kind: 'too_many_wrong_codes' };
    const userCode = normaliseUserCode(typed);
    const sessionId = userCode === undefined ? undefined : await userCodes.find(userCode, nowMs);
    const session = sessionId === undefined ? undefined : await sessions.read(sessionId);
    if (session === undefined) return { kind: 'unknown' };
    await userCodes.giveTryBack(sourceIp, nowMs);
    const phase = phaseAt(session, nowMs);
    if (phase !== 'awaiting_operator' && phase !== 'pending')
      return { kind: 'settled', session: { ...session, phase } };
    const client = await clients.read(session.clientId);
    const enrollmentKey = client && (await enrollmentKeys.read(client.enrollmentKeyId));
    return { kind: 'asking', asking: { session, client, enrollmentKey } };
  }

  async function continueToAws(typed: string, sourceIp: string): Promise<ContinueAnswer> {
    const found = await find(typed, sourceIp);
    if (found.kind !== 'asking') return found;
    const { session, client } = found.asking;
    if (client === undefined || client.lockedAtMs !== undefined || client.revokedAtMs !== undefined) {
      return { kind: 'settled', session: { ...session, phase: 'cancelled', endReason: 'the device is locked' } };
    }
    if (session.phase === 'awaiting_operator') return activate(session);
    const underWay = continueUnderWay(session);
    if (underWay !== undefined) return underWay;
    const over = await sessions.deactivate({ seen: session, nowMs: clock.nowMs(), onlyWhenDue: true });
    if (over.done) return activate(over.session);
    const untilDueMs = (over.session ?? session).nextPollAtMs - clock.nowMs();
    return { kind: 'busy', retryAfterSeconds: Math.max(1, Math.ceil(untilDueMs / 1000)) };
  }

  /**
   * The AWS page of an activation that is under way: two people, or two tabs, share it. One that is about to end is neither
   * handed out nor replaced, since somebody may be approving it this second.
   */
  function continueUnderWay(session: Session): ContinueAnswer | undefined {
    const { activationExpiresAt = 0, activatedAtMs = 0, upstreamVerificationUriComplete: link } = session;
    const secondsLeft = activationExpiresAt - epochSeconds(clock.nowMs());
    if (session.phase !== 'pending' || link === undefined || secondsLeft <= 0) return undefined;
    const halfLifeSeconds = (activationExpiresAt - epochSeconds(activatedAtMs)) / 2;
    return secondsLeft > Math.min(USABLE_ACTIVATION_SECONDS, halfLifeSeconds)
      ? { kind: 'continue', verificationUriComplete: link }
      : { kind: 'busy', retryAfterSeconds: secondsLeft };
  }

  async function activate(session: Session): Promise<ContinueAnswer> {
    const fleet = settings.fleets[session.fleet];
    if (fleet === undefined)
      return { kind: 'settled', session: { ...session, phase: 'failed', endReason: 'fleet_removed' } };
    const askedAtMs = clock.nowMs();
    const answer = await startUpstream(fleet);
    if (answer.kind !== 'started') return { kind: 'refused', refusal: refusalOfUpstream(answer, fleet) };
    const intervalSeconds = Math.max(1, answer.intervalSeconds, fleet.minimumIntervalSeconds);
    const nowMs = clock.nowMs();
    const activated = await sessions.activate({
      sessionId: session.sessionId,
      activation: answer.activation,
      activationExpiresAt: epochSeconds(askedAtMs) + answer.expiresInSeconds,
      intervalSeconds,
      nextPollAtMs: nowMs + intervalSeconds * 1000,
      registrationRef: answer.registration.registrationRef,
      registrationExpiresAt: answer.registration.expiresAt,
      nowMs,
    });
    if (activated.done) {
      observe({ event: 'session_activated', ...aboutSession(session) });
      return { kind: 'continue', verificationUriComplete: answer.activation.verificationUriComplete };
    }
    if (activated.session === undefined) return { kind: 'unknown' };
    // When somebody else was faster, their AWS page is the one that counts.
    const phase = phaseAt(activated.session, clock.nowMs());
    return continueUnderWay(activated.session) ?? { kind: 'settled', session: { ...activated.session, phase } };
  }

  /** The person does not know the device: the session is denied. */
  async function notMine(typed: string, sourceIp: string): Promise<CodeAnswer> {
    const found = await find(typed, sourceIp);
    if (found.kind !== 'asking') return found;
    const { sessionId } = found.asking.session;
    const reason = 'a person said on the activation page that it is not theirs';
    const from = ['awaiting_operator', 'pending'] as const;
    const denied = await sessions.end({ sessionId, phase: 'denied', from, nowMs: clock.nowMs(), reason });
    if (denied.done) observe({ event: 'session_settled', ...aboutSession(denied.session), phase: 'denied' });
    return denied.session === undefined ? { kind: 'unknown' } : { kind: 'settled', session: denied.session };
  }

  return { find, continueToAws, notMine };
}
