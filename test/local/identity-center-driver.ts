import {
  CreateTokenCommand,
  type CreateTokenCommandOutput,
  RegisterClientCommand,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import { onTestFinished } from 'vitest';
import {
  type IdentityCenter,
  type IdentityCenterOptions,
  startIdentityCenter,
} from '../../local/identity-center/server.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export type Client = { clientId: string; clientSecret: string };
export type Device = Client & { deviceCode: string; userCode: string; verificationUriComplete: string };

/** A clock that a test moves. */
export type TestClock = { ms: number; now: () => number; advanceSeconds: (seconds: number) => void };

export function createTestClock(): TestClock {
  const clock: TestClock = {
    ms: 1_800_000_000_000,
    now: () => clock.ms,
    advanceSeconds: (seconds) => {
      clock.ms += seconds * 1000;
    },
  };
  return clock;
}

/** A stand-in that is closed when the test ends. */
export async function startForTest(options: Partial<IdentityCenterOptions> = {}): Promise<IdentityCenter> {
  const center = await startIdentityCenter({ port: 0, ...options });
  onTestFinished(() => center.close());
  return center;
}

/** The unmodified AWS client, without retries so that every answer is seen. */
export function sdkFor(center: { url: string }): SSOOIDCClient {
  const sdk = new SSOOIDCClient({ endpoint: center.url, region: 'us-east-1', maxAttempts: 1 });
  onTestFinished(() => sdk.destroy());
  return sdk;
}

/** Registers a client; with the scope that gives refresh tokens unless told otherwise. */
export async function register(sdk: SSOOIDCClient, scopes: string[] = ['sso:account:access']): Promise<Client> {
  const answer = await sdk.send(new RegisterClientCommand({ clientName: 'kiosk-7', clientType: 'public', scopes }));
  return { clientId: present(answer.clientId), clientSecret: present(answer.clientSecret) };
}

/** Registers and starts a device authorization. */
export async function startDevice(
  center: IdentityCenter,
  sdk: SSOOIDCClient,
  client?: Client,
  scopes?: string[],
): Promise<Device> {
  const { clientId, clientSecret } = client ?? (await register(sdk, scopes));
  const started = await sdk.send(
    new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: center.startUrl }),
  );
  return {
    clientId,
    clientSecret,
    deviceCode: present(started.deviceCode),
    userCode: present(started.userCode),
    verificationUriComplete: present(started.verificationUriComplete),
  };
}

/** One poll with the device code. */
export function poll(sdk: SSOOIDCClient, { clientId, clientSecret, deviceCode }: Device) {
  return sdk.send(new CreateTokenCommand({ clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT }));
}

/** One refresh. */
export function refresh(sdk: SSOOIDCClient, { clientId, clientSecret }: Client, refreshToken: string) {
  return sdk.send(new CreateTokenCommand({ clientId, clientSecret, refreshToken, grantType: 'refresh_token' }));
}

/** A person's click. */
export function decide(center: { url: string }, decision: 'approve' | 'deny', userCode: string): Promise<Response> {
  return fetch(`${center.url}/${decision}`, { method: 'POST', body: new URLSearchParams({ user_code: userCode }) });
}

/** A device that a person approved and that has its tokens. */
export async function signIn(
  center: IdentityCenter,
  sdk: SSOOIDCClient,
  scopes?: string[],
): Promise<{ device: Device; tokens: CreateTokenCommandOutput; accessToken: string; refreshToken: string }> {
  const device = await startDevice(center, sdk, undefined, scopes);
  await decide(center, 'approve', device.userCode);
  const tokens = await poll(sdk, device);
  return { device, tokens, accessToken: present(tokens.accessToken), refreshToken: tokens.refreshToken ?? '' };
}

/** A portal call with a bearer token. */
export function portal(center: { url: string }, path: string, accessToken: string, method = 'GET'): Promise<Response> {
  return fetch(`${center.url}${path}`, { method, headers: { 'x-amz-sso_bearer_token': accessToken } });
}

/** A JSON POST without the SDK. */
export function post(center: { url: string }, path: string, body: unknown): Promise<Response> {
  return fetch(`${center.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
}

/** Fails the test when the service left a value out. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The answer lacks a member that every answer has.');
  return value;
}
