import type { AuthenticateClient, ClientProof } from './authenticate-client.ts';
import { EXPIRED, type makeDeliverTokens, type TokenResponse } from './deliver-tokens.ts';
import { isDeviceCodeOf, sessionIdOf } from './device-code.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { PollLimiter } from './poll-limiter.ts';
import { isPollUnderWay, spacingSeconds } from './poll-policy.ts';
import type { PollSession } from './poll-session.ts';
import type { Clock, Sleep } from './ports.ts';
import { phaseAt, type Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** A device's poll (RFC 8628 §3.4). */
export interface DeviceCodeGrant extends ClientProof {
  readonly deviceCode: string;
}

export interface RedeemDependencies {
  readonly sessions: SessionStore;
  readonly authenticate: AuthenticateClient;
  readonly pollSession: PollSession;
  readonly deliverTokens: ReturnType<typeof makeDeliverTokens>;
  readonly limiter: PollLimiter;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Pause between two looks at a session that somebody else is polling. */
const LOOK_AGAIN_MS = 100;

/**
 * Answers a device's poll (RFC 8628 §3.5).
 *
 * 1. Client and session are read at once; the client is authenticated, the code must be one of its own.
 * 2. A pending session that is due is polled upstream right here, by the same step as in the loop. Who finds somebody else
 *    at it waits for what they learn: of many polls at once, all get the same answer.
 * 3. The answer follows from the phase; an authorized session is delivered.
 */
export function makeRedeemDeviceCode(deps: RedeemDependencies) {
  const { sessions, authenticate, pollSession, deliverTokens, limiter, clock, sleep } = deps;

  return async function redeemDeviceCode(grant: DeviceCodeGrant): Promise<TokenResponse | Refusal> {
    const read = await sessions.readClientAndSession(grant.clientId, sessionIdOf(grant.deviceCode));
    const client = await authenticate(read.client, grant);
    if (isRefusal(client)) return client;
    if (!isDeviceCodeOf(grant.deviceCode, client.clientSecretHash)) {
      return refuse(
        'invalid_grant',
        'This device code was not issued to this client. Start a new device authorization.',
      );
    }
    if (read.session === undefined) return EXPIRED;
    if (read.session.clientId !== client.clientId)
      return refuse('invalid_grant', 'This device code belongs to another client.');

    const tooFast = limiter.isAbuse(read.session.sessionId, spacingSeconds(read.session));
    return answerOf(await polled(read.session), grant.deviceCode, tooFast);
  };

  /** For as long as one upstream call may take, no longer: a device is not held on the line (RFC 8628 §3.5). */
  async function polled(session: Session): Promise<Session> {
    let seen = await pollSession(session);
    while (seen.phase === 'pending' && isPollUnderWay(seen, clock.nowMs())) {
      await sleep(LOOK_AGAIN_MS);
      seen = (await sessions.read(seen.sessionId)) ?? { ...seen, phase: 'expired' };
    }
    return seen;
  }

  async function answerOf(session: Session, deviceCode: string, tooFast: boolean): Promise<TokenResponse | Refusal> {
    const phase = phaseAt(session, clock.nowMs());
    switch (phase) {
      case 'awaiting_operator':
      case 'pending':
        return tooFast
          ? refuse('slow_down', 'Polling too fast. Wait 5 seconds longer between polls.', spacingSeconds(session) + 5)
          : refuse('authorization_pending', 'Authorization is still pending. Poll again after the interval.');
      case 'authorized':
      case 'claimed':
        return deliverTokens(session, deviceCode);
      case 'denied':
        return refuse('access_denied', 'The sign-in was denied. Start a new device authorization to ask again.');
      case 'expired':
        return EXPIRED;
      case 'cancelled':
        return refuse(
          'access_denied',
          'An operator cancelled this sign-in. Start a new device authorization to ask again.',
        );
      case 'superseded':
        return refuse(
          'invalid_grant',
          'A newer device authorization of this client replaced this one. Use its device code.',
        );
      case 'failed':
        return refuse(
          'invalid_grant',
          `The sign-in failed (${session.endReason ?? 'unknown reason'}). Start a new device authorization.`,
        );
      default:
        return phase satisfies never;
    }
  }
}
