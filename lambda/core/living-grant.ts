import type { Client } from './client.ts';
import type { makeCustody, OpenGrant } from './custody.ts';
import type { SessionRequest } from './deferred-session.ts';
import type { makeDeliverTokens } from './deliver-tokens.ts';
import { makeDeviceCode, sessionIdOf } from './device-code.ts';
import type { Grant, GrantStore } from './grant.ts';
import { sha256 } from './hashing.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { OpenSession } from './open-session.ts';
import type { PollSession } from './poll-session.ts';
import type { Clock } from './ports.ts';
import { refreshHandleOf, successorBytesOf } from './sealing.ts';
import { phaseAt, type Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Settings } from './settings.ts';

/**
 * The grant that a handle stands for now. A portal session has an absolute end that no refresh extends; in a deferred fleet
 * the broker then asks the operators again by itself: a session whose device code follows from the handle. Once it is
 * approved, the old handle opens the new grant, so a device with nothing but its handle goes on where it was.
 */
export interface LivingGrantDependencies {
  readonly settings: Settings;
  readonly grants: GrantStore;
  readonly sessions: SessionStore;
  readonly custody: ReturnType<typeof makeCustody>;
  readonly deferredSession: (request: SessionRequest) => Promise<Session>;
  readonly openSession: OpenSession;
  readonly pollSession: PollSession;
  readonly deliverTokens: ReturnType<typeof makeDeliverTokens>;
  readonly clock: Clock;
}

/** Where a request comes from, for the session that may have to be asked for. */
export type Caller = Pick<SessionRequest, 'sourceIp' | 'baseUrl' | 'correlationId'>;

/** Portal sessions that one handle may outlive: with the longest, years; with the shortest, most of a working day. */
export const MAX_SUCCESSORS = 32;

/** Makes the look-up of living grants. */
export function makeLivingGrant(deps: LivingGrantDependencies) {
  const { settings, grants, sessions, custody, deferredSession, openSession, pollSession, deliverTokens, clock } = deps;

  /** Opens the newest grant that a client's handle leads to. */
  return async function livingGrant(
    client: Client,
    first: Grant,
    firstHandle: string,
    caller: Caller,
  ): Promise<OpenGrant | Refusal> {
    let grant = first;
    let handle = firstHandle;
    for (let successors = 0; successors < MAX_SUCCESSORS; successors++) {
      const opened = await custody.open(grant, handle);
      if (!isRefusal(opened)) return opened;
      if (!canBeFollowed(await grants.read(grant.grantId))) return opened;
      const deviceCode = successorCodeOf(handle, client);
      const waiting = await successorOf(client, deviceCode, caller);
      if (waiting !== undefined) return waiting;
      handle = refreshHandleOf(deviceCode);
      const next = await grants.read(sha256(handle));
      if (next === undefined) return opened;
      grant = next;
    }
    return SIGN_IN_ANEW;
  };

  /** What was revoked stays so; a fleet that is approved at once has nobody to ask while the device is away. */
  function canBeFollowed(grant: Grant | undefined): boolean {
    return (
      grant?.endReason !== undefined &&
      grant.endReason !== 'revoked' &&
      settings.fleets[grant.fleet]?.approval === 'deferred'
    );
  }

  /** @returns undefined once the successor has left a grant; else why the device must wait, or start anew */
  async function successorOf(client: Client, deviceCode: string, caller: Caller): Promise<Refusal | undefined> {
    const known = await sessions.read(sessionIdOf(deviceCode));
    const session = known === undefined ? await askOperators(client, deviceCode, caller) : await pollSession(known);
    switch (phaseAt(session, clock.nowMs())) {
      case 'awaiting_operator':
      case 'pending':
        return ASKED_AGAIN;
      case 'authorized': {
        const delivered = await deliverTokens(session, deviceCode);
        return isRefusal(delivered) ? delivered : undefined;
      }
      case 'claimed':
        return undefined;
      default:
        return SIGN_IN_ANEW;
    }
  }

  async function askOperators(client: Client, deviceCode: string, caller: Caller): Promise<Session> {
    const fleet = settings.fleets[client.fleet];
    if (fleet === undefined) throw new Error('the fleet was there a moment ago');
    const session = await deferredSession({ client, fleet, deviceCode, ...caller });
    try {
      await openSession(session, client);
      return session;
    } catch (error) {
      // Another process of the device may have asked in the same moment; one request is enough.
      const asked = await sessions.read(session.sessionId);
      if (asked === undefined) throw error;
      return asked;
    }
  }
}

/** The device code of the session that follows the one that this handle came from. */
export function successorCodeOf(handle: string, client: Client): string {
  return makeDeviceCode((byteCount) => successorBytesOf(handle, byteCount), client.clientSecretHash);
}

const ASKED_AGAIN = refuse(
  'invalid_grant',
  'The Identity Center session has ended. The operators have been asked to approve this device again; until then, or to hurry, start a new device authorization.',
);
const SIGN_IN_ANEW = refuse(
  'invalid_grant',
  'The Identity Center session has ended. Start a new device authorization.',
);
