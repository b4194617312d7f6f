/** What operators do, in the words of its dialog. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { act } from '../api.ts';
import { counted } from '../format.ts';
import { type Act, ActDialog, type ActItem } from './act-dialog.tsx';

const REASON_HINT = 'Kept with it, and shown to whoever asks why. Write no secret.';

/** Cancels sessions. */
export function cancelSessions(number: number): Act {
  return {
    title: number === 1 ? 'Cancel this session?' : `Cancel ${counted(number, 'session')}?`,
    warning: `${number === 1 ? 'The' : 'Each'} device is told that it was refused. It may ask again; to keep it from asking, lock its client.`,
    verb: number === 1 ? 'Cancel the session' : `Cancel ${counted(number, 'session')}`,
    done: 'cancelled',
    tone: 'danger',
    reasonHint: REASON_HINT,
    run: (id, reason) => act(`/api/sessions/${id}/cancel`, { reason }),
  };
}

/** Locks clients. */
export function lockClients(number: number): Act {
  return {
    title: number === 1 ? 'Lock this client?' : `Lock ${counted(number, 'client')}?`,
    warning: `From its next request on ${number === 1 ? 'the' : 'each'} device is refused, and its waiting session ends. Unlocking takes it back.`,
    verb: number === 1 ? 'Lock the client' : `Lock ${counted(number, 'client')}`,
    done: 'locked',
    tone: 'danger',
    reasonHint: REASON_HINT,
    run: (id, reason) => act(`/api/clients/${id}/lock`, { reason }),
  };
}

/** Unlocks a client. */
export const UNLOCK_CLIENT: Act = {
  title: 'Unlock this client?',
  warning: 'Its requests are answered again. A session that ended stays ended; the device asks for a new one.',
  verb: 'Unlock the client',
  done: 'unlocked',
  tone: 'plain',
  run: (id) => act(`/api/clients/${id}/unlock`),
};

/** Revokes a client. */
export const REVOKE_CLIENT: Act = {
  title: 'Revoke this client for good?',
  warning:
    'This can not be taken back: the device has to register anew with an enrollment key. To stop it for a while, lock it.',
  verb: 'Revoke for good',
  done: 'revoked',
  tone: 'danger',
  reasonHint: REASON_HINT,
  run: (id, reason) => act(`/api/clients/${id}/revoke`, { reason }),
};

/** Revokes an enrollment key. */
export const REVOKE_KEY: Act = {
  title: 'Revoke this enrollment key?',
  warning: 'No further device can register with it. Devices that did keep working; lock or revoke them one by one.',
  verb: 'Revoke the key',
  done: 'revoked',
  tone: 'danger',
  reasonHint: REASON_HINT,
  run: (id, reason) => act(`/api/enrollment-keys/${id}/revoke`, { reason }),
};

/** The dialog of the act that an operator has begun, if any, and how to begin one. */
export function useActDialog(): { ask: (act: Act, items: readonly ActItem[]) => void; dialog: JSX.Element | null } {
  const [begun, setBegun] = useState<{ act: Act; items: readonly ActItem[] }>();
  const dialog = begun === undefined ? null : <ActDialog {...begun} onClose={() => setBegun(undefined)} />;
  return { ask: (act, items) => setBegun({ act, items }), dialog };
}
