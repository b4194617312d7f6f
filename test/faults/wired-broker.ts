import { makeDynamoDbAssertionStore } from '../../lambda/adapters/dynamodb-assertion-store.ts';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbGrantStore } from '../../lambda/adapters/dynamodb-grant-store.ts';
import { makeDynamoDbRegistrationStore } from '../../lambda/adapters/dynamodb-registration-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeDynamoDbUpstreamPace } from '../../lambda/adapters/dynamodb-upstream-pace.ts';
import { makeDynamoDbUserCodes } from '../../lambda/adapters/dynamodb-user-codes.ts';
import type { Table } from '../../lambda/adapters/table.ts';
import { makeActivateSession } from '../../lambda/core/activate-session.ts';
import { makeAuthenticateClient } from '../../lambda/core/authenticate-client.ts';
import { makeTick } from '../../lambda/core/cohort.ts';
import { makeCustody } from '../../lambda/core/custody.ts';
import { makeDeferredSession } from '../../lambda/core/deferred-session.ts';
import { makeDeliverTokens } from '../../lambda/core/deliver-tokens.ts';
import type { Observe } from '../../lambda/core/events.ts';
import { makeLivingGrant } from '../../lambda/core/living-grant.ts';
import { observedUpstream } from '../../lambda/core/observed-upstream.ts';
import { makeOpenSession } from '../../lambda/core/open-session.ts';
import { makeOperate } from '../../lambda/core/operate.ts';
import { pacedUpstream } from '../../lambda/core/paced-upstream.ts';
import { makePollLimiter } from '../../lambda/core/poll-limiter.ts';
import { makePollSession } from '../../lambda/core/poll-session.ts';
import type { Clock, RandomBytes, Sleep } from '../../lambda/core/ports.ts';
import { makeRedeemDeviceCode } from '../../lambda/core/redeem-device-code.ts';
import { makeRefreshTokens } from '../../lambda/core/refresh-tokens.ts';
import { makeRegisterClient } from '../../lambda/core/register-client.ts';
import { makeRegistrations, type Vault } from '../../lambda/core/registration.ts';
import { makeRevokeToken } from '../../lambda/core/revoke-token.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import { makeStartSession } from '../../lambda/core/start-session.ts';
import { makeStartUpstream } from '../../lambda/core/start-upstream.ts';
import type { Upstream } from '../../lambda/core/upstream.ts';

/** The edges that one function environment stands on. */
export interface Edges {
  readonly settings: Settings;
  readonly table: Table;
  readonly upstream: Upstream;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

export type WiredBroker = ReturnType<typeof wireBrokerOver>;

/** The core over the adapters that are deployed, wired as the handlers wire it: one function environment. */
export function wireBrokerOver(edges: Edges) {
  const { table } = edges;
  const pace = makeDynamoDbUpstreamPace(table);
  const { upstreamCallsPerSecond: callsPerSecond } = edges.settings;
  const upstream = pacedUpstream(observedUpstream(edges.upstream, edges), { ...edges, pace, callsPerSecond });
  const stores = storesOver(table);
  const registrations = makeRegistrations({ ...edges, upstream, store: makeDynamoDbRegistrationStore(table) });
  const startUpstream = makeStartUpstream({ upstream, registrations });
  const pollSession = makePollSession({ ...edges, upstream, store: stores.sessions, registrations });
  const authenticate = makeAuthenticateClient({ ...edges, assertions: makeDynamoDbAssertionStore(table) });
  const broker = { ...edges, upstream, ...stores, registrations, startUpstream, pollSession, authenticate };

  const openSession = makeOpenSession(broker);
  const deferredSession = makeDeferredSession(broker);
  const deliverTokens = makeDeliverTokens(broker);
  const custody = makeCustody(broker);
  const livingGrant = makeLivingGrant({ ...broker, custody, deferredSession, openSession, deliverTokens });
  const limiter = makePollLimiter(edges.clock);

  return {
    ...broker,
    deviceAuth: edges.settings.deviceAuth,
    registerClient: makeRegisterClient(broker),
    startSession: makeStartSession({ ...broker, openSession, deferredSession }),
    redeemDeviceCode: makeRedeemDeviceCode({ ...broker, deliverTokens, limiter }),
    refreshTokens: makeRefreshTokens({ ...broker, custody, livingGrant }),
    revokeToken: makeRevokeToken(broker),
    activation: makeActivateSession(broker),
    operate: makeOperate(broker),
    tick: makeTick({ ...edges, store: stores.sessions, pollSession, onFailure: () => undefined }),
  };
}

/** The stores that are deployed, over one table. */
export function storesOver(table: Table) {
  return {
    sessions: makeDynamoDbSessionStore(table),
    clients: makeDynamoDbClientStore(table),
    enrollmentKeys: makeDynamoDbEnrollmentKeyStore(table),
    grants: makeDynamoDbGrantStore(table),
    userCodes: makeDynamoDbUserCodes(table),
  };
}
