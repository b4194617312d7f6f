import { isDeferred, phaseAt, type Session } from './session.ts';

/** Epoch milliseconds as ISO 8601, absent staying absent. */
export function isoOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

/**
 * A session as operators see it: an allow-list, so that a new attribute is hidden until somebody shows it. Never a device
 * code, a token, a key or a sealed blob; the user code only while somebody may have to type it.
 */
export function sessionView(session: Session, nowMs: number) {
  const phase = phaseAt(session, nowMs);
  const waiting = phase === 'pending' || phase === 'awaiting_operator';
  return {
    sessionId: session.sessionId,
    phase,
    fleet: session.fleet,
    clientId: session.clientId,
    clientName: session.clientName,
    sourceIp: session.sourceIp,
    ...(waiting && {
      userCode: session.userCode,
      verificationUri: session.verificationUri,
      verificationUriComplete: session.verificationUriComplete,
    }),
    approval: isDeferred(session) ? 'deferred' : 'immediate',
    activations: session.activations,
    activatedAt: isoOf(session.activatedAtMs),
    ...(phase === 'pending' &&
      isDeferred(session) && {
        activation: {
          userCode: session.upstreamUserCode,
          verificationUriComplete: session.upstreamVerificationUriComplete,
          expiresAt: isoOf((session.activationExpiresAt ?? 0) * 1000),
        },
      }),
    createdAt: isoOf(session.createdAtMs),
    expiresAt: isoOf(session.expiresAt * 1000),
    secondsLeft: Math.max(0, Math.ceil(session.expiresAt - nowMs / 1000)),
    intervalSeconds: session.intervalSeconds,
    slowDowns: session.slowDowns,
    polls: session.polls,
    nextPollAt: waiting ? isoOf(session.nextPollAtMs) : undefined,
    authorizedAt: isoOf(session.authorizedAtMs),
    claimedAt: isoOf(session.claimedAtMs),
    deliveries: session.deliveries,
    portalSessionEndsAt: isoOf(
      session.portalSessionEndsAt === undefined ? undefined : session.portalSessionEndsAt * 1000,
    ),
    endedAt: isoOf(session.endedAtMs),
    endReason: session.endReason,
    registrationExpiresAt: isoOf(
      session.registrationExpiresAt === undefined ? undefined : session.registrationExpiresAt * 1000,
    ),
  };
}
