/** Devices of a mixed run: they do everything that a device may do, right and wrong. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { LocalBroker } from '../../local/broker.ts';
import { authorize, call, type Device, decide, poll, pollToTheEnd, register } from '../e2e/device.ts';
import { sessionIdOf, sessionReaches } from '../e2e/operator.ts';

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const form = (broker: LocalBroker, path: string, parameters: Record<string, string>, headers = {}): Promise<Response> =>
  fetch(`${broker.api}${path}`, { method: 'POST', headers, body: new URLSearchParams(parameters) });

/** Signs in with an access token so short that a refresh a moment later has to ask Identity Center. */
export async function signInBriefly(broker: LocalBroker): Promise<Device & { refreshToken: string }> {
  const { identityCenterKnobs: knobs } = broker;
  const device = await authorize(broker, await register(broker, 'refreshing'));
  await poll(broker, device);
  knobs.accessTokenLifetimeSeconds = 3;
  await decide(broker.identityCenter, 'approve', device);
  const { body } = await pollToTheEnd(broker, device);
  knobs.accessTokenLifetimeSeconds = 3600;
  await poll(broker, device);
  return { ...device, refreshToken: String(body.refreshToken) };
}

/** Refreshes, gives the handle back, and tries once more. */
export async function refreshAndRevoke(
  broker: LocalBroker,
  { clientId, clientSecret, refreshToken }: Device & { refreshToken: string },
): Promise<void> {
  await sleep(2500);
  const refresh = { clientId, clientSecret, grantType: 'refresh_token', refreshToken };
  await call(`${broker.api}/token`, refresh);
  await form(broker, '/revoke', { client_id: clientId, client_secret: clientSecret, token: refreshToken });
  await call(`${broker.api}/token`, refresh);
}

/** Does the same in the words of the RFCs, and gives back its device code. */
export async function rfcDevice(broker: LocalBroker): Promise<void> {
  const registered = await fetch(`${broker.api}/register`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${broker.enrollmentKey}` },
    body: '{"client_name":"rfc"}',
  });
  const { client_id, client_secret } = (await registered.json()) as Record<string, string>;
  const basic = { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` };
  const started = (await (await form(broker, '/device_authorization', {}, basic)).json()) as Record<string, string>;
  await decide(broker.identityCenter, 'approve', { userCode: String(started.user_code) });
  const deviceCode = String(started.device_code);
  const parameters = { grant_type: DEVICE_CODE_GRANT, device_code: deviceCode };
  while ((await form(broker, '/token', parameters, basic)).status !== 200) await sleep(1000);
  await form(broker, '/revoke', { token: deviceCode }, basic);
  await form(broker, '/token', parameters, basic);
}

/** Is denied. */
export async function deniedDevice(broker: LocalBroker): Promise<void> {
  const device = await authorize(broker, await register(broker, 'denied'));
  await decide(broker.identityCenter, 'deny', device);
  await pollToTheEnd(broker, device);
}

/** Starts with a code that soon expires. */
export async function startBriefly(broker: LocalBroker): Promise<Device> {
  const client = await register(broker, 'expired');
  broker.identityCenterKnobs.deviceCodeLifetimeSeconds = 3;
  const device = await authorize(broker, client);
  broker.identityCenterKnobs.deviceCodeLifetimeSeconds = 600;
  return device;
}

/** Asks for tokens that were damaged where they are kept: a fault of the broker, with secrets in its hands. */
export async function damagedDevice(broker: LocalBroker): Promise<void> {
  const device = await authorize(broker, await register(broker, 'damaged'));
  await decide(broker.identityCenter, 'approve', device);
  await sessionReaches(broker.api, device.deviceCode, 'authorized');
  const { endpoint, tableName } = broker.aws;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const table = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials });
  await table.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: { S: `SESSION#${sessionIdOf(device.deviceCode)}` } },
      UpdateExpression: 'SET sealedTokens = :damaged',
      ExpressionAttributeValues: { ':damaged': { S: 'A'.repeat(400) } },
    }),
  );
  table.destroy();
  await poll(broker, device);
}

/** Starts a second time, so that its first session is superseded; upstream is in trouble meanwhile. */
export async function impatientDevice(broker: LocalBroker): Promise<void> {
  const client = await register(broker, 'impatient');
  const first = await authorize(broker, client);
  const second = await authorize(broker, client);
  broker.identityCenterKnobs.failNext.push(
    { operation: 'CreateToken', status: 500, count: 1 },
    { operation: 'CreateToken', status: 429, count: 1 },
  );
  await pollToTheEnd(broker, first);
  await decide(broker.identityCenter, 'approve', second);
  await pollToTheEnd(broker, second, 60_000);
}

/** Does everything wrong with its secrets. @returns the wrong secrets that it tried */
export async function clumsyDevice(broker: LocalBroker): Promise<string[]> {
  const device = await authorize(broker, await register(broker, 'clumsy'));
  const { clientId, clientSecret, deviceCode } = device;
  const [wrongSecret, wrongKey] = [mistyped(clientSecret), mistyped(broker.enrollmentKey)];
  const good = { clientId, clientSecret, deviceCode, grantType: DEVICE_CODE_GRANT };
  const { api } = broker;

  await call(`${api}/token`, { ...good, clientSecret: wrongSecret });
  await call(`${api}/token`, { ...good, deviceCode: mistyped(deviceCode) });
  await call(`${api}/token`, { ...good, grantType: 'refresh_token', refreshToken: deviceCode });
  await call(`${api}/device_authorization`, { ...good, clientSecret: wrongSecret, startUrl: broker.startUrl });
  await call(`${api}/device_authorization`, { ...good, startUrl: `${broker.startUrl}?${clientSecret}` });
  await call(`${api}/e/${wrongKey}/client/register`, { clientName: 'clumsy', clientType: 'public' });
  await form(broker, '/revoke', { client_id: clientId, client_secret: wrongSecret, token: deviceCode });

  // In the wrong place: a list, broken JSON (parsers quote it), a path, a query, a header, a name.
  await call(`${api}/token`, { ...good, clientSecret: [clientSecret], deviceCode: { deviceCode } });
  await call(`${api}/token`, { ...good, grantType: deviceCode });
  await fetch(`${api}/token`, { method: 'POST', body: `${clientSecret}{"deviceCode":"${deviceCode}"` });
  await fetch(`${api}/token/${deviceCode}`, { method: 'POST' });
  await fetch(`${api}/token?client_secret=${clientSecret}&device_code=${deviceCode}`);
  await fetch(`${api}/e/${broker.enrollmentKey}/${clientSecret}`);
  await fetch(`${api}/credentials`, { headers: { Authorization: clientSecret, 'User-Agent': deviceCode } });
  await fetch(`${api}/token`, {
    method: 'POST',
    headers: { traceparent: deviceCode, 'x-amzn-RequestId': clientSecret },
  });
  await form(broker, '/device_authorization', { [clientSecret]: deviceCode });
  await form(broker, '/token', { grant_type: clientSecret }, { Authorization: `Basic ${clientSecret}` });
  return [wrongSecret, wrongKey, mistyped(deviceCode)];
}

/** A device of a deferred fleet: a person types the broker's code, wrongly first, and goes on to AWS. */
export async function deferredDevice(
  broker: LocalBroker,
  fleetName: string,
): Promise<Device & { accessToken: string }> {
  const fleet = broker.fleets[fleetName];
  if (fleet === undefined) throw new Error(`There is no fleet ${fleetName}.`);
  const device = await authorize(fleet, await register(fleet, fleetName));
  await fetch(`${broker.api}/activate?user_code=${mistyped(device.userCode)}`);
  const page = await fetch(`${broker.api}/activate?user_code=${device.userCode}`);
  const cookie = String(page.headers.get('set-cookie')).split(';')[0] ?? '';
  const csrf = /name="csrf_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const gone = await fetch(`${broker.api}/activate`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookie },
    body: new URLSearchParams({ csrf_token: csrf, user_code: device.userCode, do: 'continue' }),
  });
  const userCode = new URL(String(gone.headers.get('location'))).searchParams.get('user_code') ?? '';
  await decide(broker.identityCenter, 'approve', { userCode });
  // Its interval is half a minute; the polling loop is faster.
  await sessionReaches(broker.api, device.deviceCode, 'authorized');
  const { body } = await poll(fleet, device);
  return { ...device, accessToken: String(body.accessToken) };
}

/** A device of a fleet with a role fetches its credentials, twice, and once with a wrong handle. */
export async function credentialsDevice(broker: LocalBroker, fleetName: string): Promise<string[]> {
  const { accessToken } = await deferredDevice(broker, fleetName);
  for (const handle of [accessToken, accessToken, mistyped(accessToken)]) {
    await fetch(`${broker.api}/credentials`, { headers: { Authorization: handle } });
  }
  return [mistyped(accessToken)];
}

/** A secret with one character changed, and still of the right form. */
function mistyped(secret: string): string {
  const last = secret.slice(-1);
  return `${secret.slice(0, -1)}${last === 'B' ? 'C' : 'B'}`;
}
