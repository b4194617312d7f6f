/** A device that speaks either dialect, one request at a time. */

import type { LocalBroker } from '../../../local/broker.ts';
import { type Answer, eventually, postForm, postJson } from './http.ts';
import { approve } from './local-broker.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** A registration, in the names of the AWS dialect. */
export interface DeviceClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An authorization under way. */
export interface Started extends DeviceClient {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
  readonly expiresIn: number;
  readonly interval: number;
}

/** A token set. */
export interface Tokens {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** Registers as an AWS SDK does. */
export async function register(broker: LocalBroker, clientName = 'kiosk-7'): Promise<DeviceClient> {
  const answer = await postJson(`${broker.deviceEndpoint}/client/register`, { clientName, clientType: 'public' });
  const { clientId, clientSecret } = expectStatus(answer, 200) as unknown as DeviceClient;
  return { clientId, clientSecret };
}

/** Registers, unless a client is given, and starts an authorization. */
export async function start(broker: LocalBroker, client?: DeviceClient): Promise<Started> {
  return startWithLifetime(broker, 600, client);
}

let turn: Promise<unknown> = Promise.resolve();

/** Starts take turns, so that tests that run side by side do not meet each other's settings. */
export function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const result = turn.then(act);
  turn = result.catch(() => {});
  return result;
}

/** Starts an authorization whose code lives so long at Identity Center. */
export function startWithLifetime(
  broker: LocalBroker,
  lifetimeSeconds: number,
  client?: DeviceClient,
): Promise<Started> {
  return inTurn(async () => {
    const { clientId, clientSecret } = client ?? (await register(broker));
    const { startUrl, identityCenterKnobs } = broker;
    identityCenterKnobs.deviceCodeLifetimeSeconds = lifetimeSeconds;
    const answer = await postJson(`${broker.api}/device_authorization`, { clientId, clientSecret, startUrl });
    identityCenterKnobs.deviceCodeLifetimeSeconds = 600;
    return { clientId, clientSecret, ...expectStatus(answer, 200) } as unknown as Started;
  });
}

/** One poll in the AWS dialect. */
export function poll(broker: LocalBroker, { clientId, clientSecret, deviceCode }: Started): Promise<Answer> {
  return postJson(`${broker.api}/token`, { clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT });
}

/** One poll in the dialect of RFC 8628. */
export function pollByForm(broker: LocalBroker, { clientId, clientSecret, deviceCode }: Started): Promise<Answer> {
  return postForm(`${broker.api}/token`, {
    grant_type: DEVICE_GRANT,
    client_id: clientId,
    client_secret: clientSecret,
    device_code: deviceCode,
  });
}

/** Polls until the answer is a settled one, of success or not. */
export function pollToTheEnd(broker: LocalBroker, started: Started, pollOnce = poll): Promise<Answer> {
  return eventually(async () => {
    const answer = await pollOnce(broker, started);
    return ['authorization_pending', 'slow_down'].includes(String(answer.body.error)) ? undefined : answer;
  });
}

/** Goes the whole way, with an approval. */
export async function login(broker: LocalBroker, client?: DeviceClient): Promise<Started & Tokens> {
  const started = await start(broker, client);
  await approve(broker, started.userCode);
  const tokens = expectStatus(await pollToTheEnd(broker, started), 200) as unknown as Tokens;
  // `expiresIn` is the token's from here on.
  return { ...started, ...tokens };
}

/** One refresh in the AWS dialect. */
export function refresh(
  broker: LocalBroker,
  { clientId, clientSecret, refreshToken }: DeviceClient & { refreshToken: string },
): Promise<Answer> {
  return postJson(`${broker.api}/token`, { clientId, clientSecret, refreshToken, grantType: 'refresh_token' });
}

/** The answer's body, if it has this status. */
export function expectStatus(answer: Answer, status: number): Answer['body'] {
  if (answer.status !== status) throw new Error(`The answer is ${answer.status} instead of ${status}: ${answer.text}`);
  return answer.body;
}
