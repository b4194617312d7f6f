/** A device of a deferred fleet whose portal session is over. */

import type { Session } from '../../lambda/core/session.ts';
import { STALE_MS, signedIn } from './signed-in.ts';

/** What a device is told while its operators are asked again. */
export const ASKED_AGAIN = {
  refused: 'invalid_grant',
  description:
    'The Identity Center session has ended. The operators have been asked to approve this device again; until then, or to hurry, start a new device authorization.',
};
/** What a device is told that nobody is asked for any more. */
export const ANEW = {
  refused: 'invalid_grant',
  description: 'The Identity Center session has ended. Start a new device authorization.',
};

/** A device of a deferred fleet whose portal session has ended; its next refresh will find out. */
export async function afterTheEnd(fleet = 'kiosks') {
  const set = await signedIn(fleet);
  const { time, broker, device } = set;

  /** The session that asks the operators again. */
  const successor = (): Session => {
    const session = broker.sessionsOf(device.clientId).at(-1);
    if (session === undefined || session.sessionId === device.sessionId) throw new Error('nobody was asked again');
    return session;
  };

  /** The portal session ends, as the next request of the device finds. */
  function end(): void {
    time.advance(STALE_MS);
    broker.refreshes.endPortalSession();
  }

  /** A person approves the request that waits. */
  async function approveAgain(): Promise<void> {
    const { sessionId, userCode = '' } = successor();
    await broker.approve({ sessionId, userCode });
    broker.refreshes.beginPortalSession();
  }

  end();
  return { ...set, successor, end, approveAgain };
}
