/** The world of a fuzz run before it begins: devices in every state, made by requests like everybody's. */
import { epochSeconds } from '../../lambda/core/ports.ts';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { JWT_BEARER } from '../../lambda/http/client-proof.ts';
import { FLEETS, type Plane } from './bundle-plane.ts';
import { type FuzzRequest, send } from './gateway.ts';
import { type Identities, type Identity, makeIdentities } from './identities.ts';

/** Values that are good somewhere, by the name under which the AWS dialect sends them. */
export type Pieces = Readonly<Record<string, readonly string[]>>;

/** A device as its requests carry it: values that are good together, and the connection that they come over. */
export interface KnownDevice {
  readonly members: Readonly<Record<string, string>>;
  readonly connection: Identity['connection'];
}

/** What requests are made of. */
export interface Population {
  readonly pieces: Pieces;
  readonly devices: readonly KnownDevice[];
  readonly identities: Identities;
  /** What no refusal may repeat. */
  readonly secrets: readonly string[];
  /** The time of every request of the run, epoch milliseconds. */
  readonly nowMs: number;
}

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const OPERATOR = 'arn:aws:iam::000000000000:user/operator';

/** Devices choose their names; people see them on pages. */
const HOSTILE_NAME = 'kiosk <script>alert(7)</script>';

type Members = Readonly<Record<string, unknown>>;
type Fleet = keyof typeof FLEETS;

/** A device on its way. */
interface Device extends Identity {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly fleet: Fleet;
  /** Everything that it has been told, and what it would send. */
  readonly members: Record<string, string>;
}

const asKnown = ({ members, connection }: Device): KnownDevice => ({ members, connection });

/** Fills an empty world. */
export async function populate(plane: Plane, deviceAuth: DeviceAuth): Promise<Population> {
  const identities = await makeIdentities(deviceAuth, plane.systemClock.nowMs());
  const found: Record<string, string[]> = {};
  const note = (members: Members): void => {
    for (const [name, value] of Object.entries(members)) {
      if (typeof value === 'string') found[name] = [...(found[name] ?? []), value];
    }
  };
  const devices: Device[] = [];
  const { operate, keyOf, register, start, redeem } = actions(plane, deviceAuth, identities, note, devices);

  await usedUpAndRevokedKeys();
  // One that waits, of every fleet, and one of each way to end.
  for (const fleet of Object.keys(FLEETS)) await start(await register(fleet));
  const superseded = await register('kiosks');
  await start(superseded);
  await start(superseded);
  await settle('kiosks', 'approved');
  await settle('sensors', 'approved');
  await settle('kiosks', 'denied');
  const cancelled = await start(await register('kiosks'));
  await operate('POST', `/sessions/${cancelled.sessionId}/cancel`, { reason: 'a test' });
  for (const act of ['lock', 'revoke']) {
    const device = await register('kiosks');
    await start(device);
    await operate('POST', `/clients/${device.clientId}/${act}`, { reason: 'a test' });
  }
  await noteLists();

  const nowMs = plane.systemClock.nowMs();
  const secretNames = ['clientSecret', 'deviceCode', 'refreshToken', 'accessToken', 'enrollmentKey', 'clientAssertion'];
  const secrets = secretNames.flatMap((name) => found[name] ?? []);
  return { pieces: found, devices: devices.map(asKnown), identities, secrets, nowMs };

  async function usedUpAndRevokedKeys(): Promise<void> {
    const once = await operate('POST', '/enrollment-keys', { fleet: 'kiosks', maxUses: 1 });
    await register('kiosks', String(once.enrollmentKey));
    const revoked = await operate('POST', '/enrollment-keys', { fleet: 'robots' });
    await operate('POST', `/enrollment-keys/${String(revoked.enrollmentKeyId)}/revoke`, { reason: 'a test' });
    for (const fleet of Object.keys(FLEETS))
      note({ fleet, startUrl: FLEETS[fleet]?.startUrl, key: await keyOf(fleet) });
  }

  async function settle(fleet: Fleet, decision: 'approved' | 'denied'): Promise<void> {
    const device = await register(fleet);
    const { deviceCode, userCode } = await start(device);
    plane.decide(userCode, decision);
    plane.setClock(plane.systemClock.nowMs() + 6_000);
    const answer = await redeem(device, deviceCode);
    if ((decision === 'approved') !== (typeof answer.accessToken === 'string')) {
      throw new Error(`A ${decision} device was answered ${JSON.stringify(answer)}.`);
    }
    note({ handle: answer.refreshToken, token: answer.refreshToken });
    if (typeof answer.refreshToken === 'string') device.members.refreshToken = answer.refreshToken;
  }

  async function noteLists(): Promise<void> {
    for (const list of ['sessions', 'clients', 'enrollment-keys']) {
      const { nextCursor } = await operate('GET', `/${list}`, {}, 'limit=1');
      note({ cursor: nextCursor });
    }
  }
}

/** What operators and devices do; whatever an answer tells is noted. */
function actions(
  plane: Plane,
  deviceAuth: DeviceAuth,
  identities: Identities,
  note: (members: Members) => void,
  devices: Device[],
) {
  const keys = new Map<string, string>();

  async function call(request: Partial<FuzzRequest>, members: Members): Promise<Members> {
    const headers = [['Content-Type', 'application/json']] as const;
    const common = { method: 'POST', query: '', headers, base64: false, sourceIp: '192.0.2.7', path: '/' };
    const answered = await send(plane, { ...common, body: JSON.stringify(members), ...request });
    if (answered.by === 'gateway') throw new Error(`Nobody answers ${request.path}.`);
    const answer = JSON.parse(answered.answer.body) as Members;
    note(answer);
    return answer;
  }

  const operate = (method: string, path: string, members: Members, query = ''): Promise<Members> =>
    call({ method, path, query, signer: OPERATOR, ...(method === 'GET' && { body: '' }) }, members);

  async function keyOf(fleet: string): Promise<string> {
    const known = keys.get(fleet) ?? String((await operate('POST', '/enrollment-keys', { fleet })).enrollmentKey);
    keys.set(fleet, known);
    return known;
  }

  async function register(fleet: Fleet, key?: string): Promise<Device> {
    const identity = await identities.next();
    const path = `/e/${key ?? (await keyOf(fleet))}/register`;
    const answer = await call({ path, ...identity.connection }, { client_name: HOSTILE_NAME, ...identity.metadata });
    const clientId = String(answer.client_id);
    const clientSecret = answer.client_secret as string | undefined;
    note({ clientId, clientSecret });
    const assertions = await identities.assertionsOf(identity, clientId);
    for (const clientAssertion of assertions) note({ clientAssertion });
    const members: Record<string, string> = { clientId, startUrl: FLEETS[fleet]?.startUrl ?? '' };
    if (clientSecret !== undefined) members.clientSecret = clientSecret;
    if (assertions[0] !== undefined)
      Object.assign(members, { clientAssertionType: JWT_BEARER, clientAssertion: assertions[0] });
    const device = { ...identity, clientId, clientSecret, fleet, members };
    devices.push(device);
    return device;
  }

  async function proofOf(device: Device): Promise<Members> {
    const { clientId, clientSecret } = device;
    if (deviceAuth !== 'private_key_jwt') return { clientId, clientSecret };
    return { clientId, ...(await identities.freshAssertion(device, clientId)) };
  }

  async function start(device: Device) {
    const members = { ...(await proofOf(device)), startUrl: FLEETS[device.fleet]?.startUrl };
    const answer = await call({ path: '/device_authorization', ...device.connection }, members);
    const { deviceCode, userCode } = answer as Record<string, string>;
    if (deviceCode === undefined || userCode === undefined)
      throw new Error(`A start came to ${JSON.stringify(answer)}.`);
    const { sessions } = (await operate('GET', '/sessions', {}, `client=${device.clientId}&limit=1`)) as {
      sessions?: readonly { sessionId: string }[];
    };
    const sessionId = sessions?.[0]?.sessionId ?? '';
    Object.assign(device.members, { deviceCode, userCode, token: deviceCode });
    note({
      sessionId,
      token: deviceCode,
      since: new Date(epochSeconds(plane.systemClock.nowMs()) * 1000).toISOString(),
    });
    return { deviceCode, userCode, sessionId };
  }

  async function redeem(device: Device, deviceCode: string): Promise<Members> {
    const members = { ...(await proofOf(device)), deviceCode, grantType: DEVICE_CODE_GRANT };
    return call({ path: '/token', ...device.connection }, members);
  }

  return { operate, keyOf, register, start, redeem };
}
