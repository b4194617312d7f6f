/** A broker with everything in it that bad input may aim at, and with nothing under way that would change its table. */

import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { authorize, type Client, type Device, decide, pollToTheEnd, register } from './device.ts';
import { SIGNED, sessionIdOf, sessionReaches } from './operator.ts';

/** What is there. */
export interface Facts {
  readonly broker: LocalBroker;
  /** A client without a session. */
  readonly idle: Client;
  /** A device whose tokens wait for it. */
  readonly approved: Device;
  /** A device that has its tokens. */
  readonly served: Device;
  /** The handle that it refreshes with. */
  readonly servedHandle: string;
  readonly servedSessionId: string;
  readonly lockedClient: Client;
  /** An enrollment key that an operator has revoked. */
  readonly revokedKey: string;
}

/** Starts the broker and fills it. */
export async function startFilledBroker(): Promise<Facts> {
  const broker = await startLocalBroker({ ephemeral: true });
  const [idle, approvedClient, servedClient, lockedClient] = (await Promise.all(
    ['idle', 'approved', 'served', 'locked'].map((name) => register(broker, name)),
  )) as [Client, Client, Client, Client];
  const approved = await authorize(broker, approvedClient);
  const served = await authorize(broker, servedClient);
  await Promise.all([approved, served].map((device) => decide(broker.identityCenter, 'approve', device)));
  const tokens = await pollToTheEnd(broker, served);
  await sessionReaches(broker.api, approved.deviceCode, 'authorized');

  await operate(broker, `/clients/${lockedClient.clientId}/lock`, { reason: 'lost on the way' });
  const key = await operate(broker, '/enrollment-keys', { fleet: 'local' });
  await operate(broker, `/enrollment-keys/${String(key.enrollmentKeyId)}/revoke`, { reason: 'printed on a box' });
  return {
    broker,
    idle,
    approved,
    served,
    servedHandle: String(tokens.body.refreshToken),
    servedSessionId: sessionIdOf(served.deviceCode),
    lockedClient,
    revokedKey: String(key.enrollmentKey),
  };
}

async function operate({ api }: LocalBroker, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${api}${path}`, { method: 'POST', headers: SIGNED, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return (await response.json()) as Record<string, unknown>;
}
