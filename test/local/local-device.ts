/** A device and a person, as tests of the local broker need them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerFile } from '../../local/broker-file.ts';

/** What a device holds while it waits for its approval. */
export interface WaitingDevice {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly deviceCode: string;
  readonly userCode: string;
}

type Place = Pick<BrokerFile, 'api' | 'deviceEndpoint' | 'startUrl' | 'identityCenter'>;

/** The answer of a call in the AWS dialect. */
export interface DeviceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts JSON. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<DeviceAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Registers a device and asks for its code. */
export async function waitingDevice(broker: Place, clientName: string): Promise<WaitingDevice> {
  const { body: client } = await post(`${broker.deviceEndpoint}/client/register`, { clientName, clientType: 'public' });
  const { clientId, clientSecret } = client as { clientId: string; clientSecret: string };
  const { startUrl } = broker;
  const { body } = await post(`${broker.deviceEndpoint}/device_authorization`, { clientId, clientSecret, startUrl });
  const { deviceCode, userCode } = body as { deviceCode: string; userCode: string };
  return { clientId, clientSecret, deviceCode, userCode };
}

/** Asks for the token once. */
export function askForToken(
  broker: Place,
  { clientId, clientSecret, deviceCode }: WaitingDevice,
): Promise<DeviceAnswer> {
  const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
  return post(`${broker.deviceEndpoint}/token`, { clientId, clientSecret, deviceCode, grantType });
}

/** Approves on Identity Center's page. */
export async function approve(broker: Place, { userCode }: WaitingDevice): Promise<void> {
  const body = new URLSearchParams({ user_code: userCode });
  const response = await fetch(`${broker.identityCenter}/approve`, { method: 'POST', body });
  if (!response.ok) throw new Error(`the approval was refused: ${response.status}`);
  await response.body?.cancel();
}

const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=operator/20261121/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** An operator's GET. */
export async function operatorGet(broker: Place, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${broker.api}${path}`, { headers: SIGNED });
  return (await response.json()) as Record<string, unknown>;
}

/** The phase of the only session of a device, as operators see it. */
export async function phaseOf(broker: Place, { clientId }: WaitingDevice): Promise<string | undefined> {
  const { sessions } = (await operatorGet(broker, '/sessions')) as { sessions: { clientId: string; phase: string }[] };
  return sessions.find((session) => session.clientId === clientId)?.phase;
}

/** Waits until something holds; the test's own time limit ends a wait for what never comes. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(50);
}
