import { makeAuthenticateClient } from '../../lambda/core/authenticate-client.ts';
import type { Client } from '../../lambda/core/client.ts';
import { makeTick } from '../../lambda/core/cohort.ts';
import { makeDeferredSession } from '../../lambda/core/deferred-session.ts';
import { makeDeliverTokens } from '../../lambda/core/deliver-tokens.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { isRefusal } from '../../lambda/core/oauth-error.ts';
import { observedUpstream } from '../../lambda/core/observed-upstream.ts';
import { makeOpenSession } from '../../lambda/core/open-session.ts';
import { makeOperate } from '../../lambda/core/operate.ts';
import { makePollLimiter } from '../../lambda/core/poll-limiter.ts';
import { makePollSession } from '../../lambda/core/poll-session.ts';
import type { Clock, Sleep } from '../../lambda/core/ports.ts';
import { makeRedeemDeviceCode } from '../../lambda/core/redeem-device-code.ts';
import { makeRegisterClient } from '../../lambda/core/register-client.ts';
import { makeRegistrations } from '../../lambda/core/registration.ts';
import type { Session } from '../../lambda/core/session.ts';
import type { SessionStore } from '../../lambda/core/session-store.ts';
import type { RedeliverySettings, Settings } from '../../lambda/core/settings.ts';
import { makeStartSession } from '../../lambda/core/start-session.ts';
import { makeStartUpstream } from '../../lambda/core/start-upstream.ts';
import { makeFakeRandom } from './fake-random.ts';
import { clientSecretOf, makeClient, makeFleet } from './fake-records.ts';
import { type FakeUpstreamOptions, makeFakeUpstream } from './fake-upstream.ts';
import { makeFakeVault } from './fake-vault.ts';
import { makeMemoryAssertionStore } from './memory-assertion-store.ts';
import { makeMemoryClientStore } from './memory-client-store.ts';
import { makeMemoryEnrollmentKeyStore } from './memory-enrollment-key-store.ts';
import { makeMemoryGrantStore } from './memory-grant-store.ts';
import { makeMemoryRegistrationStore } from './memory-registration-store.ts';
import { type MemorySessionStore, makeMemorySessionStore } from './memory-session-store.ts';
import { makeMemoryUserCodes } from './memory-user-codes.ts';

export interface FakeBrokerOptions {
  readonly time: Clock & { readonly sleep: Sleep };
  readonly settings?: Partial<Settings>;
  readonly redelivery?: RedeliverySettings;
  readonly upstream?: Partial<FakeUpstreamOptions>;
  /** Puts something between the core and its sessions: faults, delays. */
  readonly wrapSessions?: (store: MemorySessionStore) => SessionStore;
}

/** The broker's own address. */
export const BASE_URL = 'https://broker.example/v1';

/** A device that has started a session. */
export interface FakeDevice {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly deviceCode: string;
  readonly sessionId: string;
  readonly upstreamDeviceCode: string;
}

export type FakeBroker = ReturnType<typeof makeFakeBroker>;

/** The whole core over memory and a scripted upstream, wired as the functions wire it. */
export function makeFakeBroker(options: FakeBrokerOptions) {
  const { time, wrapSessions = (store) => store } = options;
  const events: BrokerEvent[] = [];
  const ports = { clock: time, sleep: time.sleep, observe: (event: BrokerEvent) => void events.push(event) };
  const randomBytes = makeFakeRandom();
  const redelivery = options.redelivery ?? { windowSeconds: 300, maxDeliveries: 5 };
  const settings: Settings = {
    fleets: { kiosks: makeFleet() },
    redelivery,
    deviceAuth: 'client_secret',
    upstreamCallsPerSecond: 80,
    ...options.settings,
  };
  const upstream = makeFakeUpstream({ clock: time, sleep: time.sleep, ...options.upstream });

  const clients = makeMemoryClientStore();
  const memory = makeMemorySessionStore(clients.records);
  const sessions = wrapSessions(memory);
  const grants = makeMemoryGrantStore(clients.records);
  const enrollmentKeys = makeMemoryEnrollmentKeyStore();
  const registrationStore = makeMemoryRegistrationStore();
  const observed = observedUpstream(upstream, ports);
  const registrations = makeRegistrations({
    ...ports,
    store: registrationStore,
    upstream: observed,
    vault: makeFakeVault(),
  });

  const userCodes = makeMemoryUserCodes();
  const startUpstream = makeStartUpstream({ registrations, upstream: observed });
  const stores = { clients, sessions, grants, enrollmentKeys, userCodes };

  const opening = {
    openSession: makeOpenSession({ ...ports, ...stores }),
    deferredSession: makeDeferredSession({ ...ports, ...stores, randomBytes }),
    startUpstream,
  };

  const authenticate = makeAuthenticateClient({ ...ports, settings, assertions: makeMemoryAssertionStore() });
  const wired = { ...ports, ...stores, ...opening, authenticate, randomBytes, settings, upstream, registrations };
  const pollSession = makePollSession({ ...wired, upstream: observed, store: sessions });
  const deliverTokens = makeDeliverTokens(wired);
  const limiter = makePollLimiter(time);
  const startSession = makeStartSession(wired);
  const failures: { sessionId: string; error: unknown }[] = [];

  async function enroll(own: Partial<Client> = {}): Promise<Client> {
    const client = makeClient(own);
    await clients.create(client);
    return client;
  }

  /** A device starts a session; with a client's id it is that client's next one. */
  async function startDevice(clientId?: string): Promise<FakeDevice> {
    const client = clientId === undefined ? await enroll() : ((await clients.read(clientId)) as Client);
    const credentials = { clientId: client.clientId, clientSecret: clientSecretOf(client.clientId) };
    const started = await startSession({ ...credentials, sourceIp: '192.0.2.7', baseUrl: BASE_URL });
    if (isRefusal(started)) throw new Error(started.description);
    const sessionId = sessionIdOf(started.deviceCode);
    const { upstreamDeviceCode = '' } = (await memory.read(sessionId)) as Session;
    return { ...credentials, deviceCode: started.deviceCode, sessionId, upstreamDeviceCode };
  }

  return {
    ...wired,
    memory,
    registrationStore,
    events,
    /** Sessions whose poll failed in a tick. */
    failures,
    pollSession,
    deliverTokens,
    limiter,
    startSession,
    registerClient: makeRegisterClient(wired),
    redeemDeviceCode: makeRedeemDeviceCode({ ...wired, pollSession, deliverTokens, limiter }),
    operate: makeOperate(wired),
    tick: makeTick({
      store: sessions,
      pollSession,
      clock: time,
      observe: ports.observe,
      onFailure: ({ sessionId }, error) => void failures.push({ sessionId, error }),
    }),
    enroll,
    startDevice,
    /** The session as it is stored. */
    stored: async (sessionId: string): Promise<Session> => (await memory.read(sessionId)) as Session,
    eventsOf: (name: BrokerEvent['event']) => events.filter((event) => event.event === name),
  };
}
