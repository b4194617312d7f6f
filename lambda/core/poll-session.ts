import { aboutSession, type BrokerEvent, type Observe } from './events.ts';
import { outcomeOf } from './observed-upstream.ts';
import { CLAIM_TIMEOUT_MS, leaseUntilMs, nextPollAtMs } from './poll-policy.ts';
import { type Clock, epochSeconds, type Sleep } from './ports.ts';
import type { Registrations } from './registration.ts';
import { sealTokens, type TokenSet } from './sealing.ts';
import { type EndPhase, type FailureReason, isDeferred, phaseAt, type Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Settings } from './settings.ts';
import { storeInsistently } from './store-insistently.ts';
import type { TokenAnswer, Upstream } from './upstream.ts';

/**
 * Claim, poll upstream, settle: the one way in which a session is polled, used by the polling loop and by `/token`.
 *
 *   due? → claim (conditional write, holds the lease) → CreateToken → settle (conditional write)
 *
 * @returns the session as it is afterwards; as it was, when it was not due or somebody else holds it
 */
export type PollSession = (session: Session) => Promise<Session>;

export interface PollSessionDependencies {
  readonly settings: Settings;
  readonly store: SessionStore;
  readonly upstream: Upstream;
  readonly registrations: Registrations;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly observe: Observe;
}

/** InvalidGrant in a row that end a session: one may be transient, two mean that the code is spent. */
const INVALID_GRANTS_TO_FAIL = 2;

/** Makes the poll step. */
export function makePollSession(deps: PollSessionDependencies): PollSession {
  const { settings, store, upstream, registrations, clock, sleep, observe } = deps;

  async function end(session: Session, phase: EndPhase, reason?: FailureReason, onlyWhenDue = false): Promise<Session> {
    const nowMs = clock.nowMs();
    const ending = { sessionId: session.sessionId, phase, from: ['pending'], nowMs, onlyWhenDue } as const;
    const ended = await store.end(reason === undefined ? ending : { ...ending, reason });
    if (ended.done) observe(settled(ended.session, phase, reason));
    return ended.session ?? session;
  }

  /** The upstream code came to nothing: that ends the session, unless a person may start another one. */
  async function giveUp(
    session: Session,
    phase: EndPhase,
    reason?: FailureReason,
    onlyWhenDue = false,
  ): Promise<Session> {
    if (!isDeferred(session)) return end(session, phase, reason, onlyWhenDue);
    const waiting = await store.deactivate({ seen: session, nowMs: clock.nowMs(), onlyWhenDue });
    const why = reason ?? 'the AWS code was not approved in time';
    if (waiting.done) observe({ event: 'activation_ended', ...aboutSession(waiting.session), reason: why });
    return waiting.session ?? { ...session, phase: 'expired' };
  }

  /** Tokens first, everything else later. */
  async function authorize(session: Session, tokens: TokenSet): Promise<Session> {
    const { sessionId, sealPublicKey, fleet } = session;
    const sealedTokens = sealTokens(tokens, sealPublicKey, sessionId);
    const portalSessionSeconds = settings.fleets[fleet]?.portalSessionSeconds;
    const portalSessionEndsAt = portalSessionSeconds && epochSeconds(clock.nowMs()) + portalSessionSeconds;
    const authorization = { sessionId, sealedTokens, expiresAt: tokens.expiresAt, portalSessionEndsAt };
    const onLost = (): void => observe(lost(session, 'the tokens could not be stored'));
    const stored = await storeInsistently(
      () => store.authorize({ ...authorization, nowMs: clock.nowMs() }),
      sleep,
      onLost,
    );
    if (stored.done || stored.session?.sealedTokens === sealedTokens) {
      const authorized = stored.session as Session;
      observe(approved(authorized));
      return authorized;
    }
    observe(lost(session, `the session was ${stored.session?.phase ?? 'gone'} when the approval came`));
    return stored.session ?? { ...session, phase: 'expired' };
  }

  async function stillPending(session: Session, leaseMs: number, answer: TokenAnswer): Promise<Session> {
    const slowDown = answer.kind === 'slow_down';
    const failedPolls = answer.kind === 'unavailable' ? session.failedPolls + 1 : 0;
    const invalidGrants = answer.kind === 'invalid_grant' ? session.invalidGrants + 1 : 0;
    const slowDowns = session.slowDowns + (slowDown ? 1 : 0);
    const paced = { ...session, slowDowns };
    const atQuota = answer.kind === 'pending' && answer.atQuota;
    const next = nextPollAtMs(paced, clock.nowMs(), failedPolls, atQuota);
    const record = {
      sessionId: session.sessionId,
      leaseUntilMs: leaseMs,
      nextPollAtMs: next,
      slowDown,
      failedPolls,
      invalidGrants,
    };
    await store.recordPoll(record);
    return { ...paced, nextPollAtMs: next, failedPolls, invalidGrants };
  }

  function settle(session: Session, leaseMs: number, answer: TokenAnswer): Promise<Session> {
    switch (answer.kind) {
      case 'tokens':
        return authorize(session, answer.tokens);
      case 'denied':
        return end(session, 'denied');
      case 'expired':
        return giveUp(session, 'expired');
      case 'invalid_client':
        return giveUp(session, 'failed', 'registration_lost');
      case 'refused':
        return giveUp(session, 'failed', 'upstream_refused');
      case 'invalid_grant':
        return session.invalidGrants + 1 >= INVALID_GRANTS_TO_FAIL
          ? giveUp(session, 'failed', 'answer_lost')
          : stillPending(session, leaseMs, answer);
      case 'pending':
      case 'slow_down':
      case 'unavailable':
        return stillPending(session, leaseMs, answer);
      default:
        return answer satisfies never;
    }
  }

  return async function pollSession(session) {
    const nowMs = clock.nowMs();
    if (session.phase !== 'pending' || nowMs < session.nextPollAtMs) return session;
    if (session.expiresAt <= epochSeconds(nowMs)) return end(session, 'expired', undefined, true);
    if (phaseAt(session, nowMs) === 'awaiting_operator') return giveUp(session, 'expired', undefined, true);
    const fleet = settings.fleets[session.fleet];
    if (fleet === undefined) return end(session, 'failed', 'fleet_removed');
    const registration = await registrations.byRef(session.registrationRef ?? '');
    if (registration === undefined) return giveUp(session, 'failed', 'registration_lost');

    const claimedAtMs = clock.nowMs();
    const leaseMs = leaseUntilMs(session, claimedAtMs);
    const claim = await store.claimPoll({ seen: session, nowMs: claimedAtMs, leaseUntilMs: leaseMs });
    if (!claim.done) return claim.session ?? { ...session, phase: 'expired' };

    const calledAtMs = clock.nowMs();
    // After a claim that took so long, the lease would end too soon behind the call: the next claimer makes it instead.
    if (calledAtMs > claimedAtMs + CLAIM_TIMEOUT_MS) return claim.session;
    const answer = await upstream.createToken(fleet, registration, {
      deviceCode: claim.session.upstreamDeviceCode ?? '',
    });
    const latencyMs = clock.nowMs() - calledAtMs;
    observe({ event: 'upstream_polled', ...aboutSession(session), outcome: outcomeOf(answer), latencyMs });
    return settle(claim.session, leaseMs, answer);
  };
}

function settled(session: Session, phase: EndPhase, reason?: string): BrokerEvent {
  const event = { event: 'session_settled', ...aboutSession(session), phase } as const;
  return reason === undefined ? event : { ...event, reason };
}

function approved(session: Session): BrokerEvent {
  const waitedMs = Math.max(0, (session.authorizedAtMs ?? session.createdAtMs) - session.createdAtMs);
  return { event: 'session_settled', ...aboutSession(session), phase: 'authorized', waitedMs };
}

function lost(session: Session, reason: string): BrokerEvent {
  return { event: 'approval_lost', ...aboutSession(session), reason };
}
