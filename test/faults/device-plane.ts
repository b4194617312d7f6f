import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { logger } from '../../lambda/adapters/observer.ts';
import { type DeviceEvent, regularPath } from '../../lambda/http/device-event.ts';
import { devicePlaneRoutes } from '../../lambda/http/device-routes.ts';
import { deviceRouteNotFound } from '../../lambda/http/not-found.ts';
import { oauthErrors } from '../../lambda/http/oauth-errors.ts';
import { deviceEvent } from '../support/http-event.ts';
import type { WiredBroker } from './wired-broker.ts';

// A run makes thousands of faults: their log lines are not what it is about.
logger.setLogLevel('SILENT');

/** An answer as its client sees it. */
export interface DeviceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type Handler = (event: DeviceEvent, context: Context) => Promise<unknown>;

const handlers = new WeakMap<WiredBroker, Handler>();

/** The device plane's own chain of handlers over one environment, made once. */
function handlerOf(broker: WiredBroker): Handler {
  const known = handlers.get(broker);
  if (known !== undefined) return known;
  const routes = devicePlaneRoutes(broker);
  const handler = middy<DeviceEvent>()
    .use(regularPath())
    .use(oauthErrors(broker.observe))
    .handler(httpRouter<DeviceEvent>({ routes, notFoundResponse: deviceRouteNotFound(routes) })) as unknown as Handler;
  handlers.set(broker, handler);
  return handler;
}

/** Sends a request of the AWS dialect. */
export async function post(broker: WiredBroker, path: string, members: object): Promise<DeviceAnswer> {
  const headers = { 'Content-Type': 'application/json' };
  const event = deviceEvent({ path, headers, body: JSON.stringify(members) });
  const { statusCode, body } = (await handlerOf(broker)(event, {} as Context)) as APIGatewayProxyResult;
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}
