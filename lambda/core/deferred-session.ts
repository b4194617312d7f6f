import type { Client } from './client.ts';
import { sessionIdOf } from './device-code.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import { sealPublicKeyOf } from './sealing.ts';
import type { Session } from './session.ts';
import type { Fleet } from './settings.ts';
import { makeUserCode, type UserCodes } from './user-code.ts';

/** Whom a session is for, and where the request came from. */
export interface SessionRequest {
  readonly client: Client;
  readonly fleet: Fleet;
  readonly deviceCode: string;
  readonly sourceIp: string;
  /** The broker's own address, for the links that it makes itself. */
  readonly baseUrl: string;
  /** The API request's own id, for the log. */
  readonly correlationId?: string | undefined;
}

export interface DeferredSessionDependencies {
  readonly userCodes: UserCodes;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** A device whose approval may take a day need not ask every few seconds. */
const DEFERRED_INTERVAL_SECONDS = 30;

/** Codes tried until a free one is found: with a million living codes the first is taken once in 25,000 times. */
const USER_CODE_TRIES = 5;

/** What every new session starts from, whoever approves it and when. */
export function freshSession(request: SessionRequest, createdAtMs: number) {
  const { client, fleet, deviceCode, sourceIp, correlationId } = request;
  return {
    sessionId: sessionIdOf(deviceCode),
    clientId: client.clientId,
    clientName: client.clientName,
    fleet: fleet.name,
    sourceIp,
    ...(correlationId !== undefined && { correlationId }),
    createdAtMs,
    slowDowns: 0,
    polls: 0,
    failedPolls: 0,
    invalidGrants: 0,
    sealPublicKey: sealPublicKeyOf(deviceCode),
  } as const;
}

/** Makes sessions that wait for an operator: with a user code and link of the broker's own, and nothing asked of upstream. */
export function makeDeferredSession({ userCodes, clock, randomBytes }: DeferredSessionDependencies) {
  async function reserveUserCode(sessionId: string, expiresAt: number, nowMs: number): Promise<string> {
    for (let attempt = 0; attempt < USER_CODE_TRIES; attempt++) {
      const userCode = makeUserCode(randomBytes);
      if (await userCodes.reserve(userCode, sessionId, expiresAt, nowMs)) return userCode;
    }
    throw new Error('no free user code was found');
  }

  return async function deferredSession(request: SessionRequest): Promise<Session> {
    const { client, fleet, baseUrl } = request;
    const nowMs = clock.nowMs();
    const session = freshSession(request, nowMs);
    const expiresAt = Math.min(epochSeconds(nowMs) + fleet.sessionLifetimeSeconds, client.expiresAt);
    const userCode = await reserveUserCode(session.sessionId, expiresAt, nowMs);
    const verificationUri = `${baseUrl}/activate`;
    return {
      ...session,
      phase: 'awaiting_operator',
      expiresAt,
      intervalSeconds: DEFERRED_INTERVAL_SECONDS,
      nextPollAtMs: nowMs,
      activations: 0,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
    };
  };
}
