import { makeActivateSession } from '../../lambda/core/activate-session.ts';
import type { Client } from '../../lambda/core/client.ts';
import { makeCustody } from '../../lambda/core/custody.ts';
import { makeDeliverTokens } from '../../lambda/core/deliver-tokens.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import type { GrantStore } from '../../lambda/core/grant.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { makeLivingGrant } from '../../lambda/core/living-grant.ts';
import { orThrow } from '../../lambda/core/oauth-error.ts';
import { observedPortal, observedUpstream } from '../../lambda/core/observed-upstream.ts';
import { makeRedeemDeviceCode } from '../../lambda/core/redeem-device-code.ts';
import { makeRefreshTokens } from '../../lambda/core/refresh-tokens.ts';
import { makeRevokeToken } from '../../lambda/core/revoke-token.ts';
import { makeRoleCredentials } from '../../lambda/core/role-credentials.ts';
import type { Fleet, Settings } from '../../lambda/core/settings.ts';
import type { DeviceAuthorization } from '../../lambda/core/start-session.ts';
import { BASE_URL, type FakeBrokerOptions, makeFakeBroker } from './fake-broker.ts';
import type { FakeClock } from './fake-clock.ts';
import { type FakePortalOptions, makeFakePortal } from './fake-portal.ts';
import { clientSecretOf, makeFleet } from './fake-records.ts';
import { type FakeRefreshesOptions, makeFakeRefreshes } from './fake-refreshes.ts';
import type { Timeline } from './fake-timeline.ts';
import type { MemoryGrantStore } from './memory-grant-store.ts';

/** The account and role of the fleets that release credentials. */
export const PIN = { accountId: '111122223333', roleName: 'DeviceRole' } as const;

/** A fleet of each kind. */
export const FLEETS: Settings['fleets'] = Object.fromEntries(
  [
    makeFleet({ name: 'kiosks', approval: 'deferred' }),
    makeFleet({ name: 'gateways', approval: 'deferred', release: 'credentials', ...PIN }),
    makeFleet({ name: 'signs', approval: 'immediate' }),
    makeFleet({ name: 'sensors', approval: 'immediate', release: 'credentials', ...PIN }),
    makeFleet({ name: 'unpinned', approval: 'immediate', release: 'credentials' }),
  ].map((fleet: Fleet) => [fleet.name, fleet]),
);

/** Where a person sits, and where a device stands. */
export const PERSON_IP = '198.51.100.7';
export const DEVICE = { sourceIp: '192.0.2.7', baseUrl: BASE_URL } as const;

export interface WholeBrokerOptions extends FakeBrokerOptions {
  readonly time: FakeClock | Timeline;
  /** Puts something between the core and its grants: faults, delays. */
  readonly wrapGrants?: (store: MemoryGrantStore) => GrantStore;
  readonly refreshes?: Partial<FakeRefreshesOptions>;
  readonly portal?: Partial<FakePortalOptions>;
}

/** A client's id and secret, as its requests carry them. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A device that waits for its approval. */
export interface WaitingDevice extends Credentials, DeviceAuthorization {
  readonly sessionId: string;
}

/** A device that has its handle. */
export interface SignedInDevice extends WaitingDevice {
  readonly handle: string;
  readonly grantId: string;
}

export type WholeBroker = ReturnType<typeof makeWholeBroker>;

/** The whole device plane over memory, wired as its function wires it: approval, custody and role credentials included. */
export function makeWholeBroker(options: WholeBrokerOptions) {
  const { time, wrapGrants = (store) => store } = options;
  const broker = makeFakeBroker({ ...options, settings: { fleets: FLEETS, ...options.settings } });
  const ports = { clock: time, sleep: time.sleep };
  const refreshes = makeFakeRefreshes({ ...ports, ...options.refreshes });
  const portal = makeFakePortal({ ...ports, ...options.portal });
  const grants = wrapGrants(broker.grants);

  const wired = { ...broker, grants };
  const deliverTokens = makeDeliverTokens(wired);
  const redeemDeviceCode = makeRedeemDeviceCode({ ...wired, deliverTokens });
  const custody = makeCustody({ ...wired, upstream: observedUpstream({ ...broker.upstream, ...refreshes }, broker) });
  const livingGrant = makeLivingGrant({ ...wired, custody, deliverTokens });
  const activation = makeActivateSession(wired);

  const pass = async (milliseconds: number): Promise<void> =>
    'elapse' in time ? time.elapse(milliseconds) : time.advance(milliseconds);

  /** A device of a fleet asks for its code; with a client it is that client's next one. */
  async function start(fleet: string, known?: Credentials): Promise<WaitingDevice> {
    const { clientId } = known ?? (await broker.enroll({ fleet }));
    const credentials = { clientId, clientSecret: clientSecretOf(clientId) };
    const started = orThrow(await broker.startSession({ ...credentials, ...DEVICE }));
    return { ...credentials, ...started, sessionId: sessionIdOf(started.deviceCode) };
  }

  /** A person brings the code of a deferred session and approves at AWS; the device's next poll will find it. */
  async function approve({ userCode, sessionId }: Pick<WaitingDevice, 'userCode' | 'sessionId'>): Promise<void> {
    if ((await broker.stored(sessionId)).phase === 'awaiting_operator')
      await activation.continueToAws(userCode, PERSON_IP);
    const { upstreamDeviceCode, intervalSeconds } = await broker.stored(sessionId);
    broker.upstream.approveAt(time.nowMs(), upstreamDeviceCode);
    await pass(intervalSeconds * 1000);
  }

  /** A device of a fleet goes the whole way to its handle. */
  async function signIn(fleet: string, known?: Credentials): Promise<SignedInDevice> {
    const device = await start(fleet, known);
    await approve(device);
    const { refreshToken: handle = '' } = orThrow(await redeemDeviceCode(device));
    return { ...device, handle, grantId: sha256(handle) };
  }

  return {
    ...wired,
    redeemDeviceCode,
    refreshes,
    portal,
    activation,
    /** What the stores hold, past every wrapper. */
    grantRecords: broker.grants.records,
    refreshTokens: makeRefreshTokens({ ...wired, custody, livingGrant }),
    revokeToken: makeRevokeToken(wired),
    roleCredentials: makeRoleCredentials({
      ...wired,
      custody,
      livingGrant,
      portal: observedPortal(portal, broker),
      readClient: broker.clients.read,
    }),
    /** Lets time pass. */
    pass,
    start,
    approve,
    signIn,
    /** The sessions of a client, oldest first. */
    sessionsOf: (clientId: string) =>
      broker.memory.records
        .all()
        .filter((session) => session.clientId === clientId)
        .sort((a, b) => a.createdAtMs - b.createdAtMs),
    storedClient: async (clientId: string): Promise<Client> => (await broker.clients.read(clientId)) as Client,
  };
}
