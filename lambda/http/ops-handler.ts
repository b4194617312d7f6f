import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import { json } from './answers.ts';
import { baseUrlOf, type DeviceEvent, regularPath } from './device-event.ts';
import { entityTags } from './entity-tags.ts';
import { opsRouteNotFound } from './not-found.ts';
import { OPERATIONS, type OperationId } from './ops-operations.ts';
import {
  clientRoutes,
  enrollmentKeyRoutes,
  type OpsPlane,
  type Route,
  sessionRoutes,
  summaryRoute,
} from './ops-routes.ts';
import { problems } from './problems.ts';

/**
 * Puts the ops API together: its routes, its problems, its entity tags.
 *
 * @param readDescription gives the API's own description (OpenAPI), without its address
 */
export function makeOpsHandler(plane: OpsPlane, readDescription: () => object) {
  const handlers = handlersOf(plane, readDescription);
  const routes = Object.entries(OPERATIONS).map(([id, route]) => ({ ...route, handler: handlers[id as OperationId] }));
  return middy<DeviceEvent>()
    .use(regularPath())
    .use(problems())
    .use(entityTags())
    .handler(httpRouter<DeviceEvent>({ routes, notFoundResponse: opsRouteNotFound(routes) }));
}

function handlersOf(plane: OpsPlane, readDescription: () => object): Record<OperationId, Route> {
  const session = sessionRoutes(plane);
  const client = clientRoutes(plane);
  const enrollmentKey = enrollmentKeyRoutes(plane);
  return {
    listSessions: session.list,
    getSession: session.detail,
    cancelSession: session.cancel,
    getSummary: summaryRoute(plane),
    listClients: client.list,
    getClient: client.detail,
    lockClient: client.lock,
    unlockClient: client.unlock,
    setClientRole: client.setRole,
    revokeClient: client.revoke,
    listEnrollmentKeys: enrollmentKey.list,
    createEnrollmentKey: enrollmentKey.create,
    getEnrollmentKey: enrollmentKey.detail,
    revokeEnrollmentKey: enrollmentKey.revoke,
    // The description holds for every deployment, its address for one.
    getDescription: async (event) => json(200, { ...readDescription(), servers: [{ url: baseUrlOf(event) }] }),
  };
}
