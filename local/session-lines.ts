/** One line for the terminal whenever a session changes its phase, made of the event that tells of it. */

import type { SessionEventDetail } from '../lambda/core/session-event-schemas.ts';

const SHOWN_ID_CHARACTERS = 4;

/** Says what happened to a session, such as `session 3f2a… kiosk-1 (local): pending`. */
export function sessionLine({ data }: SessionEventDetail): string {
  const { sessionId, clientId, clientName, fleet, phase, reason } = data;
  const who = printable(clientName) || shorten(clientId);
  const why = reason === undefined ? '' : `, ${printable(reason)}`;
  return `session ${shorten(sessionId)} ${who} (${fleet}): ${phase}${why}`;
}

function shorten(id: string): string {
  return `${id.slice(0, SHOWN_ID_CHARACTERS)}…`;
}

/** A device chooses its name: control characters in it must not reach a terminal. */
function printable(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(0, 60);
}
