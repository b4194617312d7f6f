import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import { makeDynamoDbAssertionStore } from '../adapters/dynamodb-assertion-store.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbGrantStore } from '../adapters/dynamodb-grant-store.ts';
import { makeDynamoDbUserCodes } from '../adapters/dynamodb-user-codes.ts';
import { optionalVariable } from '../adapters/environment.ts';
import { publishMetrics } from '../adapters/observer.ts';
import { makeSsoPortal } from '../adapters/sso-portal.ts';
import { withTraceparent } from '../adapters/trace-context.ts';
import { makeActivateSession } from '../core/activate-session.ts';
import { makeAuthenticateClient } from '../core/authenticate-client.ts';
import { makeCustody } from '../core/custody.ts';
import { makeDeferredSession } from '../core/deferred-session.ts';
import { makeDeliverTokens } from '../core/deliver-tokens.ts';
import { makeLivingGrant } from '../core/living-grant.ts';
import { observedPortal } from '../core/observed-upstream.ts';
import { makeOpenSession } from '../core/open-session.ts';
import { makePollLimiter } from '../core/poll-limiter.ts';
import { makeRedeemDeviceCode } from '../core/redeem-device-code.ts';
import { makeRefreshTokens } from '../core/refresh-tokens.ts';
import { makeRegisterClient } from '../core/register-client.ts';
import { makeRevokeToken } from '../core/revoke-token.ts';
import { makeRoleCredentials } from '../core/role-credentials.ts';
import { makeStartSession } from '../core/start-session.ts';
import { actActivationRoute, showActivationRoute } from '../http/activation-routes.ts';
import { credentialsRoute } from '../http/credentials-route.ts';
import { type DeviceEvent, headerOf, regularPath } from '../http/device-event.ts';
import { devicePlaneRoutes } from '../http/device-routes.ts';
import { deviceRouteNotFound } from '../http/not-found.ts';
import { oauthErrors } from '../http/oauth-errors.ts';
import { wireBroker } from './wiring.ts';

/** The device plane: everything that firmware calls, in both dialects. */

const broker = wireBroker(__dirname);
const enrollmentKeys = makeDynamoDbEnrollmentKeyStore(broker.table);
const grants = makeDynamoDbGrantStore(broker.table);
const userCodes = makeDynamoDbUserCodes(broker.table);

const authenticate = makeAuthenticateClient({ ...broker, assertions: makeDynamoDbAssertionStore(broker.table) });
const openSession = makeOpenSession(broker);
const deferredSession = makeDeferredSession({ ...broker, userCodes });
const deliverTokens = makeDeliverTokens({ ...broker, grants });
const custody = makeCustody({ ...broker, grants });
const livingGrant = makeLivingGrant({ ...broker, grants, custody, deferredSession, openSession, deliverTokens });

const plane = {
  deviceAuth: broker.settings.deviceAuth,
  activationUrl: optionalVariable('ACTIVATION_URL'),
  registerClient: makeRegisterClient({ ...broker, enrollmentKeys }),
  startSession: makeStartSession({ ...broker, authenticate, openSession, deferredSession }),
  refreshTokens: makeRefreshTokens({ ...broker, authenticate, grants, custody, livingGrant }),
  revokeToken: makeRevokeToken({ ...broker, authenticate, grants }),
  redeemDeviceCode: makeRedeemDeviceCode({
    ...broker,
    authenticate,
    deliverTokens,
    limiter: makePollLimiter(broker.clock),
  }),
};
const roleCredentials = makeRoleCredentials({
  ...broker,
  grants,
  custody,
  livingGrant,
  readClient: broker.clients.read,
  portal: observedPortal(makeSsoPortal(), broker),
});
const pages = { ...broker, activation: makeActivateSession({ ...broker, enrollmentKeys, userCodes }) };

const routes = [
  ...devicePlaneRoutes(plane),
  { method: 'GET' as const, path: '/credentials', handler: credentialsRoute({ ...plane, roleCredentials }) },
  { method: 'GET' as const, path: '/activate', handler: showActivationRoute(pages) },
  { method: 'POST' as const, path: '/activate', handler: actActivationRoute(pages) },
];

const route = httpRouter<DeviceEvent>({ routes, notFoundResponse: deviceRouteNotFound(routes) });

/** Entry point of the function `device-api`: API Gateway REST proxy events. */
export const handler = middy<DeviceEvent>()
  .use(publishMetrics())
  .use(regularPath())
  .use(oauthErrors(broker.observe))
  .handler((event, context, abort) =>
    withTraceparent(headerOf(event, 'traceparent'), () => route(event, context, abort)),
  );
