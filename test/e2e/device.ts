/** A device as its firmware would be, in the AWS dialect, and the person who decides about it. */

import { setTimeout as sleep } from 'node:timers/promises';

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** An answer of the broker. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** How a device reaches the broker, and under which start URL. */
export interface Endpoint {
  readonly deviceEndpoint: string;
  readonly startUrl: string;
}

/** A registered device with a device authorization under way. */
export interface Device {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly deviceCode: string;
  readonly userCode: string;
  /** Seconds between its polls. */
  readonly intervalSeconds: number;
}

/** A device's registration. */
export type Client = Pick<Device, 'name' | 'clientId' | 'clientSecret'>;

/** Sends a JSON call. */
export async function call(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

/** @throws Error with the answer when it is not a success */
async function succeed(url: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await call(url, body);
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Registers a device. */
export async function register({ deviceEndpoint }: Endpoint, name: string): Promise<Client> {
  const answer = await succeed(`${deviceEndpoint}/client/register`, { clientName: name, clientType: 'public' });
  return { name, clientId: String(answer.clientId), clientSecret: String(answer.clientSecret) };
}

/** Starts a device authorization. */
export async function authorize(endpoint: Endpoint, client: Client): Promise<Device> {
  const { clientId, clientSecret } = client;
  const { deviceEndpoint, startUrl } = endpoint;
  const answer = await succeed(`${deviceEndpoint}/device_authorization`, { clientId, clientSecret, startUrl });
  return {
    ...client,
    deviceCode: String(answer.deviceCode),
    userCode: String(answer.userCode),
    intervalSeconds: Number(answer.interval),
  };
}

/** Polls once. */
export function poll({ deviceEndpoint }: Endpoint, device: Device): Promise<Answer> {
  const { clientId, clientSecret, deviceCode } = device;
  return call(`${deviceEndpoint}/token`, { clientId, clientSecret, deviceCode, grantType: DEVICE_CODE_GRANT });
}

/**
 * Polls every interval until there is another answer than `authorization_pending`. A broker that is not there is tried
 * again, as firmware does.
 *
 * @throws Error when that takes longer than the given time
 */
export async function pollToTheEnd(endpoint: Endpoint, device: Device, withinMs = 30_000): Promise<Answer> {
  const giveUpAtMs = Date.now() + withinMs;
  for (;;) {
    const answer = await poll(endpoint, device).catch(() => undefined);
    if (answer !== undefined && answer.body.error !== 'authorization_pending') return answer;
    if (Date.now() > giveUpAtMs) throw new Error(`${device.name} waits for its token still.`);
    await sleep(device.intervalSeconds * 1000);
  }
}

/** A person decides on the verification page. */
export async function decide(
  identityCenter: string,
  decision: 'approve' | 'deny',
  { userCode }: Pick<Device, 'userCode'>,
): Promise<void> {
  const response = await fetch(`${identityCenter}/${decision}`, {
    method: 'POST',
    body: new URLSearchParams({ user_code: userCode }),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The verification page answered ${response.status}.`);
}
