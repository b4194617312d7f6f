import { type Client, type ClientStore, endsWithin } from './client.ts';
import { sha256 } from './hashing.ts';
import { type Clock, epochSeconds } from './ports.ts';
import type { PutEvents } from './publish-events.ts';
import { EVENT_SOURCE, EVENT_VERSION } from './session-events.ts';
import type { SignInEndsSoonDetail } from './sign-in-event-schema.ts';

/**
 * Tells operators which sign-ins are about to end: a portal session has an absolute end that no refresh extends, and a
 * device that nobody approves in time stands still.
 */

/** How long before its end a sign-in is announced: a working week and its weekend. */
export const ANNOUNCE_BEFORE_SECONDS = 7 * 86_400;

/** The event's name (`detail-type`). */
export const SIGN_IN_ENDS_SOON = 'SignInEndsSoon';

/** An event, as it is put on the bus. */
export interface SignInEvent {
  readonly source: typeof EVENT_SOURCE;
  readonly detailType: typeof SIGN_IN_ENDS_SOON;
  readonly occurredAtMs: number;
  readonly detail: SignInEndsSoonDetail;
}

export interface AnnounceDependencies {
  /** All clients, page by page. */
  readonly listClients: () => AsyncIterable<Client>;
  readonly clients: Pick<ClientStore, 'recordEndAnnouncement'>;
  readonly putEvents: PutEvents<SignInEvent>;
  readonly clock: Clock;
}

/**
 * Announces each ending once: the event first, then the note that it was sent, so that a crash in between repeats it (with
 * the same id) and none is left out.
 *
 * @returns how many were announced
 */
export function makeAnnounceEndings({ listClients, clients, putEvents, clock }: AnnounceDependencies) {
  return async function announceEndings(): Promise<number> {
    let announced = 0;
    for await (const client of listClients()) {
      if (!isDue(client, clock.nowMs())) continue;
      const rejected = await putEvents([eventOf(client, clock.nowMs())]);
      if (rejected.length > 0) continue;
      await clients.recordEndAnnouncement(client.clientId, client.signInEndsAt);
      announced += 1;
    }
    return announced;
  };
}

function isDue(
  client: Client,
  nowMs: number,
): client is Client & Required<Pick<Client, 'signInEndsAt' | 'signInAtMs'>> {
  if (!endsWithin(client, ANNOUNCE_BEFORE_SECONDS, nowMs)) return false;
  return client.endAnnouncedFor !== client.signInEndsAt && client.revokedAtMs === undefined;
}

function eventOf(client: Client & { signInEndsAt: number }, nowMs: number): SignInEvent {
  const { clientId, clientName, fleet, signInEndsAt, signInAtMs = 0, signInSessionId = '' } = client;
  return {
    source: EVENT_SOURCE,
    detailType: SIGN_IN_ENDS_SOON,
    occurredAtMs: nowMs,
    detail: {
      metadata: {
        id: sha256(`${clientId} ${signInEndsAt}`),
        version: EVENT_VERSION,
        timestamp: new Date(nowMs).toISOString(),
      },
      data: {
        clientId,
        clientName,
        fleet,
        sessionId: signInSessionId,
        signedInAt: new Date(signInAtMs).toISOString(),
        endsAt: new Date(signInEndsAt * 1000).toISOString(),
        secondsLeft: signInEndsAt - epochSeconds(nowMs),
      },
    },
  };
}
