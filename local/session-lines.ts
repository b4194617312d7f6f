/** One line for the terminal whenever a session changes its phase, read off the table's stream. */

import type { Item } from './aws/table.ts';

/** The part of a stream record that is looked at. */
export interface PhaseChange {
  readonly Keys: Item;
  readonly NewImage?: Item;
  readonly OldImage?: Item;
}

const SHOWN_ID_CHARACTERS = 4;

/**
 * Says what happened to a session.
 *
 * @returns such as `session 3f2a… kiosk-1 (local): pending`; undefined when the record is not a change of phase
 */
export function sessionLine({ Keys, NewImage, OldImage }: PhaseChange): string | undefined {
  const [prefix, id] = text(Keys, 'pk').split('#');
  const phase = text(NewImage, 'phase');
  if (prefix !== 'SESSION' || phase === '' || phase === text(OldImage, 'phase')) return undefined;
  const who = printable(text(NewImage, 'clientName')) || shorten(text(NewImage, 'clientId'));
  const reason = printable(text(NewImage, 'endReason'));
  return `session ${shorten(id ?? '')} ${who} (${text(NewImage, 'fleet')}): ${phase}${reason === '' ? '' : `, ${reason}`}`;
}

function text(item: Item | undefined, attribute: string): string {
  const value = item?.[attribute]?.S;
  return typeof value === 'string' ? value : '';
}

function shorten(id: string): string {
  return `${id.slice(0, SHOWN_ID_CHARACTERS)}…`;
}

/** A device chooses its name: control characters in it must not reach a terminal. */
function printable(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(0, 60);
}
