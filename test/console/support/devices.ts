/** Devices and the people who approve them, over HTTP as they are. */

import type { LocalFleet } from '../../../local/broker-file.ts';

/** A device that has registered. */
export interface Device {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fleet: LocalFleet;
}

/** What a device was told when it asked. */
export interface Asked {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUriComplete: string;
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

async function call(fleet: LocalFleet, path: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${fleet.deviceEndpoint}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Registers a device. */
export async function registerDevice(fleet: LocalFleet, name: string): Promise<Device> {
  const { status, body } = await call(fleet, '/client/register', { clientName: name, clientType: 'public' });
  if (status !== 200) throw new Error(`${name} could not register: ${JSON.stringify(body)}`);
  const { clientId, clientSecret } = body as Pick<Device, 'clientId' | 'clientSecret'>;
  return { name, clientId, clientSecret, fleet };
}

/** Asks to sign in; whatever the device asked before is superseded. */
export async function askToSignIn({ name, clientId, clientSecret, fleet }: Device): Promise<Asked> {
  const request = { clientId, clientSecret, startUrl: fleet.startUrl };
  const { status, body } = await call(fleet, '/device_authorization', request);
  if (status !== 200) throw new Error(`${name} could not ask: ${JSON.stringify(body)}`);
  return body as Asked;
}

/** Registers a device and asks. */
export async function waitingDevice(fleet: LocalFleet, name: string): Promise<Asked & { device: Device }> {
  const device = await registerDevice(fleet, name);
  return { device, ...(await askToSignIn(device)) };
}

/** Asks for the token once. @returns the OAuth error, or undefined when the token came */
export async function pollOnce(
  { clientId, clientSecret, fleet }: Device,
  { deviceCode }: Pick<Asked, 'deviceCode'>,
): Promise<string | undefined> {
  const request = { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT };
  const { status, body } = await call(fleet, '/token', request);
  return status === 200 ? undefined : (body as { error: string }).error;
}

/** Polls until the answer is no longer that it has to wait. */
export async function pollToTheEnd(device: Device, asked: Pick<Asked, 'deviceCode'>): Promise<string | undefined> {
  for (;;) {
    const error = await pollOnce(device, asked);
    if (error !== 'authorization_pending' && error !== 'slow_down') return error;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

/** Somebody decides on the Identity Center's page. */
export async function decide(identityCenter: string, decision: 'approve' | 'deny', userCode: string): Promise<void> {
  const response = await fetch(`${identityCenter}/${decision}`, {
    method: 'POST',
    body: new URLSearchParams({ user_code: userCode }),
  });
  if (!response.ok) throw new Error(`${decision} of ${userCode} was answered with ${response.status}`);
}

/** Somebody goes through the broker's page to AWS. @returns the code that AWS knows it by */
export async function goOnToAws(verificationUriComplete: string): Promise<string> {
  const page = await fetch(verificationUriComplete);
  const csrfToken = /name="csrf_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const { origin, pathname, searchParams } = new URL(verificationUriComplete);
  const response = await fetch(`${origin}${pathname}`, {
    method: 'POST',
    headers: {
      Cookie: page.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
      Origin: origin,
    },
    body: new URLSearchParams({
      csrf_token: csrfToken,
      user_code: searchParams.get('user_code') ?? '',
      do: 'continue',
    }),
    redirect: 'manual',
  });
  const there = response.headers.get('location');
  if (there === null) throw new Error(`the broker's page did not lead on: ${response.status}`);
  return new URL(there).searchParams.get('user_code') ?? '';
}
